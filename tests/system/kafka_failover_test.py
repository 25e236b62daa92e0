"""How long a partition grants nothing when its owner is killed.

Three nodes on one broker. JARI_FAILOVERS times (10; the figure in the documents is of 100): people
of every partition of bookings keep booking at a site of the partition of the same number, and
cancelling, through the nodes that stay; the owner of some is killed with -9. For each pair of
partitions of which it owned one: the time until the first request sent after the kill is granted.
For the others: the slowest answer meanwhile. The node is started again, and everything settles.
Figures are printed; the test fails only where something is not granted at all, or lost.

(What a partition decides alone, as a ticket, waits for no owner: every node decides it alike.)

Units:   seconds.
Errors:  AssertionError.
Threads: one a partition of bookings, and the one that kills.
"""

import itertools
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
from partitioning import one_of

FAILOVERS = int(os.environ.get("JARI_FAILOVERS", "10"))
SEED = int(os.environ.get("JARI_SEED", "17"))
PARTITIONS = 4
GRANTED_SECONDS_MAX = 30
PAIR_SECONDS = 0.03  # a booking and its cancellation: 67 a second, of the 100 a person may ask for
PEOPLE = FAILOVERS + 2  # of each partition, in turn: of one no more than 1,024 keys are remembered
PROGRAMME, PRODUCT, SLOT = "failover", "vaccine-a", "am"


class Asker(threading.Thread):
    """Books and cancels for one after the other, and notes when each was asked and granted."""

    def __init__(self, fleet, site, people):
        super().__init__(daemon=True)
        self.site, self.client = site, fleet.client()
        self.tokens = itertools.cycle([fleet.token(person, "person") for person in people])
        self.is_over, self.failure = threading.Event(), None
        self.granted = []

    def run(self):
        try:
            while not self.is_over.is_set():
                self.client.token = next(self.tokens)
                booked = self.ask("POST", "/v1/appointments", 201, {
                    "programme": PROGRAMME, "site": self.site, "slot": SLOT, "product": PRODUCT})
                if booked:
                    self.ask("DELETE", f"/v1/appointments/{booked['appointment']}", 200)
                self.is_over.wait(PAIR_SECONDS)
        except Exception as error:
            self.failure = error

    def ask(self, method, path, wanted, body=None):
        key, began = new_key("failover"), time.monotonic()
        while not self.is_over.is_set():
            try:
                answer = self.client.request(method, path, body, key=key, prefer="wait=30")
            except Unreachable:
                continue
            if answer.status == 503:
                continue
            assert answer.status == wanted, answer
            self.granted.append((began, time.monotonic()))
            return answer.json
        return None


def at_share(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Failover(unittest.TestCase):
    """Kill, wait, start again."""

    def prepare(self):
        operator = self.fleet.operator()
        operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        self.askers = []
        for partition in range(PARTITIONS):
            people = [one_of(partition, f"asker-{n}", PARTITIONS) for n in range(PEOPLE)]
            operator.grant(PROGRAMME, people).expect(200)
            site = one_of(partition, "site", PARTITIONS)
            operator.put_site(site).expect(200)
            operator.add_stock(site, PRODUCT, 1000).expect(200)
            operator.put_slot(site, SLOT, capacity=10).expect(200)
            self.askers.append(Asker(self.fleet, site, people))
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
            print(f"  {len(gaps)} pairs taken over: p50 {at_share(gaps, 0.5):.2f} s, p99 "
                  f"{at_share(gaps, 0.99):.2f} s, most {max(gaps):.2f} s", flush=True)
            if others:
                print(f"  the others' slowest answer meanwhile: p50 {at_share(others, 0.5):.3f} s, "
                      f"p99 {at_share(others, 0.99):.3f} s", flush=True)
            cluster.proved()

    def fail_over(self, cluster, owners, rng):
        """Kills an owner; which pairs were its, and {pair: seconds}."""
        def pairs_of(name):
            return [p for p in range(PARTITIONS)
                    if name in (owners["bookings", p], owners["inventory", p])]
        name = rng.choice([n.directory.name for n in cluster.nodes if pairs_of(n.directory.name)])
        node = next(n for n in cluster.nodes if n.directory.name == name)
        owned = pairs_of(name)
        for asker in self.askers:  # their callers notice nothing but the partition that is silent
            if asker.client.node is node:
                asker.client.next_node()
        node.kill9()
        killed = time.monotonic()  # it decides nothing from here on

        def all_granted():
            firsts = {}
            for partition, asker in enumerate(self.askers):
                if asker.failure:
                    raise asker.failure
                after = [at for began, at in list(asker.granted)[-50:] if began > killed]
                if not after:
                    return None
                firsts[partition] = after[0] - killed if partition in owned else max(
                    at - began for began, at in list(asker.granted)[-50:] if at > killed)
            return firsts
        seconds = poll("every partition grants again", all_granted, GRANTED_SECONDS_MAX, 0.005)
        node.start()
        return owned, seconds


if __name__ == "__main__":
    main()
