"""A rolling upgrade across a barrier, with two programs of which the next decides otherwise.

Three nodes on three brokers, under load: sixteen at once who book and cancel all the while, each without
a pause, through all nodes. Two nodes are upgraded to
`jari_next`, which knows version 2 of the logic: by that, a person may cancel until a day before the
slot (next_cancel_time.cc). Before the barrier both programs decide by version 1. When it comes the
third node parks, partition by partition, and says why; the others go on, and each partition decides
by version 2 from its own barrier on, not a record earlier or later. What was decided before stays.
Once the third is upgraded, too, it goes on where it stopped; made again from the first record, it
decides both halves as they were decided.

Errors:  AssertionError; exit 77 where Kafka cannot be had.
Threads: one, and sixteen who book and cancel.
"""

import collections
import dataclasses
import json
import pathlib
import shutil
import threading
import time
import unittest

from fleet import Fleet
from jari_cluster import Cluster, main
from jari_service import in_seconds, jari_binary, one_dose
from log_checks import poll

PROGRAMME, SITE, PRODUCT = "upgrade", "upgrade-site", "vaccine-a"
SOON, LATER = "soon", "later"  # slots: within a day, and after it
HOURS = 3600
THREADS, PEOPLE_EACH = 16, 2000
OLD, NEW = jari_binary(), pathlib.Path(jari_binary()).with_name("jari_next")
TOO_LATE = (409, "appointment-not-active")


@dataclasses.dataclass
class Cancelled:
    """A person's cancellation, and how it was answered."""
    person: str
    appointment: str
    key: str
    asked: float  # seconds of the monotonic clock
    status: int
    code: str


def people_of(thread):
    return [f"upgrade-{thread}-{number}" for number in range(PEOPLE_EACH)]


class Caller(threading.Thread):
    """Books and cancels for one after the other, through whichever node answers."""

    def __init__(self, fleet, people, cancelled):
        super().__init__(daemon=True)
        self.fleet, self.is_over, self.failure = fleet, threading.Event(), None
        self.people, self.cancelled = people, cancelled
        self.client = fleet.steady()
        self.client.not_now = {"partition-parked"}  # of one node

    def run(self):
        try:
            for person in self.people:
                if self.is_over.is_set():
                    return
                self.cancelled.append(self.cancel(person, self.book(person, SOON)))
            raise AssertionError("there are no more people: grant more")
        except Exception as error:  # raised by the test when it is over
            self.failure = error

    def ask(self, person, *request):
        return self.client.request(*request, token=self.fleet.token(person, "person"),
                                   key=f"{request[0]}-{person}", prefer="wait=30")

    def book(self, person, slot):
        body = {"programme": PROGRAMME, "site": SITE, "slot": slot, "product": PRODUCT}
        return self.ask(person, "POST", "/v1/appointments", body).expect(201).json["appointment"]

    def cancel(self, person, appointment):
        asked = time.monotonic()
        answer = self.ask(person, "DELETE", f"/v1/appointments/{appointment}")
        return Cancelled(person, appointment, f"DELETE-{person}", asked, answer.status, answer.code)


class People:
    """All of them."""

    def __init__(self, fleet):
        self.cancelled = []  # in the order answered
        self.callers = [Caller(fleet, people_of(thread), self.cancelled)
                        for thread in range(THREADS)]
        self.began = time.monotonic()

    def start(self):
        for caller in self.callers:
            caller.start()

    def more(self, count=20 * THREADS):
        """Waits until so many have cancelled that were asked from now on; how they were answered."""
        now, before = time.monotonic(), len(self.cancelled)

        def has_more():
            self.fail()
            since = [one for one in self.cancelled[before:] if one.asked > now]
            return len(since) >= count and since
        return {(one.status, one.code) for one in poll("people go on", has_more, 30)}

    def fail(self):
        for caller in self.callers:
            if caller.failure:
                raise caller.failure

    def stop(self):
        for caller in self.callers:
            caller.is_over.set()
        for caller in self.callers:
            caller.join()
        seconds = time.monotonic() - self.began
        print(f"  {len(self.cancelled)} booked and cancelled in {seconds:.0f} s, "
              f"{THREADS} at once", flush=True)


class Upgrade(unittest.TestCase):
    """One barrier."""

    def test_each_half_is_decided_by_its_version_and_who_knows_one_parks(self):
        with Cluster(brokers=3, nodes=3, partitions=2) as self.cluster:
            self.first, self.second, self.third = self.cluster.nodes
            self.cluster.settled()
            self.publish()
            self.people = People(Fleet(self.cluster))
            self.people.start()
            try:
                self.barrier(self.first, 2)  # not of this program
                self.assertEqual(self.people.more(), {(200, "")})
                self.upgrade(self.first, NEW)
                self.upgrade(self.second, NEW)
                self.the_third_decides_nothing()
                self.assertEqual(self.people.more(), {(200, "")})
                self.barrier(self.first, 0)
                self.the_third_parks()
                poll("all are decided by the new version", lambda: self.people.more() == {TOO_LATE})
                self.what_was_decided_stays()
                self.upgrade(self.third, NEW)
                self.assertEqual(self.people.more(), {TOO_LATE})
            finally:
                self.people.stop()
            self.people.fail()
            self.third_is_made_again()
            self.cluster.proved()
            self.each_partition_changed_at_its_barrier()
            self.log_is_applied_by_who_knows_it()
            self.there_is_no_way_back()

    def publish(self):
        operator = self.first.operator()
        operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        operator.put_site(SITE).expect(200)
        operator.add_stock(SITE, PRODUCT, THREADS * PEOPLE_EACH).expect(200)
        for slot, hours in ((SOON, 12), (LATER, 48)):
            operator.put_slot(SITE, slot, capacity=THREADS * PEOPLE_EACH,
                              starts_at=in_seconds(hours * HOURS)).expect(200)
        for people in map(people_of, range(THREADS)):
            for first in range(0, PEOPLE_EACH, 1000):
                operator.grant(PROGRAMME, people[first:first + 1000]).expect(200)
        operator.grant(PROGRAMME, ["upgrade-later"]).expect(200)

    def barrier(self, node, wanted):
        done = node.cli("barrier", "--data", node.directory, *self.cluster.where, "--version", "2",
                        "--by", "ann", "--reason", "the next release", check=False)
        self.assertEqual(done.returncode, wanted, done.stderr)

    def upgrade(self, node, program, roles=()):
        node.stop()
        node.program = program
        self.cluster.begin(node, roles)
        self.cluster.settled()

    def the_third_decides_nothing(self):
        """Where it owned the settings' partition, it would refuse the barrier for all."""
        self.upgrade(self.third, OLD, ["--roles", "door,query"])
        poll("others own all", lambda: self.third.directory.name not in
             self.cluster.settled().values(), 30)

    def the_third_parks(self):
        whys = poll("it parks everywhere", self.parked_everywhere, 30)
        for (topic, partition), why in whys.items():
            self.assertIn("version 2 of the logic holds from here on", why)
            self.assertIn(f"{topic}/{partition} is parked: {why}", self.third.stderr_tail(100_000))
        answer = self.third.person("upgrade-0-0").book(PROGRAMME, SITE, SOON, PRODUCT)
        self.assertEqual((answer.status, answer.code), (503, "partition-parked"), answer)
        for node in (self.first, self.second):
            self.assertFalse([p for p in self.cluster.status(node).values() if p.get("parked")])

    def parked_everywhere(self):
        status = self.cluster.status(self.third) or {}
        whys = {at: p.get("parked") for at, p in status.items() if p["digest"]}
        return whys and all(whys.values()) and whys

    def what_was_decided_stays(self):
        """Asked again, each is answered as it was; the rule is of a day, and of people."""
        before = next(one for one in self.people.cancelled if one.status == 200)
        after = next(one for one in reversed(self.people.cancelled) if one.status == 409)
        for one, state in ((before, "cancelled"), (after, "booked")):
            person = self.first.person(one.person)
            again = person.cancel(one.appointment, key=one.key)
            self.assertEqual((again.status, again.code), (one.status, one.code), again)
            shown = person.appointment(one.appointment, position=again.position).expect(200).json
            self.assertEqual(shown["state"], state)
        later = self.first.person("upgrade-later")
        booked = later.book(PROGRAMME, SITE, LATER, PRODUCT).expect(201).json["appointment"]
        later.cancel(booked).expect(200)
        self.first.operator().cancel(after.appointment).expect(200)
        after.status, after.code = 200, "by an operator"

    def third_is_made_again(self):
        """From the first record, by the program that knows both."""
        self.third.stop()
        shutil.rmtree(self.third.directory / "state")
        self.third.start()
        self.cluster.settled()
        client = self.third.client()

        def slots():
            answer = client.request("GET", f"/v1/sites/{SITE}/slots")
            return answer.status == 200 and answer.json["slots"]
        shown = poll("it has caught up", slots, 30)
        stand = sum(one.status == 409 for one in self.people.cancelled)
        self.assertEqual({one["slot"]: one["booked"] for one in shown},
                         {SOON: stand, LATER: 0})

    def each_partition_changed_at_its_barrier(self):
        """Of what people cancelled, as it stands in the log: granted before, refused after."""
        done = self.first.cli("export", "--data", self.first.directory, *self.cluster.where)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        outcomes = {(row["cause"]["topic"], row["cause"]["partition"], row["cause"]["offset"]):
                    row["body"] for row in rows if row["type"] == "Outcome"}
        barriers, knows, decided = {}, {}, collections.Counter()
        for row in sorted(rows, key=lambda row: row["offset"]):
            at = row["topic"], row["partition"]
            if row["type"] == "Barrier" and row["body"]["step"] == "write":
                barriers[at] = row["offset"]
            elif row["type"] == "Claim":
                knows[at] = row["body"]["knows_to"]
            elif row["type"] == "CancelRequested" and not row.get("reason"):
                said = outcomes.get((*at, row["offset"]))
                if said is None:
                    continue  # asked again: its outcome stands where it was asked first
                is_late = at in barriers and row["body"]["person"] != "upgrade-later"
                self.assertEqual(said["decision"], "refused" if is_late else "granted", row)
                decided[at, knows[at], said["decision"]] += 1
        self.assertEqual(set(barriers), {("queue", 0), ("queue", 1), ("bookings", 0),
                                         ("bookings", 1), ("inventory", 0), ("inventory", 1)})
        for partition in range(self.cluster.partitions):
            at = ("bookings", partition)
            self.assertTrue(decided[at, 2, "refused"], decided)
        # Both programs decided by version 1.
        self.assertTrue(sum(decided[at, 1, "granted"] for at in barriers), decided)
        self.assertTrue(sum(decided[at, 2, "granted"] for at in barriers), decided)
        print(f"  cancellations by partition, newest version known, decision: {dict(decided)}",
              flush=True)

    def log_is_applied_by_who_knows_it(self):
        """A replay of both halves has the digest of every tick; the old program stops before the
        barrier, and can still audit: what is right is no question of the version."""
        where = ["--data", self.third.directory, *self.cluster.where]
        self.third.cli("replay", *where)
        self.third.program = OLD
        replayed = self.third.cli("replay", *where, check=False)
        self.assertEqual(replayed.returncode, 1, replayed.stderr)
        self.assertIn("version 2 of the logic holds from here on", replayed.stderr)
        self.third.cli("audit", *where)

    def there_is_no_way_back(self):
        """The old program does not start on a state of after the barrier."""
        self.third.stop()
        self.third.program = OLD
        with self.assertRaisesRegex(AssertionError, "is of version 2 of the logic"):
            self.third.start()


if __name__ == "__main__":
    main()
