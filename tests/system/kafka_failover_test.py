"""How long a partition grants nothing when its owner is killed.

Three nodes on one broker. JARI_FAILOVERS times (10; the figure in the documents is of 100): people
of every partition of bookings keep booking at a site of the partition of the same number, and
cancelling, through the nodes that stay; the owner of some is killed with -9. For each pair of
partitions of which it owned one: the time until the first request sent after the kill is granted.
For the others: the slowest answer meanwhile, and beside it the slowest of theirs in a span as long
without a kill, once the node is started again and everything has settled. Before the first kill,
as many spans of a second: the slowest answer of every pair, by the same callers in the same run,
while no node has ever ended. The ratio is that of the slowest answers meanwhile to these.
Figures are printed; the test fails only where something is not granted at all, or lost.

(What a partition decides alone, as a ticket, waits for no owner: every node decides it alike.)

Units:   seconds.
Errors:  AssertionError.
Threads: the bookers', and the one that kills.
"""

import os
import random
import time
import unittest

from bookers import at_share, start_bookers, stop_all
from fleet import Fleet
from jari_cluster import Cluster, main
from log_checks import poll

FAILOVERS = int(os.environ.get("JARI_FAILOVERS", "10"))
SEED = int(os.environ.get("JARI_SEED", "17"))
PARTITIONS = 4
GRANTED_SECONDS_MAX = 30
BASELINE_SECONDS = 1  # about what a partition waits for another owner
LEAST_SECONDS = 0.001  # a ratio to less says nothing
PEOPLE = 2 * FAILOVERS + 2  # of each partition


class Failover(unittest.TestCase):
    """Kill, wait, start again."""

    def test_others_take_over(self):
        print(f"  seed {SEED}, {FAILOVERS} kills", flush=True)
        rng, gaps, others, quiet = random.Random(SEED), [], [], []
        with Cluster(brokers=1, nodes=3, partitions=PARTITIONS) as cluster:
            cluster.settled()
            self.bookers = start_bookers(Fleet(cluster), PARTITIONS, PEOPLE)
            baseline = [slowest for _ in range(FAILOVERS)
                        for slowest in self.without_a_kill(range(PARTITIONS), BASELINE_SECONDS)]
            for _ in range(FAILOVERS):
                cluster.settled()
                cluster.spread_evenly()  # else the next may own more by the time it is killed
                owned, seconds = self.fail_over(cluster, cluster.owners(), rng)
                left = [p for p in range(PARTITIONS) if p not in owned]
                gaps += [seconds[p] for p in owned]
                others += [seconds[p] for p in left]
                cluster.settled()
                quiet += self.without_a_kill(left, max(seconds[p] for p in owned))
            stop_all(self.bookers)
            print(f"  {len(gaps)} pairs taken over: p50 {at_share(gaps, 0.5):.2f} s, p99 "
                  f"{at_share(gaps, 0.99):.2f} s, most {max(gaps):.2f} s", flush=True)
            for when, values in (("before the first kill", baseline), ("meanwhile", others),
                                 ("in spans as long without a kill", quiet)):
                if values:
                    print(f"  the others' slowest answer {when}: p50 {at_share(values, 0.5):.3f} "
                          f"s, p99 {at_share(values, 0.99):.3f} s, most {max(values):.3f} s",
                          flush=True)
            if others:
                before, during = ([at_share(values, share) for share in (0.5, 0.99)]
                                  for values in (baseline, others))
                ratios = [now / max(then, LEAST_SECONDS) for now, then in zip(during, before)]
                print(f"  meanwhile to before the first kill: p50 x {ratios[0]:.2f}, p99 x "
                      f"{ratios[1]:.2f}", flush=True)
            cluster.proved()

    def without_a_kill(self, pairs, seconds):
        """The slowest answer of each of these pairs within so long; all were answered lately."""
        moment = time.monotonic()
        for booker in self.bookers:
            poll("they are answered", lambda b=booker: b.first_since(moment), GRANTED_SECONDS_MAX)
        began = time.monotonic()
        poll("the span is over", lambda: time.monotonic() - began >= seconds, seconds + 1)
        return [self.bookers[p].slowest_between(began, began + seconds) for p in pairs]

    def fail_over(self, cluster, owners, rng):
        """Kills an owner; which pairs were its, and {pair: seconds}."""
        def pairs_of(name):
            return [p for p in range(PARTITIONS)
                    if name in (owners["bookings", p], owners["inventory", p])]
        name = rng.choice([n.directory.name for n in cluster.nodes if pairs_of(n.directory.name)])
        node = next(n for n in cluster.nodes if n.directory.name == name)
        owned = pairs_of(name)
        for booker in self.bookers:  # their callers notice only the partition that is silent
            if booker.client.node is node:
                booker.client.next_node()
        node.kill9()
        killed = time.monotonic()  # it decides nothing from here on

        def all_granted():
            firsts = [booker.first_since(killed) for booker in self.bookers]
            if None in firsts:
                return None
            return {p: firsts[p] - killed if p in owned else
                    self.bookers[p].slowest_between(killed, time.monotonic())
                    for p in range(PARTITIONS)}
        seconds = poll("every partition grants again", all_granted, GRANTED_SECONDS_MAX, 0.005)
        node.start()
        return owned, seconds


if __name__ == "__main__":
    main()
