"""What every story of the rules starts from: one service for all, and a world of its own in it.

    class Cancelling(Story):
        def test_the_place_is_free_again(self):
            self.site("clinic", am=1)             # one slot of one place, 1,000 doses
            alice = self.eligible("alice")
            booked = self.booked(alice, "clinic", "am")

Names that a story chooses (`self.name("clinic")`) get its own prefix, so that stories in one
service do not meet. A story's programme is made on first use.

Units:   lengths are seconds; days ahead are dates in the site's zone.
Errors:  AssertionError with the request and its answer.
Threads: one; pause(seconds) waits for the service's clock and for nothing else.
"""

import atexit
import datetime
import itertools
import unittest

from jari_service import (Service, everybody, in_seconds, new_key, one_dose, rfc3339,
                          seconds_of)
from log_checks import conserved, eventually, exported, poll

DAY = 86400
PRODUCT = "vaccine-a"
_stories = itertools.count(1)


class World:
    """The one service of all stories; started by the first, ended by the last check."""

    _service = None

    @classmethod
    def service(cls):
        if cls._service is None:
            cls._service = Service().start()
            atexit.register(cls.end)
        return cls._service

    @classmethod
    def end(cls):
        service, cls._service = cls._service, None
        if service is not None:
            service.close()


def counts(document):
    """(booked, held, available) of a slot or of stock."""
    return document["booked"], document["held"], document["available"]


def timeless(document):
    """The document without the time it was true at."""
    return {name: value for name, value in document.items() if name != "as_of"}


def date_in(days):
    """The UTC date so many days from today."""
    return (datetime.datetime.now(datetime.timezone.utc).date()
            + datetime.timedelta(days=days)).isoformat()


def noon_in(days):
    """Noon (UTC) of the day so many days from today."""
    return date_in(days) + "T12:00:00.000Z"


class Story(unittest.TestCase):
    """The base of every story."""

    def setUp(self):
        self.service = World.service()
        self.operator = self.service.operator()
        self.prefix = f"s{next(_stories)}"
        self.programme = self.name("programme")
        self.is_configured = False

    def name(self, plain):
        return f"{self.prefix}-{plain}"

    # What there is

    def configure(self, **fields):
        """The story's programme; one dose of vaccine-a, no queue, unless fields say more."""
        self.is_configured = True
        return self.operator.put_programme(self.programme, **fields).expect(200).json

    def with_queue(self, programme=None, **fields):
        """A queue that admits to the story's programme; returns its name."""
        queue = self.name("queue")
        self.operator.put_queue(queue, self.programme, **fields).expect(200)
        self.configure(queue=queue, **(programme or {}))
        return queue

    def site(self, plain="site", doses=1000, product=PRODUCT, zone="UTC", **slots):
        """A site with stock and slots (name=capacity, tomorrow); returns its name."""
        site = self.name(plain)
        self.operator.put_site(site, zone=zone).expect(200)
        if doses:
            self.operator.add_stock(site, product, doses).expect(200)
        for slot, capacity in slots.items():
            self.slot(site, slot, capacity=capacity)
        return site

    def slot(self, site, slot, **fields):
        return self.operator.put_slot(site, slot, **fields).expect(200).json

    def slot_on(self, site, slot, days, **fields):
        """A slot at noon (UTC) so many days from today; returns its date in the site's zone."""
        return self.slot(site, slot, starts_at=noon_in(days), **fields)["starts_on"]

    def started_slot(self, site, slot, seconds_ago=60, **fields):
        return self.slot(site, slot, starts_at=in_seconds(-seconds_ago), **fields)

    # Who there is

    def eligible(self, plain, cohort="everybody", **fields):
        """A person of that cohort; fields are those of the API's eligibility."""
        if not self.is_configured:
            self.configure()
        name = self.name(plain)
        self.operator.grant(self.programme, [{"person": name, **fields}], cohort).expect(200)
        return self.service.person(name)

    def admitted(self, plain, queue, **fields):
        person = self.eligible(plain, **fields)
        person.take_ticket(queue).expect(201)
        person.wait_admitted(queue)
        return person

    # What they do

    def book(self, person, site, slot, product=PRODUCT, **options):
        return person.book(self.programme, site, slot, product, **options)

    def booked(self, person, site, slot, product=PRODUCT, **options):
        return self.book(person, site, slot, product, **options).expect(201).json

    def hold(self, person, site, slot, product=PRODUCT, **options):
        return person.hold(self.programme, site, slot, product, **options)

    def held(self, person, site, slot, product=PRODUCT, **options):
        return self.hold(person, site, slot, product, **options).expect(201).json

    # What is seen

    def slot_shown(self, site, slot):
        return self.operator.read(f"/v1/operator/sites/{site}/slots/{slot}").expect(200).json

    def stock_shown(self, site, product=PRODUCT):
        stock = self.operator.read(f"/v1/operator/sites/{site}/stock").expect(200).json["stock"]
        return next(row for row in stock if row["product"] == product)

    def assert_slot(self, site, slot, booked, held, available, **fields):
        """The slot comes to show these counts, which add up."""
        def check():
            shown = self.slot_shown(site, slot)
            self.assertEqual(counts(shown), (booked, held, available), shown)
            conserved(shown, "capacity")
            self.assertEqual({name: shown.get(name) for name in fields}, fields, shown)
        eventually(check)

    def assert_stock(self, site, booked, held, available, product=PRODUCT, **fields):
        def check():
            shown = self.stock_shown(site, product)
            self.assertEqual(counts(shown), (booked, held, available), shown)
            conserved(shown, "doses")
            self.assertEqual({name: shown.get(name) for name in fields}, fields, shown)
        eventually(check)

    def queue_shown(self, queue):
        return self.operator.read(f"/v1/queues/{queue}").expect(200).json

    def assert_queue(self, queue, **fields):
        def check():
            shown = self.queue_shown(queue)
            self.assertEqual({name: shown.get(name) for name in fields}, fields, shown)
        eventually(check)

    def ticket_becomes(self, person, queue, state):
        """Reads the person's ticket until it has that state; returns it."""
        def has_state():
            ticket = person.my_ticket(queue).expect(200).json
            return ticket if ticket["state"] == state else None
        return poll(f"{person.name}'s ticket is {state}", has_state)

    def eligibility_of(self, person):
        rows = person.my_eligibility().expect(200).json["eligibility"]
        return next(row for row in rows if row["programme"] == self.programme)

    def records(self, topic, kind, **fields):
        """The bodies of the log's records of a kind that have these fields."""
        return [row["body"] for row in exported(self.service, topic) if row["type"] == kind
                and all(row["body"].get(name) == value for name, value in fields.items())]


__all__ = ["DAY", "PRODUCT", "Story", "World", "counts", "date_in", "eventually", "everybody",
           "exported", "in_seconds", "new_key", "noon_in", "one_dose", "poll", "rfc3339",
           "seconds_of", "timeless"]
