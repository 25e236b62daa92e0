"""Crashes: kill -9 at random moments under load, on one data directory, again and again.

Threads book, cancel, take and give back tickets, some with respond-async, and remember what was
answered and which keys have no answer. After each start: what was answered as done is there, with
the same ids; a key without an answer has, sent again, exactly one effect; ticket numbers are dense
and each has one person; the slots count what people have. Readers look on: nothing that they were
shown is taken back by a crash (a version, a last ticket, an admission). Every sixth round ends by
SIGTERM, which must exit 0. JARI_CRASH_ROUNDS rounds (36: 30 of kill -9 and 6 of SIGTERM), seed
JARI_SEED; both are printed.

Errors:  AssertionError that names the person; the last round printed is the one that failed.
Threads: a person belongs to one thread; the kill comes from the thread of the test.
"""

import os
import random
import statistics
import threading
import time
import unittest

from jari_service import Service, main, new_key, one_dose
from http_client import Unreachable
from log_checks import conserved, eventually, log_proves, poll, ready

ROUNDS = int(os.environ.get("JARI_CRASH_ROUNDS", "36"))
SEED = int(os.environ.get("JARI_SEED", "5"))
THREADS, PEOPLE_OF_A_THREAD = 6, 30
TERM_EVERY = 6
ANSWERS_MAX = 600
START_SECONDS_MAX = 30           # of one start, whatever else the machine does
START_SECONDS_IN_THE_MIDDLE = 3  # half of them take no longer
PROGRAMME, QUEUE, PRODUCT = "crash", "crash-line", "vaccine-a"
DOOR, DOOR_PROGRAMME = "crash-door", "crash-inside"  # a line that moves while it is killed
GUESTS = max(400, ROUNDS)
READERS = 2
SITES, SLOTS = ["crash-1", "crash-2", "crash-3"], ["a", "b", "c"]
PLACES = 40
ASYNC_SHARE = 0.15
NO_ANSWER_YET = {"slow-down", "overloaded", "not-caught-up", "shutting-down"}


def ends_by_term(number):
    """Whether a round is ended by SIGTERM, and not by kill -9."""
    return number % TERM_EVERY == TERM_EVERY - 1


class Asked:
    """One request, to be sent again with the same key until it has an answer."""

    def __init__(self, kind, method, path, body):
        self.kind, self.method, self.path, self.body = kind, method, path, body
        self.key = new_key("crash")


class Member:
    """A person, and what the service has told them."""

    def __init__(self, name, token):
        self.name, self.token = name, token
        self.appointment = None   # the last one, as answered
        self.ticket = None        # the last number
        self.has_ticket = False   # it is live
        self.unknown = None       # Asked, without an answer

    def learns(self, asked, answer):
        """Takes the answer of a request; raises where it cannot be."""
        kind, status = asked.kind, answer.status
        if kind == "book" and status == 201:
            assert not self.booked, f"{self.name} booked twice: {answer}"
            self.appointment = answer.json
        elif kind == "cancel" and status == 200:
            assert answer.json["state"] == "cancelled", answer
            assert answer.json["appointment"] == self.appointment["appointment"], answer
            self.appointment = answer.json
        elif kind == "ticket" and status == 201:
            assert not self.has_ticket, f"{self.name} has two tickets: {answer}"
            assert self.ticket is None or answer.json["ticket"] > self.ticket, answer
            self.ticket, self.has_ticket = answer.json["ticket"], True
        elif kind == "return" and status == 204:
            self.has_ticket = False
        else:
            assert kind == "book" and answer.code == "slot-full", f"{self.name} {kind}: {answer}"

    @property
    def booked(self):
        return self.appointment is not None and self.appointment["state"] == "booked"


class Visitor(threading.Thread):
    """A thread that asks for its members until the service is gone."""

    def __init__(self, crash, members, seed):
        super().__init__()
        self.crash, self.members, self.random = crash, members, random.Random(seed)
        self.client = crash.service.client()
        self.failure = None

    def run(self):
        try:
            while not self.crash.is_down.is_set():
                if not self.ask(self.random.choice(self.members)):
                    return
        except Exception as error:  # raised by the test when the round is over
            self.failure = error

    def ask(self, member):
        """One request; False where the service is gone."""
        asked, prefer = member.unknown, "wait=30"  # what has no answer yet is sent again
        if asked is None:
            asked = member.unknown = self.draw(member)
            if self.random.random() < ASYNC_SHARE:
                prefer = "respond-async"
        try:
            answer = self.client.request(asked.method, asked.path, asked.body, key=asked.key,
                                         token=member.token, prefer=prefer)
        except Unreachable:
            return False
        if answer.code in NO_ANSWER_YET:
            return True
        if answer.status == 202:  # durable: it will be decided, whatever happens now
            with self.crash.lock:
                self.crash.promised.append((member, asked))
        else:
            member.learns(asked, answer)
            member.unknown = None
        self.crash.answered.release()
        return True

    def draw(self, member):
        kind = self.random.choice(["cancel" if member.booked else "book",
                                   "return" if member.has_ticket else "ticket"])
        queue = f"/v1/queues/{QUEUE}/tickets"
        if kind == "book":
            body = {"programme": PROGRAMME, "site": self.random.choice(SITES),
                    "slot": self.random.choice(SLOTS), "product": PRODUCT}
            return Asked(kind, "POST", "/v1/appointments", body)
        if kind == "cancel":
            path = f"/v1/appointments/{member.appointment['appointment']}"
            return Asked(kind, "DELETE", path, None)
        if kind == "ticket":
            return Asked(kind, "POST", queue, None)
        return Asked(kind, "DELETE", f"{queue}/me", None)


class Reader(threading.Thread):
    """Reads what others change, and remembers the newest that it was shown.

    Versions, ticket numbers and states of a ticket only grow: a smaller one after a crash means
    that something was shown before it was durable.
    """

    STATES = ("waiting", "admitted", "ended")

    def __init__(self, crash):
        super().__init__()
        self.crash, self.client, self.failure = crash, crash.service.client(), None

    def run(self):
        try:
            while not self.crash.is_down.is_set():
                self.look(self.crash.random_member(), self.crash.random_guest())
        except Unreachable:
            return
        except Exception as error:  # raised by the test when the round is over
            self.failure = error

    def look(self, member, guest):
        """One look at everything; AssertionError where something was taken back."""
        crash, ask = self.crash, self.client.request
        for queue in (QUEUE, DOOR):
            answer = ask("GET", f"/v1/queues/{queue}", token=guest.token)
            if answer.status == 200:
                for name in ("last_ticket", "now_serving"):
                    crash.grows((queue, name), answer.json[name])
        answer = ask("GET", f"/v1/queues/{DOOR}/tickets/me", token=guest.token)
        if answer.status == 200:
            crash.grows((guest.name, "ticket"), answer.json["ticket"])
            crash.grows((guest.name, "state"), self.STATES.index(answer.json["state"]))
        answer = ask("GET", "/v1/me/appointments", token=member.token)
        if answer.status == 200:
            for shown in answer.json["appointments"]:
                crash.grows((shown["appointment"], "version"), shown["version"])


class Crash(unittest.TestCase):
    """All rounds, one after the other, on one directory."""

    def prepare(self, service):
        self.service, self.operator = service, service.operator()
        self.reader = service.client()
        self.operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        # Nobody is let in: the line is what is tested, and a ticket stays as it was answered.
        self.operator.put_queue(QUEUE, PROGRAMME, rate_per_second=0).expect(200)
        for site in SITES:
            self.operator.put_site(site).expect(200)
            self.operator.add_stock(site, PRODUCT, 1000).expect(200)
            for slot in SLOTS:
                self.operator.put_slot(site, slot, capacity=PLACES).expect(200)
        names = [f"crash-{number:03d}" for number in range(THREADS * PEOPLE_OF_A_THREAD)]
        self.operator.grant(PROGRAMME, names).expect(200)
        self.members = [Member(n, service.token(n, "person", ttl_seconds=86400)) for n in names]
        self.operator.put_programme(DOOR_PROGRAMME, queue=DOOR,
                                    products=[one_dose(PRODUCT)]).expect(200)
        self.operator.put_queue(DOOR, DOOR_PROGRAMME, rate_per_second=10, inside_max=GUESTS,
                                session_seconds=86400).expect(200)
        guests = [f"guest-{number:03d}" for number in range(GUESTS)]
        self.guests = [Member(n, service.token(n, "person", ttl_seconds=86400)) for n in guests]
        self.joined, self.seen, self.random = 0, {}, random.Random(SEED)
        self.lock = threading.Lock()

    def guests_join(self, count):
        """So many more stand in the line that moves."""
        for guest in self.guests[self.joined:self.joined + count]:
            path = f"/v1/queues/{DOOR}/tickets"
            self.request(guest, "POST", path, key=new_key("guest"), prefer="wait=30").expect(201)
        self.joined += count

    def random_member(self):
        with self.lock:
            return self.random.choice(self.members)

    def random_guest(self):
        with self.lock:
            return self.random.choice(self.guests[:self.joined or 1])

    def grows(self, what, value):
        """Remembers what a reader was shown; never less than before the answer was asked for."""
        with self.lock:
            self.seen[what] = max(value, self.seen.get(what, value))

    def nothing_is_taken_back(self):
        """Everybody's newest, as it was shown before the crash, or newer."""
        before, self.seen = self.seen, {}
        reader = Reader(self)
        for member, guest in zip(self.members, self.guests[:self.joined]):
            reader.look(member, guest)
        for what, value in self.seen.items():
            self.assertGreaterEqual(value, before.get(what, value), what)
            before[what] = value
        self.seen = before

    def test_nothing_is_lost_or_doubled(self):
        terms = sum(map(ends_by_term, range(ROUNDS)))
        print(f"  seed {SEED}, {ROUNDS} rounds: {ROUNDS - terms} of kill -9, {terms} of SIGTERM",
              flush=True)
        starts = []
        with Service(contract=None) as service:
            self.prepare(service)
            for number in range(ROUNDS):
                answers = self.round(random.Random(f"{SEED} {number}"), number)
                began = time.monotonic()
                service.start()
                ready(service, START_SECONDS_MAX)
                seconds = time.monotonic() - began
                starts.append(seconds)
                self.assertLess(seconds, START_SECONDS_MAX)
                open_keys = sum(m.unknown is not None for m in self.members)
                end = "SIGTERM" if ends_by_term(number) else "kill -9"
                print(f"  round {number}: {end} after {answers} answers, {open_keys} keys open, "
                      f"serves again after {seconds:.2f} s", flush=True)
                self.nothing_is_taken_back()
                self.resolve()
                eventually(self.check)
            middle = statistics.median(starts)
            print(f"  a start took {middle:.2f} s in the middle, {max(starts):.2f} s at the slowest",
                  flush=True)
            self.assertLess(middle, START_SECONDS_IN_THE_MIDDLE)
            inside = sum(value == 1 for (_, name), value in self.seen.items() if name == "state")
            print(f"  readers were shown {len(self.seen)} things, {inside} inside", flush=True)
            self.assertGreater(inside, 0)
            log_proves(service)

    def round(self, rng, number):
        """Load until a random count of answers, then a random moment more, then the end."""
        self.is_down = threading.Event()
        self.answered, self.promised = threading.Semaphore(0), []
        self.guests_join(GUESTS // ROUNDS)
        visitors = [Visitor(self, self.members[n::THREADS], rng.random()) for n in range(THREADS)]
        visitors += [Reader(self) for _ in range(READERS)]
        for visitor in visitors:
            visitor.start()
        wanted = rng.randint(0, ANSWERS_MAX)
        got = 0
        while got < wanted and self.answered.acquire(timeout=10):
            got += 1
        self.is_down.wait(rng.random() * 0.02)  # in the middle of a commit as well as behind one
        if ends_by_term(number):
            self.service.stop()  # checks the exit
        else:
            self.service.kill9()
        self.is_down.set()
        for visitor in visitors:
            visitor.join()
        for visitor in visitors:
            if visitor.failure:
                raise visitor.failure
        return got

    def resolve(self):
        """What was promised by a 202 is decided by itself; what has no answer is asked again."""
        for member, asked in self.promised:
            self.promise_kept(member, asked)
        for member in self.members:
            asked = member.unknown
            if asked is None:
                continue
            found = self.request(member, "GET", f"/v1/requests/{asked.key}")
            answer = self.again(member, asked)
            if found.status == 200 and found.json["state"] == "done":
                self.same_as_found(found.json, answer)
            member.learns(asked, answer)
            twice = self.again(member, asked)
            self.assertEqual((answer.status, answer.code, ids(answer)),
                             (twice.status, twice.code, ids(twice)), member.name)
            member.unknown = None

    def request(self, member, method, path, **options):
        return self.reader.request(method, path, token=member.token, **options)

    def again(self, member, asked):
        return self.request(member, asked.method, asked.path, body=asked.body, key=asked.key,
                            prefer="wait=30")

    def promise_kept(self, member, asked):
        def decided():
            found = self.request(member, "GET", f"/v1/requests/{asked.key}").expect(200).json
            return found if found["state"] != "pending" else None
        self.assertIsNotNone(poll(f"{asked.key}, answered 202, is decided", decided))

    def same_as_found(self, found, answer):
        self.assertEqual(found["status"], answer.status, answer)
        if answer.json and answer.status < 300:
            for name in ("appointment", "ticket"):
                self.assertEqual(found["result"].get(name), answer.json.get(name), answer)

    def check(self):
        """People, tickets and slots are as they were answered."""
        for member in self.members:
            self.check_member(member)
        booked = [m.appointment for m in self.members if m.booked]
        for site in SITES:
            shown = self.operator.request("GET", f"/v1/sites/{site}/slots").expect(200).json
            for slot in shown["slots"]:
                conserved(slot, "capacity")
                here = [a for a in booked if (a["site"], a["slot"]) == (site, slot["slot"])]
                self.assertEqual(slot["booked"], len(here), slot)
            for stock in shown["stock"]:
                conserved(stock, "doses")
        queue = self.operator.request("GET", f"/v1/queues/{QUEUE}").expect(200).json
        self.check_tickets(queue)

    def check_member(self, member):
        document = self.operator.request("GET", f"/v1/operator/people/{member.name}")
        document = document.expect(200).json
        booked = [a["appointment"] for a in document["appointments"] if a["state"] == "booked"]
        wanted = [member.appointment["appointment"]] if member.booked else []
        self.assertEqual(booked, wanted, member.name)
        if member.appointment is not None:
            path = f"/v1/appointments/{member.appointment['appointment']}"
            shown = self.request(member, "GET", path).expect(200).json
            for name in ("site", "slot", "state", "version", "dose"):
                self.assertEqual(shown[name], member.appointment[name], member.name)
        if member.ticket is not None:
            shown = self.request(member, "GET", f"/v1/queues/{QUEUE}/tickets/me").expect(200).json
            self.assertEqual(shown["ticket"], member.ticket, member.name)
            self.assertEqual(shown["state"], "waiting" if member.has_ticket else "returned")

    def check_tickets(self, queue):
        """No number is given twice, and the last one is the last that anybody was told."""
        last = [m.ticket for m in self.members if m.ticket is not None]
        self.assertEqual(len(last), len(set(last)))
        self.assertEqual(queue["last_ticket"], max(last, default=0), queue)
        self.assertEqual(queue["waiting"], sum(m.has_ticket for m in self.members), queue)


def ids(answer):
    """The ids in an answer."""
    body = answer.json if answer.status < 300 else None
    return (body.get("appointment"), body.get("ticket")) if body else None


if __name__ == "__main__":
    main()
