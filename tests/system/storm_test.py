"""A storm: people and the site's operators change everything at once, and the counts still agree.

Eight threads draw from one seed (JARI_SEED, printed) bookings, holds, confirmations,
cancellations, reschedules within a site and across sites; two more change capacities and stock,
lose doses, withdraw slots and open them again. Then: free + held + booked = capacity + over in
every slot, the same for doses, and every person's appointments are the ones that the slots count.

Errors:  AssertionError; any answer that a step may not get ends the storm.
Threads: a person belongs to one thread, so that each knows what its people have.
"""

import collections
import os
import random
import threading
import unittest

from jari_service import Service, in_seconds, main, new_key, two_doses
from log_checks import conserved, eventually, log_proves, poll

SEED = int(os.environ.get("JARI_SEED", "11"))
STEPS = int(os.environ.get("JARI_STORM_STEPS", "6000"))
PEOPLE_THREADS, OPERATOR_THREADS = 8, 2
PEOPLE_OF_A_THREAD = 25
SITES = [f"storm-{number}" for number in range(4)]
SLOTS = [f"slot-{number}" for number in range(5)]
PRODUCTS = ["vaccine-a", "vaccine-b"]
PROGRAMME = "storm"
HOLD_SECONDS = 2
FULL = {"slot-full", "out-of-stock", "slot-withdrawn"}
# What each step may be answered, beside success.
MAY = {
    "book": FULL | {"already-booked"},
    "hold": FULL | {"already-booked"},
    "confirm": {"already-booked", "hold-expired", "slot-withdrawn"},
    "release": set(),
    "cancel": {"appointment-not-active"},
    "reschedule": FULL | {"appointment-not-active"},
    "capacity": set(),
    "stock": {"below-booked"},
    "withdraw": set(),
}


class Caller:
    """One thread's share of the storm."""

    def __init__(self, storm, number, steps):
        self.random = random.Random(f"{SEED} {number}")
        self.storm, self.steps = storm, steps
        self.client = storm.service.client()
        self.seen = collections.Counter()
        self.failure = None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            for _ in range(self.steps):
                step = self.random.choices(list(self.weights), self.weights.values())[0]
                answer = getattr(self, step)()
                if answer is not None:
                    self.note(step, answer)
        except Exception as error:  # raised by the storm when all threads are over
            self.failure = error

    def note(self, step, answer):
        assert answer.status < 300 or answer.code in MAY[step], f"{step}: {answer}"
        self.seen[f"{step} {answer.code or answer.status}"] += 1

    def ask(self, method, path, body, token, **options):
        return self.client.request(method, path, body, key=new_key("storm"), token=token,
                                   prefer="wait=30", timeout=60, **options)

    def anywhere(self):
        return {"site": self.random.choice(SITES), "slot": self.random.choice(SLOTS)}


class People(Caller):
    """What people do."""

    weights = {"book": 8, "hold": 4, "confirm": 4, "release": 1, "cancel": 4, "reschedule": 6}

    def __init__(self, storm, number, steps):
        super().__init__(storm, number, steps)
        self.names = storm.people[number * PEOPLE_OF_A_THREAD:(number + 1) * PEOPLE_OF_A_THREAD]
        self.appointments, self.holds = {}, {}

    def by(self, method, path, body=None, among=None):
        self.name = self.random.choice(sorted(among) if among else self.names)
        path = path(self.name) if callable(path) else path
        body = body(self.name) if callable(body) else body
        return self.ask(method, path, body, self.storm.tokens[self.name])

    def wish(self):
        return {"programme": PROGRAMME, "product": self.random.choice(PRODUCTS), **self.anywhere()}

    def book(self):
        answer = self.by("POST", "/v1/appointments", self.wish())
        if answer.status == 201:
            self.appointments[self.name] = answer.json["appointment"]
        return answer

    def hold(self):
        answer = self.by("POST", "/v1/holds", self.wish())
        if answer.status == 201:
            self.holds[self.name] = answer.json["hold"]
        return answer

    def confirm(self):
        if not self.holds:
            return None
        answer = self.by("POST", "/v1/appointments", lambda p: {"hold": self.holds.pop(p)},
                         self.holds)
        if answer.status == 201:
            self.appointments[self.name] = answer.json["appointment"]
        return answer

    def release(self):
        if not self.holds:
            return None
        return self.by("DELETE", lambda p: f"/v1/holds/{self.holds.pop(p)}", None, self.holds)

    def cancel(self):
        if not self.appointments:
            return None
        return self.by("DELETE", lambda p: f"/v1/appointments/{self.appointments[p]}", None,
                       self.appointments)

    def reschedule(self):
        if not self.appointments:
            return None
        body = self.anywhere()
        if self.random.random() < 0.3:
            body["product"] = self.random.choice(PRODUCTS)
        return self.by("POST", lambda p: f"/v1/appointments/{self.appointments[p]}/reschedule",
                       body, self.appointments)


class Operators(Caller):
    """What the sites' operators do meanwhile."""

    weights = {"capacity": 6, "stock": 5, "withdraw": 1}

    def act(self, method, path, body=None, **options):
        return self.ask(method, path, body, self.storm.operator.token, **options)

    def slot_path(self):
        place = self.anywhere()
        return f"/v1/operator/sites/{place['site']}/slots/{place['slot']}", place["slot"]

    def capacity(self):
        path, slot = self.slot_path()
        answer = self.act("PUT", path, self.storm.slot_body(slot, self.random.randint(0, 9)))
        conserved(answer.json, "capacity")
        return answer

    def stock(self):
        doses = self.random.randint(-13, 13)
        body = {"product": self.random.choice(PRODUCTS), "doses": doses, "reason": "storm"}
        if doses < 0 and self.random.random() < 0.5:
            body["lost"] = True
        answer = self.act("POST", f"/v1/operator/sites/{self.random.choice(SITES)}/stock", body)
        for stock in answer.json.get("stock", ()):
            conserved(stock, "doses")
        return answer

    def note(self, step, answer):
        # Taking away more doses than there are is no step of a storm that an operator can avoid.
        if step == "stock" and answer.code == "invalid-request":
            return
        super().note(step, answer)

    def withdraw(self):
        path, _ = self.slot_path()
        choice = self.random.choice(["keep", "cancel"])
        return self.act("DELETE", path, query={"appointments": choice}, reason="storm")


class Storm(unittest.TestCase):
    """One storm, then the counting."""

    def slot_body(self, slot, capacity):
        return {"starts_at": self.starts_at[slot], "length_seconds": 900, "capacity": capacity,
                "reason": "storm"}

    def prepare(self):
        self.operator = self.service.operator()
        self.starts_at = {slot: in_seconds(86400 + 900 * n) for n, slot in enumerate(SLOTS)}
        # Of two doses: a second booking is one too many, and not a dose too many.
        products = [two_doses(p, 0, follows=PRODUCTS) for p in PRODUCTS]
        self.operator.put_programme(PROGRAMME, products=products,
                                    hold_seconds=HOLD_SECONDS).expect(200)
        for site in SITES:
            self.operator.put_site(site).expect(200)
            for product in PRODUCTS:
                self.operator.add_stock(site, product, 15).expect(200)
            for slot in SLOTS:
                self.operator.change("PUT", f"/v1/operator/sites/{site}/slots/{slot}",
                                     self.slot_body(slot, 6)).expect(200)
        self.people = [f"storm-{n:03d}" for n in range(PEOPLE_THREADS * PEOPLE_OF_A_THREAD)]
        self.tokens = {person: self.service.token(person, "person") for person in self.people}
        self.operator.grant(PROGRAMME, self.people).expect(200)

    def blow(self):
        steps = STEPS // (PEOPLE_THREADS + OPERATOR_THREADS)
        callers = [People(self, n, steps) for n in range(PEOPLE_THREADS)]
        callers += [Operators(self, PEOPLE_THREADS + n, steps) for n in range(OPERATOR_THREADS)]
        for caller in callers:
            caller.thread.start()
        for caller in callers:
            caller.thread.join()
        for caller in callers:
            if caller.failure:
                raise caller.failure
        print(f"  {dict(sorted(sum((c.seen for c in callers), collections.Counter()).items()))}",
              flush=True)

    def slots(self):
        """{(site, slot): document}, as operators see them."""
        return {(site, slot): self.operator.request(
            "GET", f"/v1/operator/sites/{site}/slots/{slot}").expect(200).json
                for site in SITES for slot in SLOTS}

    def stock(self):
        return {site: self.operator.request("GET", f"/v1/operator/sites/{site}/stock")
                .expect(200).json["stock"] for site in SITES}

    def listed(self):
        """The booked appointments of every site's day list, by id."""
        rows = [row for site in SITES for row in self.operator.all_pages(
            f"/v1/operator/sites/{site}/appointments", "appointments", {"limit": 50})]
        self.assertEqual(len(rows), len({row["appointment"] for row in rows}), "listed twice")
        return {row["appointment"]: row for row in rows if row["state"] == "booked"}

    def owned(self):
        """The booked appointments that people have, by id."""
        found = {}
        for person in self.people:
            document = self.operator.request("GET", f"/v1/operator/people/{person}").expect(200)
            booked = [a for a in document.json["appointments"] if a["state"] == "booked"]
            self.assertLessEqual(len(booked), 1, document)
            found.update({a["appointment"]: a for a in booked})
        return found

    def came_to_rest(self):
        """No hold is left, and what withdrawals cancelled is cancelled on both sides."""
        slots, listed = self.slots(), self.listed()
        return (all(slot["held"] == 0 for slot in slots.values())
                and sum(slot["booked"] for slot in slots.values()) == len(listed)
                and set(listed) == set(self.owned()))

    def test_the_counts_agree_when_it_is_over(self):
        print(f"  seed {SEED}, {STEPS} steps", flush=True)
        with Service(contract=None) as service:
            self.service = service
            self.prepare()
            self.blow()
            for site in SITES:  # what was withdrawn is opened again, so that every place counts
                for slot in SLOTS:
                    self.operator.change("PUT", f"/v1/operator/sites/{site}/slots/{slot}",
                                         self.slot_body(slot, 6)).expect(200)
            poll("the storm comes to rest", self.came_to_rest, 30, 0.2)
            eventually(self.check)
            log_proves(service)

    def check(self):
        listed, owned = self.listed(), self.owned()
        for site_slot, document in self.slots().items():
            conserved(document, "capacity")
            here = [a for a in listed.values() if (a["site"], a["slot"]) == site_slot]
            self.assertEqual(len(here), document["booked"], site_slot)
        for site, products in self.stock().items():
            for row in products:
                conserved(row, "doses")
                here = [a for a in listed.values()
                        if a["site"] == site and a["product"] == row["product"]]
                self.assertEqual((len(here), 0), (row["booked"], row["held"]), (site, row))
        for appointment, row in listed.items():
            self.assertEqual({k: v for k, v in row.items() if k != "as_of"},
                             {k: v for k, v in owned[appointment].items() if k != "as_of"})


if __name__ == "__main__":
    main()
