"""Several nodes of Jari on a real Kafka, each with a data directory and a port of its own.

    from jari_cluster import Cluster, main

    with Cluster(brokers=3, nodes=3) as cluster:     # Kafka by ops/kafka, topics by `jari topics`
        first, second, third = cluster.nodes         # each a Service (jari_service.py)
        first.kill9(); first.start()
        cluster.kafka("kill", 2)                     # a broker
        cluster.settled()                            # every partition owned, all nodes caught up
        cluster.proved()                             # audit, and equal digests on every node

All nodes share the keys that the first one made. Whatever happens, Kafka is stopped at the end.

Units:   seconds.
Errors:  AssertionError; a machine where Kafka cannot be had skips the script (77), loudly.
Threads: a Cluster belongs to one thread; the clients of its nodes to any number.
"""

import contextlib
import pathlib
import shutil
import subprocess
import tempfile

from http_client import Unreachable
from jari_service import EXIT_SKIPPED, ROOT, Service, main, skip  # noqa: F401
from log_checks import poll

SETTLED_SECONDS_MAX = 60


class Cluster:
    """Brokers, topics, nodes."""

    def __init__(self, brokers=1, nodes=3, partitions=4, flags=()):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="jari-cluster-"))
        self.brokers, self.partitions = brokers, partitions
        self.address = None
        self.nodes = [Service(self.directory / f"node-{n + 1}", contract=None)
                      for n in range(nodes)]
        self.flags = list(flags)

    def __enter__(self):
        with contextlib.ExitStack() as undone:
            undone.callback(self.kafka, "stop")
            self.address = self.kafka("start").strip()
            first = self.nodes[0]
            made = first.cli("topics", "create", "--data", first.directory, "--partitions",
                             self.partitions, *self.where)
            print(f"  {made.stdout.strip()}", flush=True)
            for node in self.nodes:
                self.begin(node)
            undone.pop_all()
        return self

    def __exit__(self, kind, error, trace):
        try:
            for node in self.nodes:
                node.close(keep=kind is not None)
        finally:
            self.kafka("stop")
        if kind is None:
            shutil.rmtree(self.directory, ignore_errors=True)

    def begin(self, node, flags=()):
        """Starts a node that may be new: with the keys of the first."""
        keys = self.nodes[0].directory / "keys"
        if not (node.directory / "keys").exists():
            shutil.copytree(keys, node.directory / "keys")
        node.flags = ["--log", "kafka", *self.where, "--node", node.directory.name, *self.flags,
                      *flags]
        node.start()

    @property
    def where(self):
        """The flags that name the log."""
        return ["--kafka-brokers", self.address, "--kafka-replication", str(self.brokers)]

    def kafka(self, *arguments):
        """Runs ops/kafka on this cluster; returns what it printed."""
        done = subprocess.run([ROOT / "ops" / "kafka", "--dir", self.directory / "kafka",
                               "--brokers", str(self.brokers), *map(str, arguments)], text=True,
                              capture_output=True, check=False)
        if done.returncode == EXIT_SKIPPED:
            skip(done.stderr.strip().splitlines()[-1])
        assert done.returncode == 0, f"ops/kafka {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    # What the nodes say

    @property
    def running(self):
        return [node for node in self.nodes if node.is_running]

    def status(self, node):
        """{(topic, partition): what the node says of it}, None where it does not answer."""
        try:
            answer = node.reader("watch").request("GET", "/v1/operator/status", check=False)
        except Unreachable:
            return None
        if answer.status != 200:
            return None
        return {(p["topic"], p["partition"]): p for p in answer.json["partitions"]}

    def owners(self, node=None):
        """{(topic, partition): node's name}, as one of them has it."""
        status = self.status(node or self.running[0])
        return {at: p["owner"] for at, p in (status or {}).items() if p["digest"]}

    def settled(self, seconds=SETTLED_SECONDS_MAX):
        """Waits until running nodes own every partition and all say so."""
        names = {node.directory.name for node in self.running}

        def is_settled():
            seen = [self.owners(node) for node in self.running]
            return all(owners and owners == seen[0] and set(owners.values()) <= names
                       for owners in seen) and seen[0]
        return poll("every partition has an owner that runs", is_settled, seconds)

    def same_digests(self, seconds=SETTLED_SECONDS_MAX):
        """Each partition, seen at one offset by all nodes, has one digest."""
        seen = {}
        left = set(self.owners())

        def is_seen():
            for node in self.running:
                for at, p in (self.status(node) or {}).items():
                    assert not p.get("parked"), f"{node.directory.name}: {at}: {p['parked']}"
                    if p["digest"]:
                        self.one_digest(seen, node, at, p)
            names = {node.directory.name for node in self.running}
            left.difference_update({at for (at, _), by in seen.items() if set(by) == names})
            return not left
        poll("every partition seen at one offset by all nodes", is_seen, seconds, 0.01)
        print(f"  {len(seen)} places seen, each with one digest", flush=True)

    @staticmethod
    def one_digest(seen, node, at, shown):
        by = seen.setdefault((at, shown["applied"]), {})
        by[node.directory.name] = shown["digest"]
        assert len(set(by.values())) == 1, f"{at} at {shown['applied']}: {by}"

    def audit(self):
        """`jari audit` of the log in Kafka finds nothing."""
        first = self.nodes[0]
        done = first.cli("audit", "--data", first.directory, *self.where, check=False)
        assert done.returncode == 0, f"audit: {done.returncode}: {done.stdout}{done.stderr}"
        print(f"  audit: {done.stdout.splitlines()[-1]}", flush=True)

    def proved(self):
        """What every story ends with."""
        self.settled()
        self.same_digests()
        self.audit()
