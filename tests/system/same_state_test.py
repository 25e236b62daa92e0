"""The same log, the same state: by every build, under any TZ and locale, from states of any age.

A service is led through crowds (`jari load`), a storm of changes and stops, and its state is copied
at JARI_COPIES moments (3), which are drawn: once by `jari snapshot` beside the service and `jari
restore`, else as SIGTERM or kill -9 leaves it there, which is drawn, too. When the log is whole the service is started with each of those states, and with none: it must have
applied all of the log, and each partition must have the digest that a replay from the first record
has at the same offset. Then every program replays the log, and all must end with the same digests:
g++ -O2 (build/release), g++ -O0 with address and undefined sanitizers (build/dev), clang -O1 with
sanitizers (build/fuzz), as far as they are built or named in JARI_PROGRAMS (paths, separated by
`:`). The service and the replays run where Turkish and Korean are spoken (real_locales.py), the
service and one replay of each program with those locales in force inside of them, as if a library
had called setlocale. JARI_PEOPLE visitors (2,000; some 65,000 make a million records), seed
JARI_SEED (printed).

How many records are applied at a step is drawn, too: JARI_STEPPED replays (6) take a drawn number at
a time (replay_in_steps.cc), in turn from the first record and from each copy of the state. In
service it differs by itself: a commit has the requests of as many callers as there are at once,
each start applies a tail of another length. The simulator draws both (tests/sim/plan.cc).

Errors:  AssertionError that names the program, the setting and the partition.
"""

import os
import pathlib
import random
import shutil
import subprocess
import unittest

import storm_test
from jari_service import ROOT, Service, jari_binary, main
from log_checks import audit, partitions_shown, poll, ready, replay_ends_with
from real_locales import Locales, inside

PEOPLE = int(os.environ.get("JARI_PEOPLE", "2000"))
SEED = int(os.environ.get("JARI_SEED", "3"))
COPIES = int(os.environ.get("JARI_COPIES", "3"))
STEPPED = int(os.environ.get("JARI_STEPPED", "6"))
LOCALES = Locales("ko_KR", "tr_TR")
PLACES = [  # where a program that minds them would say another thing
    {},
    {"TZ": "Asia/Seoul", **LOCALES.of("ko_KR")},
    {"TZ": "America/New_York", **LOCALES.of("tr_TR")},
    {"TZ": "Asia/Seoul", **inside(LOCALES.of("ko_KR"))},
    {"TZ": "America/New_York", **inside(LOCALES.of("tr_TR"))},
]


def programs():
    """Every build of the program that there is."""
    named = os.environ.get("JARI_PROGRAMS")
    if named:
        return [pathlib.Path(path) for path in named.split(":")]
    builds = [ROOT / "build" / name / "jari" for name in ("release", "dev", "tsan", "fuzz")]
    return list(dict.fromkeys([jari_binary(), *(path for path in builds if path.is_file())]))


def records(shown):
    """How many are applied."""
    return sum(offset + 1 for offset, _ in shown.values())


class SameState(unittest.TestCase):
    """One log, told to all."""

    def crowd(self, people, seed):
        done = self.service.cli("load", "--server", self.service.url, "--data",
                                self.service.directory, "--people", people, "--seed", seed,
                                "--seconds", max(3, people // 300), "--threads", 4)
        print(f"  {done.stdout.splitlines()[-1]}", flush=True)

    def storm(self):
        storm = storm_test.Storm()
        storm.service = self.service
        storm.prepare()
        storm.blow()

    def lead(self, service):
        """Everything that makes a log long, and copies of its state on the way."""
        self.service, self.copies = service, []
        draws = random.Random(SEED)
        service.cli("demo", "--server", service.url, "--data", service.directory,
                    "--rate", max(PEOPLE, 1000))
        # Whoever is inside when a crowd ends stays there for minutes, and keeps nobody out.
        service.cli("queue", "set", "demo", "--inside-max", 10 * PEOPLE, "--reason", "crowds",
                    "--server", service.url, "--data", service.directory)
        cuts = sorted(draws.sample(range(1, PEOPLE), COPIES))
        stormy, snapshot = draws.randint(0, COPIES), draws.randrange(COPIES)
        for number, (begin, end) in enumerate(zip([0, *cuts], [*cuts, PEOPLE])):
            if number == stormy:
                self.storm()
            self.crowd(end - begin, SEED + number)
            if number == snapshot:
                self.copy_by_snapshot()
            elif end < PEOPLE:
                self.copy_state(draws.choice(["SIGTERM", "kill -9"]))

    def place_for_a_copy(self):
        copy = self.service.directory.with_name(f"{self.service.directory.name}-{len(self.copies)}")
        self.addCleanup(shutil.rmtree, copy, True)
        return copy

    def copy_by_snapshot(self):
        """A snapshot that the service was proved by, put back somewhere else; it never stops."""
        copy, shown = self.place_for_a_copy(), partitions_shown(self.service)
        into = copy.with_name(f"{copy.name}-snapshots")
        self.addCleanup(shutil.rmtree, into, True)

        def taken():
            done = self.service.cli("snapshot", "--data", self.service.directory, "--into", into,
                                    check=False)
            assert done.returncode == 0 or "written behind" in done.stderr, done.stderr
            return done.returncode == 0
        poll("a snapshot", taken, seconds=60, every_seconds=1)
        self.service.cli("restore", "--from", into, "--data", copy)
        self.copies.append((f"a snapshot of {records(shown):,} records and less", copy))

    def copy_state(self, end):
        """The state as it is left there; the service goes on with it."""
        shown = partitions_shown(self.service)
        (self.service.stop if end == "SIGTERM" else self.service.kill9)()
        copy = self.place_for_a_copy()
        shutil.copytree(self.service.directory / "state", copy / "state")
        self.copies.append((f"the state of {end} at {records(shown):,} records", copy))
        self.service.start()
        ready(self.service)

    def begun_with(self, copy):
        """What the service shows that is started with this state, or with none."""
        state = self.service.directory / "state"
        shutil.rmtree(state)
        if copy is not None:
            shutil.copytree(copy / "state", state)
        self.service.start()
        ready(self.service)
        shown = partitions_shown(self.service)
        self.service.kill9()
        return shown

    def check_copies(self):
        """From each of them, and from none, the service comes to what a whole replay says."""
        last = partitions_shown(self.service)
        self.service.kill9()
        for name, copy in [*self.copies, ("no state", None)]:
            shown = self.begun_with(copy)
            print(f"  begun with {name}, at {records(shown):,}:", flush=True)
            for where, (offset, _) in last.items():
                self.assertGreaterEqual(shown[where][0], offset, f"{where}, begun with {name}")
            replay_ends_with(self.service, shown)

    def said(self, command, place):
        """{(topic, partition): (offset, digest)} as that program sees it there; its stderr."""
        done = subprocess.run([str(word) for word in command], text=True, capture_output=True,
                              check=False, env=dict(os.environ, **place))
        self.assertEqual(done.returncode, 0, f"{command} {place}: {done.stderr[-2000:]}")
        rows = [line.split() for line in done.stdout.splitlines() if line]
        return {(row[0], int(row[1])): (int(row[2]), row[3]) for row in rows}, done.stderr

    def replayed(self, program, place):
        """All of it at once."""
        ends, stderr = self.said([program, "replay", "--data", self.service.directory], place)
        LOCALES.check_said(place, stderr)
        return ends

    def check_steps(self, ends):
        """Replays that take a drawn number of records at a time end there, too."""
        stepping = jari_binary().resolve().with_name("replay_in_steps")
        begins = [("no state", None), *self.copies]
        for number in range(STEPPED):
            name, copy = begins[number % len(begins)]
            command = [stepping, self.service.directory, SEED * 1000 + number]
            stepped, stderr = self.said([*command, *([copy] if copy else [])], {})
            self.assertEqual(stepped, ends, f"{command} {name}")
            print(f"  {stderr.splitlines()[-1]}, begun with {name}: the same", flush=True)

    def test_other_places_are_other_places(self):
        """What a program that minds its locale would say there."""
        for place, said in ((PLACES[1], "1,234,567.5"), (PLACES[2], "1.234.567,5")):
            self.assertEqual(LOCALES.said_in(place), said)
        with self.assertRaisesRegex(AssertionError, "not in force"):
            LOCALES.said_in(dict(PLACES[2], LOCPATH="/nowhere"))

    def test_every_build_and_every_state_comes_to_it(self):
        print(f"  seed {SEED}, {PEOPLE} visitors, {COPIES} copies of the state", flush=True)
        with Service(contract=None, environment=PLACES[-1]) as service:
            LOCALES.check_said(PLACES[-1], service.stderr_tail())
            self.lead(service)
            self.check_copies()
            audit(service)
            first = None
            for program in programs():
                for place in PLACES if first is None else PLACES[-1:]:
                    ends = self.replayed(program, place)
                    first = first or ends
                    self.assertEqual(ends, first, f"{program} {place}")
                print(f"  {program.parent.name}: the same {len(first)} digests", flush=True)
            self.check_steps(first)


if __name__ == "__main__":
    main()
