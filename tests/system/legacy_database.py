"""A private PostgreSQL that stands for the old database, and `jari sync` beside a service.

    with LegacyDatabase() as database, Service() as service:
        sync = Sync(service, database)
        sync.once()                                  # `jari sync --once`: until all is written
        sync.start(); sync.kill9(); sync.stop()      # the same as a program that goes on
        database.query("SELECT count(*) FROM appointments")   # [["1"]]
        same(service, database)                      # the table is what the service's documents say

Errors:  AssertionError, with what the programs said; without PostgreSQL the script is skipped.
Threads: each belongs to one.
"""

import datetime
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
import zoneinfo

from jari_service import ROOT, jari_binary, skip

OPS_LEGACY = ROOT / "ops/legacy"
EXAMPLE = ROOT / "ops/examples/legacy.toml"
CANNOT_RUN = 77
STATES = {"booked": "B", "cancelled": "C", "attended": "A", "missed": "M"}
CANCELLED_BY = {None: " ", "person": "P", "operator": "O", "withdrawal": "W"}
COLUMNS = ("appt_no", "prog_cd", "pers_ref", "ctr_cd", "slot_no", "vac_cd", "dose_no", "appt_dt",
           "appt_tm", "stat_cd", "canc_cd", "ver_no", "src_cd")


class LegacyDatabase:
    """One PostgreSQL of `ops/legacy`, in a directory of its own."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="jari-legacy-"))
        self.directory.chmod(0o755)  # its user must reach it
        self.address = None

    def __enter__(self):
        started = self.call("start", check=False)
        if started.returncode == CANNOT_RUN:
            skip(started.stderr.strip())
        assert started.returncode == 0, started.stderr
        self.address = started.stdout.strip()
        return self

    def __exit__(self, kind, error, trace):
        self.call("wipe")
        shutil.rmtree(self.directory, ignore_errors=True)

    def call(self, *arguments, check=True, **options):
        done = subprocess.run([OPS_LEGACY, "--dir", self.directory, *arguments], text=True,
                              capture_output=True, check=False, **options)
        assert not check or done.returncode == 0, done.stderr
        return done

    def start(self):
        self.call("start")

    def kill9(self):
        self.call("kill")

    def session(self, *arguments):
        """psql, whose stdin is still to be written to."""
        return subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v",
                                 "ON_ERROR_STOP=1", self.address, *arguments], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def query(self, *statements):
        """Their rows, as lists of texts; each is a transaction."""
        arguments = [part for statement in statements for part in ("-c", statement)]
        with self.session(*arguments) as psql:
            out, errors = psql.communicate()
        assert psql.returncode == 0, f"{statements}: {errors}"
        return [line.split("\x1f") for line in out.splitlines() if line]

    def table(self):
        """What stands there, by appointment."""
        rows = self.query(f"SELECT {', '.join(COLUMNS)} FROM appointments")
        return {row[0]: row for row in rows}

    def empty(self):
        self.query("TRUNCATE appointments, jari.sync_places, jari.sync_streams, jari.dead_letters, "
                   "jari.versions")


class Sync:
    """`jari sync` from a service's log into a database."""

    def __init__(self, service, database, pace="", flags=()):
        self.service, self.database, self.flags = service, database, list(flags)
        self.file = pathlib.Path(str(service.directory) + ".legacy.toml")
        self.set_pace(pace)
        self.program, self.metrics = None, None
        self.errors = pathlib.Path(str(service.directory) + ".sync.stderr")
        self.errors.write_text("")

    def set_pace(self, pace):
        """Lines of [pace] in place of the example's."""
        before, _, _ = EXAMPLE.read_text().partition("[pace]")
        self.file.write_text(before + "[pace]\n" + pace)

    def command(self, *arguments):
        return [str(jari_binary()), "sync", *arguments, "--legacy", str(self.file),
                "--legacy-database", self.database.address]

    def call(self, *arguments, check=True):
        done = subprocess.run(self.command(*arguments), text=True, capture_output=True, check=False,
                              timeout=300)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def once(self, *flags):
        return self.call("--data", str(self.service.directory), "--metrics", "127.0.0.1:0",
                         "--once", *self.flags, *flags)

    def start(self):
        with self.errors.open("ab") as errors:
            self.program = subprocess.Popen(
                self.command("--data", str(self.service.directory), "--metrics", "127.0.0.1:0",
                             *self.flags),
                stdout=subprocess.PIPE, stderr=errors, text=True)
        line = self.program.stdout.readline()
        assert line.startswith("metrics on "), (line, self.said())
        self.metrics = line.removeprefix("metrics on ").strip()
        line = self.program.stdout.readline()
        assert line.startswith("syncing to "), (line, self.said())
        return self

    def hang_up(self):
        self.program.send_signal(signal.SIGHUP)

    def kill9(self):
        self.program.kill()
        self._ended()

    def stop(self):
        self.program.send_signal(signal.SIGTERM)
        code = self._ended()
        assert code == 0, (code, self.said())

    def _ended(self):
        code = self.program.wait(60)
        self.program.stdout.close()
        self.program = None
        return code

    def said(self):
        return self.errors.read_text()

    def figure(self, name):
        """One of its own /metrics."""
        with urllib.request.urlopen(self.metrics) as page:
            lines = page.read().decode().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(name + " "))

    def remove(self):
        """What it leaves beside the service's directory."""
        if self.program is not None:
            self.kill9()
        for path in (self.file, self.errors):
            path.unlink(missing_ok=True)


def documents(service):
    """The newest document of each appointment, as `sync` has them."""
    newest, after = {}, None
    reader = service.reader()
    while True:
        query = {"limit": 1000, **({"after": after} if after else {})}
        page = reader.request("GET", "/v1/operator/changes", query=query).expect(200).json
        for change in page["changes"]:
            document = change["appointment"]
            known = newest.get(document["appointment"])
            if known is None or known["version"] < document["version"]:
                newest[document["appointment"]] = document
        if not page["changes"]:
            return newest
        after = page["next"]


def row_of(document):
    """A document as the table is to show it, made here anew."""
    at = datetime.datetime.fromisoformat(document["starts_at"].replace("Z", "+00:00"))
    local = at.astimezone(zoneinfo.ZoneInfo(document["zone"]))
    return [document["appointment"], document["programme"], document["person"], document["site"],
            document["slot"], document["product"], str(document["dose"]),
            local.strftime("%Y-%m-%d"), local.strftime("%H:%M:%S"), STATES[document["state"]],
            CANCELLED_BY[document.get("cancelled_by")], str(document["version"]), "JARI"]


def same(service, database, but=()):
    """The table has exactly what the documents say, but for the appointments named."""
    said = {name: row_of(document) for name, document in documents(service).items()
            if name not in but}
    table = database.table()
    assert said.keys() == table.keys(), (
        f"missing {sorted(said.keys() - table.keys())[:5]}, "
        f"extra {sorted(table.keys() - said.keys())[:5]}")
    wrong = [(said[name], table[name]) for name in said if said[name] != table[name]]
    assert not wrong, wrong[:5]
    return len(said)


def eventually(what, is_so, seconds=30):
    """Looks again and again until it is so; says what never was."""
    end = time.monotonic() + seconds
    while not (seen := is_so()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return seen


def seed_of_the_day():
    seed = int(os.environ.get("JARI_SEED", time.time_ns() % 1_000_000))
    print(f"seed {seed}", flush=True)
    return seed
