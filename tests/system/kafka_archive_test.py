"""jari archive and jari topics trim on a real Kafka: the log is archived while two nodes serve, what
nobody needs is deleted from the topics, and everything goes on: the service, the audit of the whole
log, a node that begins with a snapshot. One that begins with nothing says what it needs, or finds it
where it was told to look.

Errors:  AssertionError, with what the program said; exit 77 where Kafka cannot be had.
Threads: one.
"""

import json
import os
import re
import shutil
import subprocess
import time
import unittest

from jari_cluster import Cluster, main
from jari_service import Service, jari_binary
from log_checks import poll

BEHIND_SECONDS = 10  # of the 15 after which a node writes its state
TRIES_MAX = 4
PEOPLE = int(os.environ.get("JARI_PEOPLE", "300"))


class Trims(unittest.TestCase):
    """One cluster, one story."""

    def crowd(self, seed):
        node = self.cluster.nodes[0]
        node.cli("load", "--server", node.url, "--data", node.directory, "--people", PEOPLE,
                 "--seed", seed, "--seconds", 3, "--threads", 4)

    def jari(self, *words, code=0):
        first = self.cluster.nodes[0]
        done = first.cli(*words, "--data", first.directory, *self.cluster.where, check=False)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done

    def trim(self, *flags, code=0, nodes=None):
        nodes = self.cluster.nodes if nodes is None else nodes
        return self.jari("topics", "trim", "--archive", self.archive, "--snapshots", self.snapshots,
                         "--nodes", ",".join(node.url for node in nodes), *flags, code=code)

    def begins(self):
        """{(topic, partition): where it begins}, as a dry run prints it."""
        rows = [line.split() for line in self.trim("--dry-run").stdout.splitlines()[1:]]
        return {(row[0], int(row[1])): int(row[2]) for row in rows}

    def snapshot(self):
        def taken():
            node = self.cluster.nodes[0]
            done = node.cli("snapshot", "--data", node.directory, "--into", self.snapshots,
                            *self.cluster.where, check=False)
            assert done.returncode == 0 or "written behind" in done.stderr, done.stderr
            return done.returncode == 0
        poll("a snapshot", taken, 60, 1)

    def test_a_log_is_trimmed_and_whole(self):
        with Cluster(brokers=1, nodes=2, partitions=2) as self.cluster:
            self.archive = self.cluster.directory / "archive"
            self.snapshots = self.cluster.directory / "snapshots"
            self.cluster.settled()
            first, second = self.cluster.nodes
            first.cli("demo", "--server", first.url, "--data", first.directory, "--rate", 1000)
            self.crowd(1)
            self.is_published()
            self.follows_and_is_killed()
            self.follows_and_is_stopped()
            self.nothing_is_trimmed_that_is_needed()
            self.is_trimmed()
            self.a_killed_node_has_what_it_needs(second)
            self.crowd(3)
            self.is_audited()
            self.is_told()
            self.a_node_begins(second)
            self.cluster.settled()
            self.cluster.same_digests()
            self.a_node_finds_a_snapshot(second)
            self.is_audited()

    def is_published(self):
        """A checkpoint of the log in Kafka, before anything of it is archived or trimmed."""
        self.key = self.cluster.directory / "key.pub"
        self.key.write_text(self.jari("checkpoint", "key").stdout)
        self.checkpoint = self.cluster.directory / "published.checkpoint"
        self.checkpoint.write_text(self.jari("checkpoint").stdout)
        self.assertIn("ok: extends the checkpoint of ", self.extends())

    def extends(self, *log):
        return self.jari("audit", *log, "--checkpoint", self.checkpoint, "--public-key",
                         self.key).stdout

    def follows_and_is_killed(self):
        """A run that follows ends by kill -9; the next goes on."""
        first = self.cluster.nodes[0]
        words = ["archive", "--into", self.archive, "--data", first.directory, *self.cluster.where,
                 "--follow", "--every", 1]
        with subprocess.Popen([jari_binary(), *map(str, words)], stdout=subprocess.PIPE,
                              text=True) as follower:
            self.crowd(2)
            self.assertIn("in all", follower.stdout.readline())
            follower.kill()
        self.assertIn("in all", self.jari("archive", "--into", self.archive).stdout)
        first.cli("archive", "--into", self.archive, "--check")
        first.cli("audit", "--archive", self.archive)

    def follows_and_is_stopped(self):
        """SIGTERM, behind its first line and while no broker answers: what it has is finished, and
        the next run has the rest, once."""
        first = self.cluster.nodes[0]
        words = ["archive", "--into", self.archive, "--data", first.directory, *self.cluster.where,
                 "--follow", "--every", 1]
        for is_silent in (False, True):
            with subprocess.Popen([jari_binary(), *map(str, words)], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as follower:
                self.assertIn("in all", follower.stdout.readline())
                if is_silent:
                    self.cluster.kafka("kill", 1)
                    self.assertIn("; asking again", follower.stderr.readline())
                follower.terminate()
                said, error = follower.communicate(timeout=60)
            self.assertEqual(follower.returncode, 0, error)
            self.assertIn(" records more, ", said)
            self.assertEqual(list(self.archive.glob("*/unfinished")), [])
            first.cli("archive", "--into", self.archive, "--check")
        self.cluster.kafka("restart", 1)
        self.cluster.settled()
        self.jari("archive", "--into", self.archive)
        first.cli("audit", "--archive", self.archive)

    def nothing_is_trimmed_that_is_needed(self):
        """Without a snapshot nothing, nor with one that is not finished; with one, no further than
        it and the archive."""
        self.assertIn("there is no snapshot", self.trim(code=1).stderr)
        unfinished = self.snapshots / "snapshot-20200101T000000.000Z-0123456789abcdef"
        unfinished.mkdir(parents=True)
        (unfinished / "snapshot.json").write_text("{}")
        self.assertIn("there is no snapshot", self.trim(code=1).stderr)
        self.snapshot()
        planned = self.trim("--dry-run").stdout
        self.assertRegex(planned, r"programmes +0 +0 +0 .*whole: it says which log this is")
        self.assertRegex(planned, r"bookings +0 +0 +[1-9]\d* ")
        self.assertEqual(set(self.begins().values()), {0})  # a dry run has deleted nothing
        self.every_owner_is_named()
        second = self.cluster.nodes[1]
        second.stop()
        self.assertEqual(self.trim(code=1).stdout, "")  # a node that does not say what it needs
        second.start()
        self.cluster.settled()

    def every_owner_is_named(self):
        """Who owns runs, and needs what its own state has not: neither another node in its place,
        nor one that is named twice, speaks for it."""
        first, second = self.cluster.nodes
        reader = Service(self.cluster.directory / "reader", contract=None)
        self.addCleanup(reader.close)
        self.cluster.begin(reader, ["--roles", "query"])
        for nodes in ([first], [first, reader], [reader]):
            said = self.trim("--dry-run", code=2, nodes=nodes).stderr
            self.assertRegex(said, "--nodes does not name .*node-2", nodes)
        said = self.trim("--dry-run", code=2, nodes=[first, first, second]).stderr
        self.assertRegex(said, f"{first.url} and {first.url} are both node-1")
        self.trim("--dry-run", nodes=[first, second, reader])
        reader.stop()

    def is_trimmed(self):
        planned = self.trim("--dry-run").stdout
        self.assertIn("trimmed", self.trim().stdout)
        begins = self.begins()
        for topic, partition, begin in re.findall(r"(\w+) +(\d+) +0 +(\d+) ", planned):
            self.assertGreaterEqual(begins[topic, int(partition)], int(begin))
        self.assertGreater(begins["bookings", 0], 0)
        self.assertEqual(begins["programmes", 0], 0)
        self.assertIn("ok: 6 topics", self.jari("topics", "check").stdout)

    def a_killed_node_has_what_it_needs(self, node):
        """Its state on disk lags behind what it has applied, and behind a snapshot of another node:
        what is trimmed beside it is still enough for it to go on after a kill -9."""
        tries = (self.trimmed_beside(node) for _ in range(TRIES_MAX))
        planned = next(filter(None, tries), None)
        self.assertIsNotNone(planned, "it wrote its state during each trim")
        held_by = node.url
        node.kill9()
        node.start()
        self.cluster.settled()
        for shown in map(self.cluster.status, self.cluster.nodes):
            self.assertEqual([p["parked"] for p in shown.values() if p.get("parked")], [])
        self.assertIn(held_by, planned)  # it held what the others needed no longer
        self.cluster.same_digests()

    def trimmed_beside(self, node):
        """What a trim has printed, after a snapshot of the first node; None where this one's state
        on disk did not stay as of before."""
        first = self.cluster.nodes[0]
        poll("the first has written its state a while ago",
             lambda: BEHIND_SECONDS < time.time() - self.written_at(first) < BEHIND_SECONDS + 2, 60)
        before = self.written_at(first)
        node.stop()
        began = self.written_at(node)
        node.start()  # writes its state when it has served for 15 s
        self.cluster.settled()
        poll("the first writes its state", lambda: self.written_at(first) > before, 60)
        for kept in self.snapshots.glob("snapshot-*"):
            shutil.rmtree(kept)
        self.snapshot()
        self.jari("archive", "--into", self.archive)
        planned = self.trim().stdout
        return planned if self.written_at(node) == began else None

    @staticmethod
    def written_at(node):
        """When it wrote its state last."""
        files = (node.directory / "state").glob("*.sst")
        return max((file.stat().st_mtime for file in files), default=0)

    def is_audited(self):
        """The whole log, from its first record: by the archive and what Kafka still has."""
        said = self.jari("audit", code=1).stderr
        self.assertIn("is no longer kept", said)
        self.assertIn("--archive", said)
        self.assertIn("ok: extends the checkpoint of ", self.extends("--archive", self.archive))
        self.jari("replay", "--archive", self.archive)
        self.jari("archive", "--into", self.archive)
        first = self.cluster.nodes[0]
        self.assertIn("ok: ", first.cli("audit", "--archive", self.archive).stdout)

    def is_told(self):
        """What happened, and what was: by both."""
        both = ("--archive", self.archive)
        lines = self.jari("timeline", "site", "jeju-city", *both).stdout.splitlines()
        self.assertIn("site jeju-city published", lines[0])
        self.assertRegex("\n".join(lines), r"granted \[then slot \S+: \d+ booked, 0 held of \d+;")
        said = self.jari("at", "--offset", 10**12, *both, "--get", "/v1/queues/demo").stdout
        shown = self.cluster.watcher(self.cluster.nodes[0]).request("GET", "/v1/queues/demo").json
        self.assertEqual(json.loads(said)["last_ticket"], shown["last_ticket"])

    def a_node_begins(self, node):
        """With nothing it parks and says why; with a snapshot it follows."""
        node.kill9()
        shutil.rmtree(node.directory / "state")
        node.start()

        def parked():
            shown = self.cluster.status(node) or {}
            return [p["parked"] for p in shown.values() if p.get("parked")]
        why = poll("it says what it needs", parked, 60)[0]
        self.assertIn("no longer kept", why)
        self.assertIn("start it from a snapshot", why)
        for path in ("/readyz", "/v1/queues/demo", "/v1/sites", "/v1/queues/demo/tickets/me"):
            answer = node.person("somebody").request("GET", path)
            self.assertEqual((answer.status, answer.code), (503, "not-caught-up"), path)
        node.kill9()
        shutil.rmtree(node.directory / "state")
        node.cli("restore", "--from", self.snapshots, "--data", node.directory)
        node.start()

    def a_node_finds_a_snapshot(self, node):
        """With nothing, and told where snapshots are kept, it begins with the newest by itself."""
        node.kill9()
        shutil.rmtree(node.directory / "state")
        node.flags += ["--snapshots", str(self.snapshots)]
        node.start()
        self.cluster.settled()
        shown = self.cluster.status(node)
        self.assertEqual([p["parked"] for p in shown.values() if p.get("parked")], [])
        self.cluster.same_digests()


if __name__ == "__main__":
    main()
