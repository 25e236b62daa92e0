"""Several nodes of Jari on a real Kafka, each with a data directory and a port of its own.

    from jari_cluster import Cluster, main

    with Cluster(brokers=3, nodes=3) as cluster:     # Kafka by ops/kafka, topics by `jari topics`
        first, second, third = cluster.nodes         # each a Service (jari_service.py)
        first.kill9(); first.start()
        cluster.kafka("kill", 2)                     # a broker
        cluster.relays.cut()                         # Cluster(is_relayed=True): the last node's
        cluster.settled()                            # every partition owned, all nodes caught up
        cluster.proved()                             # audit, and equal digests on every node

All nodes share the keys that the first one made. Whatever happens, Kafka is stopped at the end.

Units:   seconds.
Errors:  AssertionError; a machine where Kafka cannot be had skips the script (77), loudly.
Threads: a Cluster belongs to one thread; the clients of its nodes to any number.
"""

import collections
import contextlib
import pathlib
import shutil
import subprocess
import tempfile

from http_client import Unreachable
from jari_service import EXIT_SKIPPED, ROOT, Service, main, skip  # noqa: F401
from log_checks import poll, second_audit
from relay import Relays

SETTLED_SECONDS_MAX = 60
TOKEN_SECONDS = 86400


class Cluster:
    """Brokers, topics, nodes."""

    def __init__(self, brokers=1, nodes=3, partitions=4, flags=(), is_relayed=False,
                 roles=(), by_file=()):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="jari-cluster-"))
        self.brokers, self.partitions = brokers, partitions
        self.address = None
        self.is_relayed, self.relays, self.relayed_address = is_relayed, None, None
        self.nodes = [Service(self.directory / f"node-{n + 1}", contract=None)
                      for n in range(nodes)]
        self.flags, self.roles = list(flags), list(roles)  # one for each node, in their order
        self.by_file = [self.nodes[n] for n in by_file]  # these find the brokers' names in a file
        self.kafka_flags = []  # more of ops/kafka's
        self.watchers = {}
        self.clients = []  # of its fleets (fleet.py), closed at the end

    def __enter__(self):
        with contextlib.ExitStack() as undone:
            undone.callback(self.kafka, "stop")
            self.address = self.kafka("start").strip()
            if self.is_relayed:
                self.relay()
                undone.callback(self.relays.close)
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
            for client in self.clients:
                client.close()
            for node in self.nodes:
                node.close(keep=kind is not None)
        finally:
            if self.relays:
                self.relays.close()
            self.kafka("stop")
        if kind is None:
            shutil.rmtree(self.directory, ignore_errors=True)

    def relay(self):
        """A relay before each broker, which the last node goes through."""
        ports = [words[words.index("relayed") + 1:] for words in
                 map(str.split, self.kafka("status").splitlines()) if "relayed" in words]
        self.relays = Relays([(int(said), int(broker)) for broker, said in ports])
        self.relayed_address = ",".join(f"127.0.0.1:{said}" for _, said in ports)

    def begin(self, node, flags=()):
        """Starts a node that may be new: with the keys of one that is there."""
        if not (node.directory / "keys").exists():
            keys = next(other.directory / "keys" for other in self.nodes
                        if (other.directory / "keys").exists())
            shutil.copytree(keys, node.directory / "keys")
        where = list(self.where)
        if self.relays and node is self.nodes[-1]:
            where[1] = self.relayed_address
        if node in self.by_file:
            properties = self.directory / f"{node.directory.name}.properties"
            properties.write_text(f"bootstrap.servers={where[1]}\n")
            where[:2] = ["--kafka-properties", properties]
        role = ["--roles", self.roles[self.nodes.index(node)]] if self.roles else []
        node.flags = ["--log", "kafka", *where, "--node", node.directory.name, *role, *self.flags,
                      *flags]
        node.start()

    @property
    def where(self):
        """The flags that name the log."""
        return ["--kafka-brokers", self.address, "--kafka-replication", str(self.brokers)]

    def kafka(self, *arguments):
        """Runs ops/kafka on this cluster; returns what it printed."""
        relayed = ["--relayed"] if self.is_relayed else []
        done = subprocess.run([ROOT / "ops" / "kafka", "--dir", self.directory / "kafka",
                               "--brokers", str(self.brokers), *relayed, *self.kafka_flags,
                               *map(str, arguments)],
                              text=True, capture_output=True, check=False)
        if done.returncode == EXIT_SKIPPED:
            skip(done.stderr.strip().splitlines()[-1])
        assert done.returncode == 0, f"ops/kafka {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def broker_pid(self, number):
        lines = map(str.split, self.kafka("status").splitlines())
        return next(int(words[3]) for words in lines if words[:2] == ["broker", str(number)])

    # What the nodes say

    @property
    def running(self):
        return [node for node in self.nodes if node.is_running]

    def status(self, node):
        """{(topic, partition): what the node says of it}, None where it does not answer."""
        try:
            answer = self.watcher(node).request("GET", "/v1/operator/status", check=False)
        except Unreachable:
            return None
        if answer.status != 200:
            return None
        return {(p["topic"], p["partition"]): p for p in answer.json["partitions"]}

    def watcher(self, node):
        """One client of each node, whose token holds by a clock that is an hour ahead, too."""
        if node not in self.watchers:
            self.watchers[node] = node.reader("watch", ttl_seconds=TOKEN_SECONDS)
        return self.watchers[node]

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

    def spread_evenly(self, seconds=SETTLED_SECONDS_MAX):
        """Waits until nodes own as many as each other, of each topic and in all, within one."""
        names = [node.directory.name for node in self.running]

        def is_even():
            owners = self.owners()
            topics = {topic for topic, _ in owners}
            shares = [collections.Counter(owner for (topic, _), owner in owners.items()
                                          if topic in of) for of in ([t] for t in topics)]
            shares.append(collections.Counter(owners.values()))
            return owners and all(max(share[name] for name in names)
                                  - min(share[name] for name in names) <= 1 for share in shares)
        return poll("ownership is spread evenly", is_even, seconds)

    def same_digests(self, seconds=SETTLED_SECONDS_MAX, without=()):
        """Each partition but those named, seen at one offset by all nodes, has one digest."""
        seen = {}
        left = set(self.owners()) - set(without)

        def is_seen():
            for node in self.running:
                for at, p in (self.status(node) or {}).items():
                    if at in without:
                        continue
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
        """Both auditors find nothing in the log in Kafka."""
        first = self.nodes[0]
        done = first.cli("audit", "--data", first.directory, *self.where, check=False)
        assert done.returncode == 0, f"audit: {done.returncode}: {done.stdout}{done.stderr}"
        print(f"  audit: {done.stdout.splitlines()[-1]}", flush=True)
        second_audit(first, "--data", first.directory, *self.where)

    def proved(self):
        """What every story ends with."""
        self.settled()
        self.same_digests()
        self.audit()
