"""How long a partition decides nothing when its owner is killed.

Three nodes on one broker. JARI_FAILOVERS times (20; the figure in the documents is of 100): people
of every partition of bookings keep asking through the nodes that stay; the owner of some is killed
with -9; for each partition it owned the time until the first request sent after the kill is
decided, and for the others the slowest answer meanwhile. The node is started again, and everything
settles. Figures are printed; the test fails only where something is not decided at all, or lost.

Units:   seconds.
Errors:  AssertionError.
Threads: one a partition of bookings, and the one that kills.
"""

import os
import random
import threading
import time
import unittest

from fleet import Fleet
from http_client import Unreachable
from jari_cluster import Cluster, main
from jari_service import new_key, one_dose
from log_checks import poll

FAILOVERS = int(os.environ.get("JARI_FAILOVERS", "20"))
SEED = int(os.environ.get("JARI_SEED", "17"))
PARTITIONS = 4
DECIDED_SECONDS_MAX = 30
PROGRAMME, QUEUE = "failover", "failover-line"


def murmur2(data):
    """As Kafka's Java client hashes a key; the partition is (this & 0x7fffffff) % count."""
    mask, multiply = 0xffffffff, 0x5bd1e995
    value = (0x9747b28c ^ len(data)) & mask
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at:at + 4], "little") * multiply & mask
        word = (word ^ word >> 24) * multiply & mask
        value = value * multiply & mask ^ word
    rest = data[whole:]
    if rest:
        value = (value ^ int.from_bytes(rest, "little")) * multiply & mask
    value = (value ^ value >> 13) * multiply & mask
    return value ^ value >> 15


def partition_of(key):
    return (murmur2(key.encode()) & 0x7fffffff) % PARTITIONS


class Asker(threading.Thread):
    """Takes a ticket and gives it back, in lines of one partition, and notes how long each took."""

    def __init__(self, fleet, queue, person):
        super().__init__(daemon=True)
        self.queue, self.client = queue, fleet.client(person.token)
        self.is_over, self.failure = threading.Event(), None
        self.decided = []   # (asked at, decided at)

    def run(self):
        try:
            while not self.is_over.is_set():
                for method, path, wanted in (("POST", "", 201), ("DELETE", "/me", 204)):
                    self.ask(method, f"/v1/queues/{self.queue}/tickets{path}", wanted)
        except Exception as error:
            self.failure = error

    def ask(self, method, path, wanted):
        key, began = new_key("failover"), time.monotonic()
        while not self.is_over.is_set():
            try:
                answer = self.client.request(method, path, {} if method == "POST" else None,
                                             key=key, prefer="wait=30")
            except Unreachable:
                continue
            if answer.status == 503:
                continue
            assert answer.status == wanted, answer
            self.decided.append((began, time.monotonic()))
            return


def at_share(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Failover(unittest.TestCase):
    """Kill, wait, start again."""

    def prepare(self):
        self.operator = self.fleet.operator()
        self.operator.put_programme(PROGRAMME, products=[one_dose("vaccine-a")]).expect(200)
        self.askers = []
        for partition in range(PARTITIONS):
            queue = next(name for name in (f"{QUEUE}-{n}" for n in range(1000))
                         if partition_of(name) == partition)
            self.operator.put_queue(queue, PROGRAMME, rate_per_second=0).expect(200)
            self.askers.append(Asker(self.fleet, queue, self.fleet.person(f"asker-{partition}")))
        for asker in self.askers:
            asker.start()

    def test_others_take_over(self):
        print(f"  seed {SEED}, {FAILOVERS} kills", flush=True)
        rng, gaps, others = random.Random(SEED), [], []
        with Cluster(brokers=1, nodes=3, partitions=PARTITIONS) as cluster:
            owners = cluster.settled()
            self.fleet = Fleet(cluster)
            self.prepare()
            for _ in range(FAILOVERS):
                owned, seconds = self.fail_over(cluster, owners, rng)
                gaps += [seconds[p] for p in owned]
                others += [seconds[p] for p in range(PARTITIONS) if p not in owned]
                owners = cluster.settled()
            for asker in self.askers:
                asker.is_over.set()
            for asker in self.askers:
                asker.join()
                if asker.failure:
                    raise asker.failure
            print(f"  {len(gaps)} partitions taken over: p50 {at_share(gaps, 0.5):.2f} s, p99 "
                  f"{at_share(gaps, 0.99):.2f} s, most {max(gaps):.2f} s", flush=True)
            if others:
                print(f"  the others' slowest answer meanwhile: p50 {at_share(others, 0.5):.3f} s, "
                      f"p99 {at_share(others, 0.99):.3f} s", flush=True)
            cluster.proved()

    def fail_over(self, cluster, owners, rng):
        """Kills an owner of some queue; {partition: seconds to its first decision after that}."""
        names = sorted({owners["queue", p] for p in range(PARTITIONS)})
        node = next(n for n in cluster.nodes if n.directory.name == rng.choice(names))
        owned = [p for p in range(PARTITIONS) if owners["queue", p] == node.directory.name]
        for asker in self.askers:  # their callers notice nothing but the partition that is silent
            if asker.client.node is node:
                asker.client.next_node()
        killed = time.monotonic()
        node.kill9()

        def all_decided():
            firsts = {}
            for partition, asker in enumerate(self.askers):
                if asker.failure:
                    raise asker.failure
                after = [at for began, at in list(asker.decided)[-50:] if began > killed]
                if not after:
                    return None
                firsts[partition] = after[0] - killed if partition in owned else max(
                    at - began for began, at in list(asker.decided)[-50:] if at > killed)
            return firsts
        seconds = poll("every partition decides again", all_decided, DECIDED_SECONDS_MAX, 0.005)
        node.start()
        return owned, seconds


if __name__ == "__main__":
    main()
