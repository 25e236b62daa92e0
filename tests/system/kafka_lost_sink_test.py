"""A sink becomes another one under the nodes: rows that were acknowledged are gone from `sync`, and
`outcomes` is deleted and made again.

One broker, two nodes. What stands in a sink can be had from nowhere else, so nobody writes where lost
rows belong: the sink is parked on every node, which says so in `/v1/operator/status`, in
`jari_partition_parked` and on stderr. People go on booking; what is to be told waits.

Errors:  AssertionError; exit 77 where Kafka cannot be had.
Threads: one.
"""

import itertools
import json
import unittest

from jari_cluster import Cluster, main
from jari_service import one_dose
from kafka_damage import cut_tail, end_of, make_again
from log_checks import counted, poll
from partitioning import one_of

PARTITIONS = 2
PROGRAMME, PRODUCT, SLOT = "sinks", "vaccine-a", "am"
PEOPLE = [one_of(partition, "person", PARTITIONS) for partition in range(PARTITIONS)]
SITES = [one_of(partition, "site", PARTITIONS) for partition in range(PARTITIONS)]
ROWS = 10  # that a story cuts off
SYNC, OUTCOMES = ("sync", 0), [("outcomes", partition) for partition in range(PARTITIONS)]


class LostSink(unittest.TestCase):
    """One cluster, one story after the other."""

    def test_a_sink_that_lost_rows_stands_still_and_the_rest_goes_on(self):
        with Cluster(brokers=1, nodes=2, partitions=PARTITIONS) as self.cluster:
            self.first, self.second = self.cluster.nodes
            self.cluster.settled()
            self.publish()
            self.rows_of_sync_are_lost()
            self.lost_rows_are_given_up()
            self.outcomes_is_made_again()

    # The stories

    def rows_of_sync_are_lost(self):
        self.people_book()
        last = self.all_is_acknowledged(SYNC) - ROWS
        self.cluster.kafka("kill", 1)
        cut_tail(self.cluster, SYNC, last)
        self.cluster.kafka("restart", 1)
        for node in self.cluster.nodes:
            why = self.are_parked(node, SYNC)
            self.assertIn("that were acknowledged are gone", why)
            self.assertIn("decisions go on and their rows wait", why)
        self.nothing_is_written(SYNC)
        self.second.stop()  # who comes later finds it out, too
        self.second.start()
        self.are_parked(self.second, SYNC)
        self.the_audit_says("I8")

    def lost_rows_are_given_up(self):
        """Nobody has them: an operator says so, and what waited is written behind what is left."""
        end = end_of(self.cluster, SYNC)
        for node in self.cluster.nodes:
            node.stop()
            node.flags += ["--lost-sinks", "sync"]
        for node in self.cluster.nodes:
            node.start()
        self.cluster.settled()
        poll("what waited is written", lambda: end_of(self.cluster, SYNC) > end, 30)
        self.assertIn("a sink holds other rows than were written there: lost-tail",
                      "".join(node.stderr_tail(100_000) for node in self.cluster.nodes))
        for node in self.cluster.nodes:  # once is enough
            node.stop()
            node.flags = node.flags[:-2]
            node.start()
        self.cluster.settled()
        self.people_book()
        self.all_is_acknowledged(SYNC)
        self.are_parked(self.first)

    def outcomes_is_made_again(self):
        """By who knows how Jari's topics are set: it is empty, and no log of ours."""
        self.all_is_acknowledged(*OUTCOMES)
        make_again(self.cluster, "outcomes")
        for node in self.cluster.nodes:
            self.assertIn("the log has lost its tail", self.are_parked(node, *OUTCOMES))
        self.nothing_is_written(*OUTCOMES)

    # What they have in common

    def publish(self):
        operator = self.first.operator()
        operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        operator.grant(PROGRAMME, PEOPLE).expect(200)
        for site in SITES:
            operator.put_site(site).expect(200)
            operator.add_stock(site, PRODUCT, 10).expect(200)
            operator.put_slot(site, SLOT, capacity=10).expect(200)

    def people_book(self, pairs=20):
        """And give back, in every partition of people and of sites, at both nodes in turn."""
        nodes = itertools.cycle(self.cluster.nodes)
        for _, person, site in itertools.product(range(pairs), PEOPLE, SITES):
            client = next(nodes).person(person)
            booked = client.book(PROGRAMME, site, SLOT, PRODUCT, prefer="wait=30").expect(201).json
            client.cancel(booked["appointment"], prefer="wait=30").expect(200)

    def nothing_is_written(self, *ats):
        """People book in every partition, and the sink stays as it is."""
        ends = [end_of(self.cluster, at) for at in ats]
        self.people_book(5)
        self.assertEqual([end_of(self.cluster, at) for at in ats], ends)

    def exported(self, topic):
        done = self.first.cli("export", "--topic", topic, "--data", self.first.directory,
                              *self.cluster.where)
        return [json.loads(line) for line in done.stdout.splitlines() if line]

    def all_is_acknowledged(self, *ats):
        """Waits until every row there is; returns the newest one's offset."""
        newest = {}
        for row in self.exported(ats[0][0]):
            at = row["topic"], row["partition"]
            if "stream" in row and at in ats:
                source = row["stream"]["source"]
                newest[at, source["topic"], source["partition"]] = row
        self.assertTrue(newest)

        def are_acknowledged():
            acked = {}
            for topic in {topic for _, topic, _ in newest}:
                for record in self.exported(topic):
                    if record["type"] != "Ack":
                        continue
                    to = record["body"]["destination"]
                    stream = ((to["topic"], to["partition"]), topic, record["partition"])
                    acked[stream] = max(acked.get(stream, 0), record["body"]["last"])
            return all(acked.get(stream, 0) >= row["stream"]["seq"]
                       for stream, row in newest.items())
        poll("what stands there is acknowledged", are_acknowledged, 30, 0.5)
        return max(row["offset"] for row in newest.values())

    def are_parked(self, node, *ats):
        """Waits until it says so of these and of no others, everywhere. Returns why, of the first."""
        def seen():
            status = self.cluster.status(node)
            whys = {at: p["parked"] for at, p in (status or {}).items() if p.get("parked")}
            return status and whys.keys() == set(ats) and (whys, True)
        whys, _ = poll(f"{node.directory.name}: {ats} and no others are parked", seen, 30)
        self.assertEqual(counted(node, "jari_partition_parked"), len(ats))
        for (topic, partition), why in whys.items():
            self.assertIn(f"{topic}/{partition} is parked: {why}", node.stderr_tail(100_000))
            self.assertEqual(counted(node, "jari_partition_parked", topic=topic,
                                     partition=str(partition)), 1)
        if ats:
            print(f"  {node.directory.name}: {ats[0]}: {whys[ats[0]]}", flush=True)
        return whys.get(ats[0]) if ats else None

    def the_audit_says(self, rule):
        done = self.first.cli("audit", "--data", self.first.directory, *self.cluster.where,
                              check=False)
        print(f"  audit: exit {done.returncode}: {(done.stdout + done.stderr).strip()}", flush=True)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(f"violation: {rule} ", done.stdout)


if __name__ == "__main__":
    main()
