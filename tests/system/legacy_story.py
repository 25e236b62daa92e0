"""What the stories of the old database begin with: a service with three sites, a PostgreSQL beside
it, people who book all the time, and what is to be true of any trouble.

Errors:  AssertionError, with what the programs said.
Threads: a Booking is one of its own; the stories are one.
"""

import itertools
import random
import threading
import unittest

from jari_service import Service, in_seconds
from legacy_database import LegacyDatabase, Sync, eventually, same
from log_checks import log_proves

SITES = {"seoul": "Asia/Seoul", "new-york": "America/New_York", "utc": "UTC"}


class Booking(threading.Thread):
    """People who book, move and cancel, until they are told to stop."""

    def __init__(self, service, seed):
        super().__init__()
        self.people = itertools.count()
        self.seed, self.random = seed, random.Random(seed)
        self.service, self.client = service, service.operator(f"booker-{seed}")
        self.is_over = threading.Event()
        self.booked, self.failed = 0, None

    def run(self):
        while not self.is_over.is_set() and self.failed is None:
            try:
                self.one()
                self.booked += 1
            except Exception as error:  # of this thread: stop() says it in the story's
                self.failed = error

    def one(self):
        site = self.random.choice(list(SITES))
        person = f"p-{self.seed}-{next(self.people)}"
        self.client.grant("flu", [person]).expect(200)
        booked = self.client.book_for(person, "flu", site, "am", "vaccine-a").expect(201)
        appointment = booked.json["appointment"]
        if self.random.random() < 0.3:
            other = self.random.choice(list(SITES))
            self.client.reschedule(appointment, other, "pm").expect(200)
        if self.random.random() < 0.3:
            self.client.cancel(appointment).expect(200)

    def goes_on(self):
        """Some begin and end while it is as it is now. A decision that is not there after 5 s is a
        202, which fails."""
        before = self.booked
        eventually("people book meanwhile",
                   lambda: self.failed is not None or self.booked > before + 2)

    def stop(self):
        self.is_over.set()
        self.join()
        if self.failed is not None:
            raise self.failed


class LegacyStory(unittest.TestCase):
    """One database and one service for all; each story begins with an empty table."""

    @classmethod
    def setUpClass(cls):
        cls.database = cls.enterClassContext(LegacyDatabase())
        cls.service = cls.enterClassContext(Service(contract=None))
        cls.operator = cls.service.operator("ops")
        cls.operator.put_programme("flu").expect(200)
        for site, zone in SITES.items():
            cls.operator.put_site(site, zone=zone).expect(200)
            cls.operator.add_stock(site, "vaccine-a", 1_000_000).expect(200)
            for slot, hours in (("am", 30), ("pm", 36)):
                cls.operator.put_slot(site, slot, capacity=100_000,
                                      starts_at=in_seconds(hours * 3600)).expect(200)

    @classmethod
    def tearDownClass(cls):
        log_proves(cls.service)

    def setUp(self):
        self.database.empty()
        self.sync = Sync(self.service, self.database)
        self.addCleanup(self.sync.remove)

    def book(self, person, slot="am"):
        self.operator.grant("flu", [person]).expect(200)
        answer = self.operator.book_for(person, "flu", "seoul", slot, "vaccine-a").expect(201)
        return answer.json["appointment"]

    def written(self, appointment, version=1):
        """Whether the table has that version."""
        found = self.database.query(
            f"SELECT ver_no FROM appointments WHERE appt_no = '{appointment}'")
        return found == [[str(version)]]

    def caught_up(self):
        appointment = self.book(self.id().rsplit(".", 1)[-1] + "-first")
        self.sync.start()
        eventually("it has caught up", lambda: self.written(appointment))

    def trouble(self, code, until_mended):
        """It says once what keeps it, goes on once that is over, and says so; nobody who books
        waits for it."""
        name = self.id().rsplit(".", 1)[-1]
        appointment = self.book(name)
        booking = Booking(self.service, name)
        booking.start()
        try:
            eventually(f"it says {code}", lambda: code in self.sync.said())
            booking.goes_on()
            until_mended()
        finally:
            booking.stop()
        eventually("it writes again", lambda: self.written(appointment), 60)
        eventually("it says so", lambda: "is written again" in self.sync.said())
        lines = [line for line in self.sync.said().splitlines() if "cannot be written" in line]
        self.assertEqual(len(lines), len(set(lines)), lines)
        eventually("all is written", lambda: self.sync.figure("jari_legacy_lag_records") == 0)
        self.sync.stop()
        same(self.service, self.database)
