"""The last places: 200 people at once want the last of a slot, and exactly as many get one.

Each person asks on a connection of their own, all at the same moment; a third of them ask twice
with the same key, as a phone does that saw no answer. Ten rounds of each story, each on a fresh
site. The seed (JARI_SEED) says who asks twice and in which order.

Errors:  AssertionError that names the site, and with it the story and the round.
Threads: one for each request, let go by a barrier.
"""

import collections
import os
import random
import threading
import unittest

from jari_service import Service, main, new_key, one_dose
from log_checks import eventually, log_proves

PEOPLE = 200
ROUNDS = int(os.environ.get("JARI_ROUNDS", "10"))
SEED = int(os.environ.get("JARI_SEED", "7"))
ASK_TWICE = 1 / 3
PROGRAMME, PRODUCT = "last-places", "vaccine-a"
BARRIER_SECONDS = 60


def at_once(asks):
    """Calls every function of `asks` at the same moment; returns what they return, in order."""
    barrier = threading.Barrier(len(asks))
    answers = [None] * len(asks)

    def work(number):
        barrier.wait(BARRIER_SECONDS)
        try:
            answers[number] = asks[number]()
        except Exception as error:  # raised where all are looked at
            answers[number] = error

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(asks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


class LastPlaces(unittest.TestCase):
    """One service for all stories; the log is proven when they are over."""

    @classmethod
    def setUpClass(cls):
        print(f"  seed {SEED}, {ROUNDS} rounds of {PEOPLE} people", flush=True)
        cls.service = Service(contract=None).start()
        cls.operator = cls.service.operator()
        cls.operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        cls.asker = cls.service.client()

    @classmethod
    def tearDownClass(cls):
        try:
            log_proves(cls.service)
        except BaseException:
            cls.service.close(keep=True)
            raise
        cls.service.close()

    def rounds(self, story, places, doses):
        """A fresh site with one slot, and 200 people who may book, ROUNDS times."""
        for number in range(ROUNDS):
            self.random = random.Random(f"{SEED} {story} {number}")
            self.site = f"{story}-{number}"
            self.operator.put_site(self.site).expect(200)
            self.operator.put_slot(self.site, "last", capacity=places).expect(200)
            self.operator.add_stock(self.site, PRODUCT, doses).expect(200)
            self.people = [f"{self.site}-{person:03d}" for person in range(PEOPLE)]
            self.operator.grant(PROGRAMME, self.people).expect(200)
            yield number

    def everybody_asks(self, path, body_of):
        """Returns {person: answer}; who asked twice must have been answered the same twice."""
        asks = []
        for person in self.people:
            key = new_key("last")
            times = 2 if self.random.random() < ASK_TWICE else 1
            asks += [(person, key)] * times
        self.random.shuffle(asks)
        answers = at_once([self.ask(path, body_of(person), person, key) for person, key in asks])
        seen = {}
        for (person, _), answer in zip(asks, answers):
            first = seen.setdefault(person, answer)
            self.assertEqual((first.status, first.code, identity(first)),
                             (answer.status, answer.code, identity(answer)),
                             f"the same key of {person} was answered twice, differently")
        self.assertEqual(set(seen), set(self.people))
        return seen

    def ask(self, path, body, person, key):
        token = self.service.token(person, "person")
        return lambda: self.asker.request("POST", path, body, key=key, token=token,
                                          prefer="wait=30", timeout=60)

    def booking_of(self, _person):
        return {"programme": PROGRAMME, "site": self.site, "slot": "last", "product": PRODUCT}

    def assert_count(self, answers, wanted):
        seen = collections.Counter((a.status, a.code) for a in answers.values())
        self.assertEqual(seen, wanted, self.site)

    def check_site(self, **wanted):
        """Who is booked there, once every view of the site shows what is wanted."""
        return eventually(lambda: self.site_shows(**wanted))

    def site_shows(self, **wanted):
        """The public slot and stock, and the operator's list, agree with each other."""
        document = self.operator.request("GET", f"/v1/sites/{self.site}/slots").expect(200).json
        slot, stock = document["slots"][0], document["stock"][0]
        for name in ("capacity", "booked", "held", "available"):
            if name in wanted:
                self.assertEqual(slot[name], wanted[name], slot)
        self.assertEqual((stock["booked"], stock["held"], stock["available"]),
                         (wanted["booked"], wanted["held"], wanted["doses_left"]), stock)
        rows = self.operator.all_pages(f"/v1/operator/sites/{self.site}/appointments",
                                       "appointments")
        booked = [row["person"] for row in rows if row["state"] == "booked"]
        self.assertEqual(len(booked), wanted["booked"])
        return set(booked)

    def test_ten_places_and_seven_doses_make_seven_appointments(self):
        for _ in self.rounds("doses", places=10, doses=7):
            answers = self.everybody_asks("/v1/appointments", self.booking_of)
            self.assert_count(answers, {(201, ""): 7, (409, "out-of-stock"): 193})
            booked = self.check_site(booked=7, held=0, available=3, doses_left=0)
            self.assertEqual(booked, {p for p, answer in answers.items() if answer.status == 201})

    def test_seven_places_and_ten_doses_make_seven_appointments(self):
        for _ in self.rounds("places", places=7, doses=10):
            answers = self.everybody_asks("/v1/appointments", self.booking_of)
            self.assert_count(answers, {(201, ""): 7, (409, "slot-full"): 193})
            booked = self.check_site(booked=7, held=0, available=0, doses_left=3)
            self.assertEqual(booked, {p for p, answer in answers.items() if answer.status == 201})

    def test_places_and_doses_that_end_together_are_called_a_full_slot(self):
        for _ in self.rounds("both", places=7, doses=7):
            answers = self.everybody_asks("/v1/appointments", self.booking_of)
            self.assert_count(answers, {(201, ""): 7, (409, "slot-full"): 193})
            self.check_site(booked=7, held=0, available=0, doses_left=0)

    def test_seven_holds_become_seven_appointments(self):
        for _ in self.rounds("holds", places=10, doses=7):
            answers = self.everybody_asks("/v1/holds", self.booking_of)
            self.assert_count(answers, {(201, ""): 7, (409, "out-of-stock"): 193})
            self.check_site(booked=0, held=7, available=3, doses_left=0)
            holds = {p: a.json["hold"] for p, a in answers.items() if a.status == 201}
            self.people = list(holds)
            confirmed = self.everybody_asks("/v1/appointments", lambda p: {"hold": holds[p]})
            self.assert_count(confirmed, {(201, ""): 7})
            self.assertEqual(self.check_site(booked=7, held=0, available=3, doses_left=0),
                             set(holds))

    def test_a_place_given_back_is_sold_once(self):
        for _ in self.rounds("again", places=1, doses=1):
            answers = self.everybody_asks("/v1/appointments", self.booking_of)
            winner = next(p for p, answer in answers.items() if answer.status == 201)
            self.asker.request("DELETE", f"/v1/appointments/{identity(answers[winner])}",
                               key=new_key("last"), token=self.service.token(winner, "person")
                               ).expect(200)
            answers = self.everybody_asks("/v1/appointments", self.booking_of)
            self.assert_count(answers, {(201, ""): 1, (409, "slot-full"): 199})
            self.check_site(booked=1, held=0, available=0, doses_left=0)


def identity(answer):
    """The appointment or hold that an answer names, if it names one."""
    return answer.json.get("appointment") or answer.json.get("hold")


if __name__ == "__main__":
    main()
