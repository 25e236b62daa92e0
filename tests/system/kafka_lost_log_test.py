"""The log becomes another one under the nodes: each such partition parks and says so, the others go
on, and nothing that was decided is decided again otherwise.

One broker, three nodes, people who book and cancel all the while, one story after the other:
records are deleted before a node that was away has applied them; the tail of a partition is cut out of the
broker's file; a topic is deleted and made again. After the first the log, with its archive, passes
both audits; after the others `jari audit` says what is wrong with it.

Errors:  AssertionError; exit 77 where Kafka cannot be had.
Threads: one.
"""

import shutil
import subprocess
import time
import unittest

from bookers import start_bookers, stop_all
from fleet import Fleet
from jari_cluster import Cluster, main
from jari_service import new_key, one_dose
from kafka_damage import cut_tail, delete_records, make_again
from log_checks import counted, poll, second_audit
from partitioning import one_of

PARTITIONS = 2
PROGRAMME, PRODUCT, SLOT = "lost", "vaccine-a", "am"
PEOPLE = [one_of(partition, "person", PARTITIONS) for partition in range(PARTITIONS)]
SITES = [one_of(partition, "lost-site", PARTITIONS) for partition in range(PARTITIONS)]
QUEUES = [one_of(partition, "line", PARTITIONS) for partition in range(PARTITIONS)]
TICKETS = 5
BOOKERS = 12  # of each partition: of one person 1,024 keys are remembered


class LostLog(unittest.TestCase):
    """One cluster; what a story has broken stays so in those after it."""

    def test_what_is_another_log_parks_and_the_rest_goes_on(self):
        with Cluster(brokers=1, nodes=3, partitions=PARTITIONS) as self.cluster:
            self.first, self.second, self.third = self.cluster.nodes
            self.parked = set()
            self.archive = self.cluster.directory / "archive"
            self.publish()
            self.cluster.settled()
            self.bookers = start_bookers(Fleet(self.cluster), PARTITIONS, BOOKERS)
            self.records_are_deleted()
            self.both_audits_hold()
            self.a_tail_is_cut()
            self.the_audit_finds_the_cut()
            self.a_topic_is_made_again()
            self.the_audit_names_the_topic()
            stop_all(self.bookers)
            self.cluster.same_digests(without=self.parked)

    def bookings_go_on(self):
        """In every partition somebody has booked since."""
        moment = time.monotonic()
        for booker in self.bookers:
            poll("bookings go on", lambda b=booker: b.first_since(moment), 30)

    @property
    def log(self):
        """The whole log: what was archived, and what Kafka has behind it."""
        return ["--archive", self.archive, "--data", self.first.directory, *self.cluster.where]

    def audit(self):
        """What `jari audit` says of it, and how it ends."""
        done = self.first.cli("audit", *self.log, check=False)
        print(f"  audit: exit {done.returncode}: {(done.stdout + done.stderr).strip()}", flush=True)
        return done.returncode, done.stdout + done.stderr

    def both_audits_hold(self):
        code, said = self.audit()
        self.assertEqual(code, 0, said)
        second_audit(self.first, *self.log)

    def the_audit_finds_the_cut(self):
        """What was answered has no cause any more."""
        code, said = self.audit()
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"violation: I[58] outcomes \d+ \d+: ")

    def the_audit_names_the_topic(self):
        code, said = self.audit()
        self.assertEqual(code, 1, said)
        self.assertIn("inventory", said)
        self.first.cli("audit", "--archive", self.archive)  # what was archived holds, alone

    def publish(self):
        operator = self.first.operator()
        operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        operator.grant(PROGRAMME, [*PEOPLE, "late"]).expect(200)
        for site in SITES:
            operator.put_site(site).expect(200)
            operator.add_stock(site, PRODUCT, 1000).expect(200)
            operator.put_slot(site, SLOT, capacity=1000).expect(200)
        for queue in QUEUES:
            operator.put_queue(queue, PROGRAMME, rate_per_second=0).expect(200)

    # What is looked at

    def applied(self, node, at):
        return self.cluster.status(node)[at]["applied"]

    def outcomes(self):
        """How many `outcomes` has of the line whose tail is cut."""
        found, status = 0, self.cluster.status(self.first)
        for partition in range(PARTITIONS):
            end = status["outcomes", partition]["end"]
            done = subprocess.run(["kcat", "-b", self.cluster.address, "-C", "-t", "outcomes", "-p",
                                   str(partition), "-o", "beginning", "-c", str(end), "-q", "-f",
                                   "%s"], capture_output=True, check=True, timeout=60)
            found += done.stdout.count(QUEUES[0].encode())
        return found

    def whys(self, node):
        status = self.cluster.status(node) or {}
        return {at: p["parked"] for at, p in status.items() if p.get("parked")}

    def parks(self, node, *ats):
        """Waits until it says of these, and of those from before, that they are parked, and of no
        others: by its status, in its metrics and on stderr. Returns why, of the first."""
        wanted = self.parked | set(ats)
        whys = poll(f"{wanted} are parked", lambda: (seen := self.whys(node)).keys() >= wanted
                    and seen, 30)
        self.assertEqual(set(whys), wanted)
        for (topic, partition), why in whys.items():
            line = f"{topic}/{partition} is parked: {why}"
            self.assertIn(line, node.stderr_tail(100_000))
            self.assertEqual(counted(node, "jari_partition_parked", topic=topic,
                                     partition=str(partition)), 1)
        self.assertEqual(counted(node, "jari_partition_parked"), len(wanted))
        print(f"  {node.directory.name}: {ats[0]}: {whys[ats[0]]}", flush=True)
        return whys[ats[0]]

    def is_refused(self, answer):
        self.assertEqual((answer.status, answer.code), (503, "partition-parked"), answer)
        self.assertIn("retry-after", answer.headers)

    def ticket(self, node, partition):
        """Asks for a ticket of somebody new in the line of that partition."""
        return node.person(new_key("guest")).take_ticket(QUEUES[partition], prefer="wait=30")

    # The stories

    def records_are_deleted(self):
        """A node that was away has not applied them: it says so, and begins anew from a snapshot."""
        at = ("bookings", 0)
        self.third.stop()
        for _ in range(3):
            booked = self.first.person(PEOPLE[0]).book(PROGRAMME, SITES[0], SLOT, PRODUCT,
                                                       prefer="wait=30")
            self.first.person(PEOPLE[0]).cancel(booked.expect(201).json["appointment"],
                                                prefer="wait=30").expect(200)
        before = self.applied(self.first, at)
        self.first.cli("archive", "--into", self.archive, "--data", self.first.directory,
                       *self.cluster.where)
        delete_records(self.cluster, at, before)
        self.third.start()
        why = self.parks(self.third, at)
        self.assertIn("no longer kept", why)
        self.assertIn("start it from a snapshot", why)
        self.is_refused(self.third.person(PEOPLE[0]).book(PROGRAMME, SITES[0], SLOT, PRODUCT))
        for node, person in ((self.third, PEOPLE[1]), (self.first, PEOPLE[0])):
            node.person(person).book(PROGRAMME, SITES[1], SLOT, PRODUCT,
                                     prefer="wait=30").expect(201)
        self.begins_from_a_snapshot(self.third)
        self.assertEqual(self.whys(self.third), {})
        self.bookings_go_on()

    def begins_from_a_snapshot(self, node):
        into = self.cluster.directory / "snapshots"

        def taken():
            return self.first.cli("snapshot", "--data", self.first.directory, "--into", into,
                                  *self.cluster.where, check=False).returncode == 0
        poll("a snapshot", taken, 60, 1)
        node.stop()
        shutil.rmtree(node.directory / "state")
        node.cli("restore", "--from", into, "--data", node.directory)
        node.start()
        self.cluster.settled()

    def a_tail_is_cut(self):
        """Whoever has applied it knows that it is gone; whoever has not learns it from what others
        hold: no ticket's number is given again."""
        at = ("queue", 0)
        self.third.stop()
        seen = self.applied(self.first, at)
        for number in range(1, TICKETS + 1):
            ticket = self.ticket(self.first, at[1]).expect(201).json
            self.assertEqual(ticket["ticket"], number)
        poll("others hold what is lost then", lambda: self.outcomes() >= TICKETS, 30)
        self.cluster.kafka("kill", 1)
        cut_tail(self.cluster, at, seen)
        self.cluster.kafka("restart", 1)
        for node in (self.first, self.second):
            self.assertIn("the log has lost its tail", self.parks(node, at))
        self.third.start()
        self.parks(self.third, at)
        self.parked.add(at)
        for node in self.cluster.nodes:
            self.is_refused(self.ticket(node, at[1]))
            self.ticket(node, 1).expect(201)
        shown = self.first.client().request("GET", f"/v1/queues/{QUEUES[0]}").expect(200).json
        self.assertEqual(shown["last_ticket"], TICKETS)  # as it stood
        self.bookings_go_on()

    def a_topic_is_made_again(self):
        """All of its partitions park; a node does not start on it, and names it."""
        make_again(self.cluster, "inventory")
        ats = [("inventory", partition) for partition in range(PARTITIONS)]
        for node in self.cluster.nodes:
            self.assertIn("the log has lost its tail", self.parks(node, *ats))
        self.parked.update(ats)
        for node in self.cluster.nodes:
            self.is_refused(node.operator().put_slot(SITES[0], "pm"))
            self.ticket(node, 1).expect(201)
        promised = self.first.person("late").book(PROGRAMME, SITES[0], SLOT, PRODUCT,
                                                  prefer="wait=1")
        promised.expect(202)  # of the person's own partition, which goes on
        self.third.stop()
        with self.assertRaises(AssertionError) as refused:
            self.third.start()
        self.assertIn("inventory", str(refused.exception))
        print(f"  {str(refused.exception).strip().splitlines()[-1]}", flush=True)


if __name__ == "__main__":
    main()
