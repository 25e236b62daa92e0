"""Admissions held for the old database's lag, by one of two nodes on a real Kafka.

The other node, which knows of no lag, does not let go, nor does it when it starts anew while the
first holds. The holder dies by kill -9: the other lets go once it has been silent for 60 s of log
time, not before, and people are admitted. The holder comes back and holds again; when the database
has caught up it lets go itself, at once.

Takes some two minutes: the 60 s are no setting.

Units:   seconds.
Errors:  AssertionError; exit 77 where Kafka cannot be had.
Threads: one.
"""

import json
import time
import unittest

from fleet import Fleet
from jari_cluster import Cluster, main
from jari_service import rfc3339, seconds_of
from log_checks import poll

HOLD_SECONDS = 5
SILENCE_SECONDS = 60  # kHoldSilence of ops/jari/admission_hold.h
WATCHED_SECONDS = 5  # a node looks every second
LATE_SECONDS_MAX = 30  # on a machine that others keep busy


class Hold(unittest.TestCase):

    def test_of_two_nodes_the_one_that_holds_lets_go_or_dies(self):
        with Cluster(brokers=1, nodes=2, partitions=2,
                     flags=["--legacy-hold-seconds", str(HOLD_SECONDS)]) as self.cluster:
            self.cluster.settled()
            self.holder, self.other = self.cluster.nodes
            operator, self.anybody = Fleet(self.cluster).operator(), self.other.client()
            operator.put_programme("flu", queue="line").expect(200)
            self.falls_behind()
            operator.put_queue("line", "flu").expect(200)
            self.is_held()
            self.alice = self.other.person("alice")
            self.alice.take_ticket("line").expect(201)
            self.stays_held("the other knows of no lag")
            self.other.restart()
            self.cluster.settled()
            self.stays_held("the other has started anew")
            self.dies()
            self.holder.start()
            self.is_held()
            self.catches_up()
            self.log_says_who_held()
            self.cluster.proved()

    # What `jari sync` beside the holder says: ops/jari/legacy_lag.h

    @property
    def lag(self):
        return self.holder.directory / "legacy-lag.json"

    def falls_behind(self):
        """A report of long ago gets older by itself."""
        self.lag.write_text(json.dumps({"records": 7, "seconds": 600,
                                        "at": rfc3339(time.time())}))

    def catches_up(self):
        self.lag.unlink()
        began = time.monotonic()
        self.goes_on(LATE_SECONDS_MAX)
        print(f"  caught up: let go after {time.monotonic() - began:.1f} s", flush=True)

    # What is seen of it

    def waits_for(self):
        """What the queue's document says; None where the node does not show it as of now."""
        shown = self.anybody.request("GET", "/v1/queues/line")
        return shown.json.get("waiting_for", "nothing") if shown.status == 200 else None

    def is_held(self):
        poll("admissions are held", lambda: self.waits_for() == "capacity", 30)

    def goes_on(self, seconds):
        poll("admissions go on", lambda: self.waits_for() not in ("capacity", None), seconds, 0.2)

    def stays_held(self, why):
        until = time.monotonic() + WATCHED_SECONDS
        while time.monotonic() < until:
            self.assertIn(self.waits_for(), ("capacity", None), why)
            self.assertIn(self.state_of_alice(), ("waiting", None), why)
            time.sleep(0.2)

    def state_of_alice(self):
        shown = self.alice.my_ticket("line")
        return shown.json["state"] if shown.status == 200 else None

    def held(self):
        """[(time, why)] of the queue's partition, oldest first."""
        done = self.other.cli("export", "--data", self.other.directory, "--topic", "queue",
                              *self.cluster.where)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        home = next(row["partition"] for row in rows if row["type"] == "QueueConfigured")
        return [(seconds_of(row["time"]), row["body"].get("why", "")) for row in rows
                if row["type"] == "AdmissionHeld" and row["partition"] == home]

    def dies(self):
        """kill -9. Only after the silence is it let go of."""
        self.holder.kill9()
        said = self.held()[-1]
        self.assertRegex(said[1], r"^the old database is behind \(node-1, [^)]*\)$")
        self.goes_on(SILENCE_SECONDS + LATE_SECONDS_MAX)
        poll("alice is admitted", lambda: self.state_of_alice() == "admitted", 30)
        records = self.held()
        self.assertEqual(said, records[-2])
        self.assertEqual("", records[-1][1])
        silence = records[-1][0] - said[0]
        print(f"  the dead holder was let go of {silence:.1f} s after it had said so last",
              flush=True)
        self.assertGreater(silence, SILENCE_SECONDS)
        self.assertLess(silence, SILENCE_SECONDS + LATE_SECONDS_MAX)

    def log_says_who_held(self):
        """Nobody but the holder was ever named, and it was let go of twice."""
        records = [why for _, why in self.held()]
        self.assertEqual(2, records.count(""))
        self.assertEqual("", records[-1])
        for why in records:
            self.assertIn(why.split(", ")[0], ("", "the old database is behind (node-1"))


if __name__ == "__main__":
    main()
