"""A rolling upgrade across a barrier, with two programs: one knows the next version of the logic.

Three nodes on one broker, people booking all the while. Two nodes are upgraded, the third is not
when the barrier comes: it parks, partition by partition, and says why; the others go on. Once it is
upgraded, too, it goes on where it stopped. `jari_next` (next_versions.cc) is the program itself, but
for knowing version 2, which decides as version 1 does: what is proved is who speaks and who parks.

Errors:  AssertionError; exit 77 where Kafka cannot be had.
Threads: one, and one who books.
"""

import itertools
import pathlib
import threading
import unittest

from fleet import Fleet
from jari_cluster import Cluster, main
from jari_service import jari_binary, one_dose
from log_checks import poll

PROGRAMME, SITE, SLOT, PRODUCT = "upgrade", "upgrade-site", "am", "vaccine-a"
PEOPLE = 2000
OLD, NEW = jari_binary(), pathlib.Path(jari_binary()).with_name("jari_next")
PAIR_SECONDS = 0.05


class Booking(threading.Thread):
    """Books for one person after the other, through whichever node answers."""

    def __init__(self, fleet):
        super().__init__(daemon=True)
        self.fleet, self.is_over, self.failure = fleet, threading.Event(), None
        self.booked = 0

    def run(self):
        try:
            client = self.fleet.steady()
            client.not_now = {"partition-parked"}  # of one node
            for number in itertools.count():
                if self.is_over.wait(PAIR_SECONDS):
                    return
                body = {"programme": PROGRAMME, "site": SITE, "slot": SLOT, "product": PRODUCT}
                client.request("POST", "/v1/appointments", body, key=f"upgrade-{number}",
                               token=self.fleet.token(f"upgrade-{number}", "person"),
                               prefer="wait=30").expect(201)
                self.booked += 1
        except Exception as error:  # raised by the test when it is over
            self.failure = error

    def more(self):
        """Waits until it has booked some more."""
        before = self.booked

        def has_booked():
            if self.failure:
                raise self.failure
            return self.booked > before + 5
        poll("bookings go on", has_booked, 30)


class Upgrade(unittest.TestCase):
    """One barrier."""

    def test_who_does_not_know_the_version_parks_and_the_others_go_on(self):
        with Cluster(brokers=1, nodes=3, partitions=2) as self.cluster:
            self.first, self.second, self.third = self.cluster.nodes
            self.cluster.settled()
            self.publish()
            self.booking = Booking(Fleet(self.cluster))
            self.booking.start()
            try:
                self.barrier(self.first, 2)  # not of this program
                self.upgrade(self.first, NEW)
                self.upgrade(self.second, NEW)
                self.the_third_decides_nothing()
                self.barrier(self.first, 0)
                self.the_third_parks()
                self.booking.more()
                self.upgrade(self.third, NEW)
                self.booking.more()
            finally:
                self.booking.is_over.set()
                self.booking.join()
            self.assertIsNone(self.booking.failure)
            shown = self.third.client().request("GET", f"/v1/sites/{SITE}/slots").expect(200).json
            self.assertEqual(shown["slots"][0]["booked"], self.booking.booked)
            self.cluster.proved()

    def publish(self):
        operator = self.first.operator()
        operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        operator.put_site(SITE).expect(200)
        operator.add_stock(SITE, PRODUCT, PEOPLE).expect(200)
        operator.put_slot(SITE, SLOT, capacity=PEOPLE).expect(200)
        for first in range(0, PEOPLE, 1000):
            operator.grant(PROGRAMME, [f"upgrade-{n}" for n in range(first, first + 1000)]
                           ).expect(200)

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
        answer = self.third.person("upgrade-0").book(PROGRAMME, SITE, SLOT, PRODUCT)
        self.assertEqual((answer.status, answer.code), (503, "partition-parked"), answer)
        for node in (self.first, self.second):
            self.assertFalse([p for p in self.cluster.status(node).values() if p.get("parked")])

    def parked_everywhere(self):
        status = self.cluster.status(self.third) or {}
        whys = {at: p.get("parked") for at, p in status.items() if p["digest"]}
        return whys and all(whys.values()) and whys


if __name__ == "__main__":
    main()
