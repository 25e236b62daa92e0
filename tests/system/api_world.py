"""What the tests of the API share: one running service with something published in it, names that
nobody else uses, and a valid request for every operation of the document.

Threads: the tests run one after another; the world belongs to them.
"""

import datetime
import functools
import unittest

from contract import Contract
from jari_service import (Service, everybody, in_seconds, new_key, one_dose, skip, two_doses)

WALK_IN, GATED, GATE = "walk-in", "gated", "gate"
SITE, BARE_SITE = "site-1", "site-bare"
ONE_DOSE, TWO_DOSES, NOWHERE = "vaccine-a", "vaccine-b", "vaccine-nowhere"
ORIGIN = "https://front.example"


def days_ago(days):
    """A date, as `last_dose_on` has it."""
    return (datetime.datetime.now(datetime.timezone.utc).date()
            - datetime.timedelta(days=days)).isoformat()


def publish_what_the_examples_name(operator):
    """The ids of the document's examples, so that requests made of them go the whole way."""
    operator.put_programme("flu").expect(200)
    operator.put_queue("flu-2026", "flu").expect(200)
    operator.put_site("site-7").expect(200)
    operator.put_slot("site-7", "am-0900", capacity=1000).expect(200)
    operator.put_slot("site-7", "pm-1400", starts_at=in_seconds(90000)).expect(200)
    operator.add_stock("site-7", "vaccine-a", 1000).expect(200)
    operator.grant("flu", ["p-81c4", "fuzz"]).expect(200)


class World:
    """One service for all tests of the API."""

    def __init__(self):
        self.service = Service(flags=["--person-rate", "0", "--cors-origins", ORIGIN]).start()
        self.operator = self.service.operator("operator-1")
        self.reader = self.service.reader("reader-1")
        self.everybody = self.service.client()
        publish_what_the_examples_name(self.operator)
        self.publish()

    def publish(self):
        later = everybody("later", 86400, 2 * 86400)
        products = [one_dose(ONE_DOSE), two_doses(TWO_DOSES, 21, 42), one_dose(NOWHERE)]
        self.operator.put_programme(WALK_IN, cohorts=[everybody(), later],
                                    products=products).expect(200)
        self.operator.put_queue(GATE, GATED).expect(200)
        self.operator.put_programme(GATED, queue=GATE, products=products).expect(200)
        for site in (SITE, BARE_SITE):
            self.operator.put_site(site).expect(200)
        for product in (ONE_DOSE, TWO_DOSES):
            self.operator.add_stock(SITE, product, 100_000).expect(200)

    def slot(self, site=SITE, **fields):
        """A new slot; returns its id."""
        slot = new_key("slot")
        self.operator.put_slot(site, slot, **fields).expect(200)
        return slot

    def started_slot(self, site=SITE):
        return self.slot(site, starts_at=in_seconds(-600))

    def withdrawn_slot(self, site=SITE):
        slot = self.slot(site)
        self.operator.withdraw_slot(site, slot).expect(200)
        return slot

    def stranger(self):
        """A person whom nobody has made eligible."""
        return self.service.person(new_key("person"))

    def eligible(self, programme=WALK_IN, **grant):
        """A person who may book there."""
        person = self.stranger()
        self.operator.grant(programme, [{"person": person.name, **grant}]).expect(200)
        return person

    def after_first_dose(self, days):
        """Somebody whose first dose of TWO_DOSES was so many days ago."""
        return self.eligible(doses_done=1, last_dose_on=days_ago(days), last_product=TWO_DOSES)

    def booked(self, product=ONE_DOSE, slot=None):
        """(person, appointment) of a new appointment at SITE."""
        person = self.eligible()
        answer = person.book(WALK_IN, SITE, slot or self.slot(), product).expect(201)
        return person, answer.json["appointment"]

    def began(self):
        """(person, appointment) of an appointment whose slot has started."""
        person = self.eligible()
        answer = self.operator.book_for(person.name, WALK_IN, SITE, self.started_slot(), ONE_DOSE,
                                        override=["slot-started"]).expect(201)
        return person, answer.json["appointment"]

    def queue(self, programme=GATED, **fields):
        """A new queue; returns its id."""
        queue = new_key("queue")
        self.operator.put_queue(queue, programme, **fields).expect(200)
        return queue

    def open_line(self, **fields):
        """(programme, queue) that name each other."""
        programme, queue = new_key("programme"), new_key("queue")
        self.operator.put_queue(queue, programme, **fields).expect(200)
        self.operator.put_programme(programme, queue=queue).expect(200)
        return programme, queue


@functools.lru_cache(maxsize=None)
def world():
    """The one World, started by the first test that needs it."""
    try:
        return World()
    except OSError as error:
        return skip(f"the service cannot be started: {error}")


class ApiCase(unittest.TestCase):
    """A test that speaks to the world's service."""

    @classmethod
    def setUpClass(cls):
        cls.world = world()
        cls.service, cls.operator = cls.world.service, cls.world.operator


class Sample:
    """A valid request of one operation, made of the document's examples."""

    def __init__(self, name):
        contract = Contract.shared()
        resolve = contract.validator.resolve
        self.name = name
        self.method, template, self.operation = contract.requests[name]
        self.parameters = {p["name"]: p for p in map(resolve, self.operation.get("parameters", []))}
        self.path = template
        for parameter in self.parameters.values():
            if parameter["in"] == "path":
                example = parameter.get("example") or resolve(parameter["schema"])["examples"][0]
                self.path = self.path.replace("{%s}" % parameter["name"], example)
        self.scopes = [scheme["bearer"][0] for scheme in self.operation["security"]]
        self.body = None
        if "requestBody" in self.operation:
            schema = self.operation["requestBody"]["content"]["application/json"]["schema"]
            self.body = resolve(schema)["examples"][0]

    def takes(self, header):
        return header in self.parameters

    def options(self, key=None):
        """Keyword arguments of Client.request."""
        options = {"body": self.body}
        if self.takes("Idempotency-Key"):
            options["key"] = key or new_key()
        if self.takes("Jari-Reason"):
            options["reason"] = "sample"
        return options

    def token(self, service, name=None):
        """One that may make the call; None where none is needed."""
        return service.token(name or new_key("sampler"), self.scopes[0]) if self.scopes else None

    def send(self, service_client, service, token="right", **changes):
        """Sends it; `changes` replace what options() gives."""
        if token == "right":
            token = self.token(service)
        method = changes.pop("method", self.method)
        path = changes.pop("path", self.path)
        return service_client.request(method, path, token=token, **{**self.options(), **changes})


def samples(is_wanted=lambda sample: True):
    """The samples of every operation that is_wanted."""
    made = [Sample(name) for name in Contract.shared().requests]
    return [sample for sample in made if is_wanted(sample)]
