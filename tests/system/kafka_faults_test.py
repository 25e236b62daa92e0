"""Everything around it fails, one after the other, while people book on three nodes and brokers.

The load and the checks are those of crash_test.py, with every node asked in turn. Each fault ends,
then the cluster settles: every partition has an owner that runs, and all nodes say so. At the end
what was answered is there, no key has two effects, the audit finds nothing, and each partition has
one digest on all nodes. JARI_FAULTS names those to bring about (all), seed JARI_SEED (printed).

Errors:  AssertionError that names the fault, kept directory in stderr.
Threads: as crash_test.py.
"""

import os
import random
import shutil
import signal
import threading
import time
import unittest

import crash_test
from fleet import Fleet
from http_client import Unreachable
from jari_cluster import Cluster, main
from log_checks import eventually, poll

SEED = int(os.environ.get("JARI_SEED", "11"))
UNDER_LOAD_SECONDS = 3
FROZEN_SECONDS = 6


class Visitor(crash_test.Visitor):
    """One who does not give up: another node, the same key."""

    def run(self):
        try:
            while not self.crash.is_down.is_set():
                self.ask(self.random.choice(self.members))
        except Exception as error:  # raised by the test when the load is over
            self.failure = error


class Reader(crash_test.Reader):
    """Looks at all nodes; what it was shown is never taken back."""

    def run(self):
        try:
            while not self.crash.is_down.is_set():
                try:
                    self.look(self.crash.random_member(), self.crash.random_guest())
                except Unreachable:
                    continue
        except Exception as error:
            self.failure = error


class Faults(crash_test.Crash):
    """One cluster, one fault after the other."""

    test_nothing_is_lost_or_doubled = None  # that is crash_test.py's

    FAULTS = ["kill_node", "freeze_owner", "kill_broker", "all_brokers", "lose_data",
              "roll_nodes", "restore_snapshot"]

    def test_nothing_is_lost_or_doubled_in_any(self):
        wanted = os.environ.get("JARI_FAULTS", ",".join(self.FAULTS)).split(",")
        print(f"  seed {SEED}: {', '.join(wanted)}", flush=True)
        with Cluster(brokers=3, nodes=3) as self.cluster:
            self.cluster.settled()
            self.prepare(Fleet(self.cluster))
            self.reader = self.service.steady()
            self.rng = random.Random(SEED)
            for name in wanted:
                self.under_load(name)
            self.cluster.proved()

    def under_load(self, name):
        """Load, the fault in the middle of it, load again; then everything is accounted for."""
        self.is_down = threading.Event()
        self.answered, self.promised = threading.Semaphore(0), []
        self.guests_join(20)
        visitors = [Visitor(self, self.members[n::crash_test.THREADS], self.rng.random())
                    for n in range(crash_test.THREADS)]
        visitors += [Reader(self) for _ in range(crash_test.READERS)]
        for visitor in visitors:
            visitor.start()
        began = time.monotonic()
        try:
            time.sleep(UNDER_LOAD_SECONDS)
            getattr(self, name)()
            settled_from = time.monotonic()
            self.cluster.settled()
            seconds = time.monotonic() - settled_from
            time.sleep(UNDER_LOAD_SECONDS)
        finally:
            self.is_down.set()
            for visitor in visitors:
                visitor.join()
        for visitor in visitors:
            if visitor.failure:
                raise AssertionError(f"during {name}") from visitor.failure
        answers = 0
        while self.answered.acquire(blocking=False):
            answers += 1
        print(f"  {name}: settled {seconds:.1f} s after it, {answers} answers in "
              f"{time.monotonic() - began:.0f} s", flush=True)
        self.assertGreater(answers, 0)
        self.resolve()
        eventually(self.check, 20)
        self.nothing_is_taken_back()

    def victim(self):
        return self.rng.choice(self.cluster.running)

    # The faults. Each leaves everything running.

    def kill_node(self):
        """kill -9, and back."""
        node = self.victim()
        node.kill9()
        self.cluster.settled()
        node.start()

    def freeze_owner(self):
        """A zombie: others take over while it stands still, then it goes on where it was."""
        node = self.victim()
        os.kill(node.pid, signal.SIGSTOP)
        try:
            others = [n for n in self.cluster.nodes if n is not node]
            poll("others own what it owned", lambda: node.directory.name not in
                 set(self.cluster.owners(others[0]).values()), 30)
            time.sleep(FROZEN_SECONDS)
        finally:
            os.kill(node.pid, signal.SIGCONT)

    def kill_broker(self):
        """kill -9 of one of three, and back."""
        number = self.rng.randint(1, 3)
        self.cluster.kafka("kill", number)
        time.sleep(FROZEN_SECONDS)
        self.cluster.kafka("restart", number)

    def all_brokers(self):
        """No log at all for a while."""
        for number in (1, 2, 3):
            self.cluster.kafka("kill", number)
        time.sleep(FROZEN_SECONDS)
        self.cluster.kafka("start")

    def lose_data(self):
        """A node whose state is gone makes it again from the log."""
        node = self.victim()
        node.kill9()
        shutil.rmtree(node.directory / "state")
        node.start()

    def roll_nodes(self):
        """One after the other by SIGTERM, as an upgrade does it."""
        for node in self.cluster.nodes:
            node.stop()
            node.start()
            self.cluster.settled()

    def restore_snapshot(self):
        """A node begins with a snapshot of another and the log's tail."""
        giver, taker = self.rng.sample(self.cluster.nodes, 2)
        into = self.cluster.directory / "snapshots"

        def taken():
            return giver.cli("snapshot", "--data", giver.directory, "--into", into,
                             *self.cluster.where, check=False).returncode == 0
        poll("a snapshot", taken, 60, 1)
        taker.kill9()
        shutil.rmtree(taker.directory / "state")
        taker.cli("restore", "--from", into, "--data", taker.directory)
        taker.start()


if __name__ == "__main__":
    main()
