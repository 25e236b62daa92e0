"""What every story asks of the log when it is over: both audits, a replay, the records, the counts.

Nothing here changes a service or its directory, but log_proves() ends the service first, so that
what the replay ends with can be held against what the service showed last.

Units:   times as the API writes them; figures of /metrics are floats.
Errors:  AssertionError, with what was compared.
Threads: each function belongs to the thread that calls it.
"""

import json
import re
import subprocess
import sys
import tempfile
import time

from jari_service import ROOT, Unreachable

SAMPLE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def poll(what, read, seconds=15, every_seconds=0.03):
    """Reads until it returns something true, and returns that; fails at the deadline."""
    until = time.monotonic() + seconds
    while True:
        seen = read()
        if seen:
            return seen
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(every_seconds)


def eventually(check, seconds=5, every_seconds=0.05):
    """Runs check() until it holds: what everybody reads may be a second old. Returns its result."""
    until = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > until:
                raise
        time.sleep(every_seconds)


def log_proves(service):
    """Stops the service; its log passes the audit, and a replay ends as the service did."""
    shown = partitions_shown(service)
    service.stop()
    audit(service)
    second_audit(service, "--data", service.directory)
    replay_ends_with(service, shown)


def partitions_shown(service):
    """{(topic, partition): (applied offset, digest)} as /v1/operator/status shows them."""
    status = service.reader("auditor").request("GET", "/v1/operator/status").expect(200).json
    parked = [p for p in status["partitions"] if p.get("parked")]
    assert not parked, f"parked: {parked}"
    return {(p["topic"], p["partition"]): (p["applied"], p["digest"])
            for p in status["partitions"] if p["digest"]}  # what only readers follow has no state


def audit(service):
    """`jari audit` finds nothing, and returns what it says."""
    done = service.cli("audit", "--data", service.directory, check=False)
    assert done.returncode == 0, f"audit: exit {done.returncode}: {done.stdout}{done.stderr}"
    assert done.stdout.splitlines()[-1].startswith("ok: "), done.stdout
    print(f"  audit: {done.stdout.splitlines()[-1]}", flush=True)
    return done.stdout


def second_audit(service, *where):
    """ops/audit.py finds nothing in what `jari export` prints of the log."""
    with tempfile.TemporaryFile() as export:
        subprocess.run([str(service.program), "export", *map(str, where)], stdout=export,
                       stderr=subprocess.DEVNULL, env=service.environment, check=True)
        export.seek(0)
        done = subprocess.run([sys.executable, str(ROOT / "ops" / "audit.py"), "-"],
                              stdin=export, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ops/audit.py: {done.stdout[:4000]}{done.stderr[:4000]}"
    print(f"  ops/audit.py: {done.stdout.splitlines()[-1]}", flush=True)


def replay(service, *flags):
    """`jari replay`: {(topic, partition): (offset, digest)}."""
    done = service.cli("replay", "--data", service.directory, *flags)
    rows = [line.split() for line in done.stdout.splitlines() if line]
    return {(topic, int(partition)): (int(offset), digest)
            for topic, partition, offset, digest in (row[:4] for row in rows)}


def replay_ends_with(service, shown):
    """The replay of each partition, up to where the service showed it, has the same digest.

    The log has grown since (ticks), so what differs in its offset is replayed again up to there."""
    replayed = replay(service)
    missing = set(shown) - set(replayed)
    assert not missing, f"the replay has no {sorted(missing)}"
    later = {p for p in shown if replayed[p][0] != shown[p][0]}
    for offset in sorted({shown[p][0] for p in later}):
        until = replay(service, "--to", offset)
        replayed.update({p: until[p] for p in later if shown[p][0] == offset and p in until})
    for partition in shown:
        assert replayed[partition] == shown[partition], (
            f"{partition}: replayed {replayed[partition]}, shown {shown[partition]}")
    print(f"  replay: {len(shown)} partitions end with the digests that were shown", flush=True)


def exported(service, topic=None):
    """The records of the log, or of one topic, as `jari export` prints them."""
    flags = ["--topic", topic] if topic else []
    done = service.cli("export", "--data", service.directory, *flags)
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def outcomes_of(service, key):
    """The bodies of the outcomes that the log has for a request's key."""
    return [row["body"] for row in exported(service, "outcomes")
            if row["type"] == "Outcome" and row["body"].get("request") == key]


def metrics(service):
    """[(name, labels, figure)] of /metrics."""
    text = service.client().request("GET", "/metrics", check=False).expect(200).body.decode()
    found = []
    for line in text.splitlines():
        sample = None if line.startswith("#") else SAMPLE.match(line)
        if sample:
            labels = dict(LABEL.findall(sample.group(2) or ""))
            found.append((sample.group(1), labels, float(sample.group(3))))
    return found


def counted(service, name=None, **labels):
    """The sum of what /metrics has under these labels (of one name, or of all)."""
    return sum(figure for sample, has, figure in metrics(service)
               if name in (None, sample) and all(has.get(k) == v for k, v in labels.items()))


def conserved(row, total):
    """free + held + booked = total + over, of a slot ("capacity") or of stock ("doses")."""
    left = row["available"] + row["held"] + row["booked"]
    assert left == row[total] + row.get("over", 0), f"not conserved: {row}"
    assert row["available"] >= 0 and row["held"] >= 0 and row["booked"] >= 0, row


def ready(service, seconds=30):
    """Waits until /readyz says 200."""
    def is_ready():
        try:
            return service.client().request("GET", "/readyz", check=False).status == 200
        except Unreachable:
            return False
    poll("ready", is_ready, seconds)
