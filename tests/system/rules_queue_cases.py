"""The rules of the line: tickets, admission, sessions, the opening and the close, the draw."""

import hashlib
import hmac
import secrets
import unittest
from collections import Counter

from last_places_test import at_once
from rules_story import Story, in_seconds, new_key, poll, seconds_of

HOUR = 3600


def places_drawn(seed, beacon, queue, count):
    """The place of each ticket 1…count, as the API's page lets anyone recompute it."""
    def lengthened(text):
        return len(text.encode()).to_bytes(4, "big") + text.encode()

    def mac(key, text):
        return hmac.new(key, text, hashlib.sha256).digest()

    content = lengthened(beacon) + lengthened(queue) + count.to_bytes(8, "big")
    key = mac(bytes.fromhex(seed), content)
    bits = 1
    while 4 ** bits < count:
        bits += 1
    half = 2 ** bits

    def round_trip(number):
        left, right = number // half, number % half
        for i in range(10):
            word = mac(key, bytes([i]) + right.to_bytes(8, "big"))[:8]
            left, right = right, left ^ (int.from_bytes(word, "big") % half)
        return left * half + right

    def place(ticket):
        number = round_trip(ticket - 1)
        while number >= count:
            number = round_trip(number)
        return 1 + number

    return {ticket: place(ticket) for ticket in range(1, count + 1)}


def commitment_of(seed):
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


class Tickets(Story):
    """One live ticket a person, numbered densely."""

    def setUp(self):
        super().setUp()
        self.queue = self.with_queue(rate_per_second=0)

    def test_tickets_are_numbered_in_order_of_arrival(self):
        for number in range(1, 6):
            ticket = self.eligible(f"p{number}").take_ticket(self.queue).expect(201).json
            self.assertEqual((ticket["ticket"], ticket["place"], ticket["ahead"], ticket["state"]),
                             (number, number, number - 1, "waiting"))
            self.assertGreaterEqual(ticket["poll_after_seconds"], 1)
        self.assert_queue(self.queue, last_ticket=5, waiting=5, inside=0, now_serving=0)

    def test_a_second_ticket_is_the_first_one(self):
        person = self.eligible("p")
        first = person.take_ticket(self.queue, key=new_key()).expect(201).json
        self.assertEqual(person.take_ticket(self.queue).expect(200).json["ticket"], first["ticket"])
        self.assertEqual(person.my_ticket(self.queue).expect(200).json["ticket"], first["ticket"])

    def test_a_ticket_given_back_is_over_and_the_next_is_at_the_end_of_the_line(self):
        person, key = self.eligible("p"), new_key()
        person.take_ticket(self.queue, key=key).expect(201)
        self.eligible("q").take_ticket(self.queue).expect(201)
        person.return_ticket(self.queue).expect(204)
        person.return_ticket(self.queue).expect(204)
        self.assertEqual(person.my_ticket(self.queue).expect(200).json["state"], "returned")
        self.assertEqual(person.take_ticket(self.queue).expect(201).json["ticket"], 3)
        old = person.take_ticket(self.queue, key=key).expect(201).json
        self.assertEqual(old["ticket"], 1, "the same key has the same answer")

    def test_those_ahead_are_the_live_tickets_with_a_lower_place(self):
        people = [self.eligible(f"p{number}") for number in range(4)]
        for person in people:
            person.take_ticket(self.queue).expect(201)
        people[1].return_ticket(self.queue).expect(204)
        self.assertEqual(people[3].my_ticket(self.queue).expect(200).json["ahead"], 2)

    def test_joining_again_can_be_switched_off(self):
        person = self.eligible("p")
        person.take_ticket(self.queue).expect(201)
        person.return_ticket(self.queue).expect(204)
        self.operator.patch_queue(self.queue, rejoin=False).expect(200)
        person.take_ticket(self.queue).expect(409, "ticket-ended")
        self.operator.patch_queue(self.queue, rejoin=True).expect(200)
        person.take_ticket(self.queue).expect(201)

    def test_who_has_none_and_a_queue_that_is_none(self):
        person = self.eligible("p")
        person.my_ticket(self.queue).expect(404, "no-ticket")
        person.return_ticket(self.queue).expect(404, "no-ticket")
        for ask in (person.take_ticket, person.my_ticket, person.return_ticket):
            ask(self.name("nowhere")).expect(404, "unknown-queue")


class Opening(Story):
    """Scheduled, open, paused, closed."""

    def test_no_ticket_before_the_opening(self):
        queue = self.with_queue(opens_at=in_seconds(HOUR))
        refused = self.eligible("p").take_ticket(queue).expect(409, "queue-not-open").json
        self.assertAlmostEqual(seconds_of(refused["opens_at"]), seconds_of(in_seconds(HOUR)),
                               delta=120)
        self.assert_queue(queue, state="scheduled", last_ticket=0)

    def test_it_opens_by_itself(self):
        queue = self.with_queue(opens_at=in_seconds(1))
        person = self.eligible("p")
        poll("the opening", lambda: person.take_ticket(queue).status == 201)
        person.wait_admitted(queue)

    def test_a_closed_queue_gives_no_ticket_and_keeps_the_line(self):
        queue = self.with_queue(inside_max=1)
        inside = self.admitted("inside", queue)
        waiting = self.eligible("waiting")
        number = waiting.take_ticket(queue).expect(201).json["ticket"]
        self.operator.patch_queue(queue, closes_at=in_seconds(-1)).expect(200)
        self.assert_queue(queue, state="closed")
        self.eligible("late").take_ticket(queue).expect(409, "queue-closed")
        self.assertEqual(waiting.take_ticket(queue).expect(200).json["ticket"], number)
        site = self.site(am=5)
        self.booked(inside, site, "am")  # a session goes on
        self.ticket_becomes(inside, queue, "ended")
        self.assertEqual(waiting.my_ticket(queue).expect(200).json["state"], "waiting")
        self.operator.patch_queue(queue, closes_at=in_seconds(HOUR)).expect(200)
        waiting.wait_admitted(queue)

    def test_a_pause_gives_tickets_and_admits_nobody(self):
        queue = self.with_queue()
        inside = self.admitted("inside", queue)
        self.operator.patch_queue(queue, paused=True).expect(200)
        waiting = self.eligible("waiting")
        waiting.take_ticket(queue).expect(201)
        self.assert_queue(queue, state="paused", waiting_for="pause", waiting=1, inside=1)
        self.booked(inside, self.site(am=5), "am")
        self.assertEqual(waiting.my_ticket(queue).expect(200).json["state"], "waiting")
        self.operator.patch_queue(queue, paused=False).expect(200)
        waiting.wait_admitted(queue)

    def test_nobody_is_admitted_until_queue_and_programme_stand(self):
        queue = self.name("queue")
        self.operator.put_queue(queue, self.programme).expect(200)
        person = self.service.person(self.name("p"))
        person.take_ticket(queue).expect(201)
        self.assert_queue(queue, waiting_for="programme", waiting=1)
        self.configure(queue=queue)
        person.wait_admitted(queue)


class Admission(Story):
    """In order, within the rate and within the most people inside."""

    def admissions(self, queue):
        return self.records("bookings", "Admitted", queue=queue)

    def test_no_whole_second_has_more_than_the_rate(self):
        rate, people = 3, 14
        queue = self.with_queue(rate_per_second=rate, paused=True)
        crowd = [self.eligible(f"p{number}") for number in range(people)]
        for person in crowd:
            person.take_ticket(queue).expect(201)
        self.operator.patch_queue(queue, paused=False).expect(200)
        for person in crowd:
            person.wait_admitted(queue, seconds=30)
        admitted = self.admissions(queue)
        seconds = Counter(int(seconds_of(a["admitted_at"])) for a in admitted)
        self.assertLessEqual(max(seconds.values()), rate, seconds)
        in_order = sorted(admitted, key=lambda a: (a["admitted_at"], a["place"]))
        self.assertEqual([a["place"] for a in in_order], list(range(1, people + 1)))
        self.assert_queue(queue, now_serving=people, waiting=0)

    def test_no_more_are_inside_than_the_most(self):
        queue = self.with_queue(inside_max=2)
        crowd = [self.eligible(f"p{number}") for number in range(4)]
        for person in crowd:
            person.take_ticket(queue).expect(201)
        crowd[1].wait_admitted(queue)
        self.assert_queue(queue, inside=2, waiting=2, now_serving=2)
        crowd[0].return_ticket(queue).expect(204)  # ends a session: the next comes in
        crowd[2].wait_admitted(queue)
        self.assertEqual(crowd[3].my_ticket(queue).expect(200).json["state"], "waiting")
        self.booked(crowd[1], self.site(am=5), "am")  # so does a booking
        crowd[3].wait_admitted(queue)

    def test_a_session_that_runs_out_frees_its_place(self):
        queue = self.with_queue(inside_max=1, session_seconds=1)
        first, second = self.admitted("p1", queue), self.eligible("p2")
        second.take_ticket(queue).expect(201)
        second.wait_admitted(queue)
        self.assertEqual(first.my_ticket(queue).expect(200).json["state"], "ended")

    def test_a_rate_of_none_admits_nobody(self):
        queue = self.with_queue(rate_per_second=0)
        person = self.eligible("p")
        person.take_ticket(queue).expect(201)
        self.operator.patch_queue(queue, rate_per_second=1).expect(200)
        admitted = person.wait_admitted(queue).json
        self.assertGreater(seconds_of(admitted["admitted_until"]), seconds_of(admitted["as_of"]))

    def test_who_is_admitted_may_book_at_once(self):
        queue = self.with_queue()
        site = self.site(am=20)
        for number in range(10):
            person = self.eligible(f"p{number}")
            person.take_ticket(queue).expect(201)
            person.wait_admitted(queue)
            self.booked(person, site, "am")

    def test_the_session_length_is_the_one_at_the_admission(self):
        queue = self.with_queue(session_seconds=600)
        first = self.admitted("p1", queue)
        self.operator.patch_queue(queue, session_seconds=60).expect(200)
        second = self.admitted("p2", queue)
        for person, seconds in ((first, 600), (second, 60)):
            ticket = person.my_ticket(queue).expect(200).json
            left = seconds_of(ticket["admitted_until"]) - seconds_of(ticket["as_of"])
            self.assertTrue(seconds - 45 < left <= seconds, (seconds, ticket))

    def test_a_booking_ends_the_session(self):
        queue = self.with_queue()
        person = self.admitted("p", queue)
        self.booked(person, self.site(am=5), "am")
        self.ticket_becomes(person, queue, "ended")
        self.assert_queue(queue, inside=0)

    def test_a_session_lasts_until_the_most_appointments_are_booked(self):
        queue = self.with_queue({"active_appointments_max": 2, "products": [
            {"product": "vaccine-a", "doses": 2, "interval_days_min": 0}]})
        person = self.admitted("p", queue)
        site = self.site(am=5, pm=5)
        self.booked(person, site, "am")
        self.assertEqual(person.my_ticket(queue).expect(200).json["state"], "admitted")
        self.booked(person, site, "pm")
        self.ticket_becomes(person, queue, "ended")

    def test_an_admission_belongs_to_its_queue_s_programme(self):
        person = self.admitted("p", self.with_queue())
        site = self.site(am=5)
        other = self.name("other")
        self.operator.put_queue(self.name("other-queue"), other).expect(200)
        self.operator.put_programme(other, queue=self.name("other-queue")).expect(200)
        self.operator.grant(other, [person.name]).expect(200)
        person.book(other, site, "am", "vaccine-a").expect(403, "not-admitted")


class PreQueue(Story):
    """Tickets before the opening get their places by a draw that anyone can recompute."""

    def setUp(self):
        super().setUp()
        self.seed = secrets.token_hex(32)

    def prequeue(self, opens_in=-60, closes_in=HOUR, beacon_name="lottery of the day"):
        fields = {"opens_at": in_seconds(opens_in), "closes_at": in_seconds(closes_in),
                  "commitment": commitment_of(self.seed), "beacon_name": beacon_name}
        return {name: value for name, value in fields.items() if value is not None}

    def open_line(self, people, **prequeue):
        """A pre-queue with so many tickets, not yet closed."""
        self.fields = self.prequeue(**prequeue)
        self.queue = self.with_queue(opens_at=in_seconds(HOUR), prequeue=self.fields)
        self.crowd = [self.eligible(f"p{number}") for number in range(1, people + 1)]
        for person in self.crowd:
            ticket = person.take_ticket(self.queue).expect(201).json
            self.assertIsNone(ticket["place"])
        self.assert_queue(self.queue, waiting_for="draw", last_ticket=people)

    def close_line(self):
        """The pre-queue closes at once (behind its last ticket), and the queue opens with it."""
        at = in_seconds(0.3)
        self.operator.patch_queue(self.queue, opens_at=at,
                                  prequeue={**self.fields, "closes_at": at}).expect(200)
        poll("the close", lambda: in_seconds(0) > at)  # every request brings its tick

    def test_places_are_the_ones_that_anyone_recomputes(self):
        for people, beacon in ((1, None), (2, "4"), (23, "drand 4711 ✓")):
            with self.subTest(people=people):
                super().setUp()
                self.open_line(people, beacon_name=beacon and "drand")
                self.crowd[0].return_ticket(self.queue).expect(204)  # it still counts
                self.close_line()
                drawn = self.operator.draw(self.queue, self.seed, beacon).expect(200).json
                self.assertEqual((drawn["prequeue"]["seed"], drawn["prequeue"].get("beacon"),
                                  drawn["prequeue"]["tickets"]), (self.seed, beacon, people))
                places = places_drawn(self.seed, beacon or "", self.queue, people)
                self.assertEqual(sorted(places.values()), list(range(1, people + 1)))
                for person in self.crowd:
                    ticket = person.my_ticket(self.queue).expect(200).json
                    self.assertEqual(ticket["place"], places[ticket["ticket"]])
                late = self.eligible("late").take_ticket(self.queue).expect(201).json
                self.assertEqual((late["ticket"], late["place"]), (people + 1, people + 1))

    def test_admission_follows_the_places(self):
        self.open_line(12)
        self.operator.patch_queue(self.queue, rate_per_second=4).expect(200)
        self.close_line()
        self.operator.draw(self.queue, self.seed, "777").expect(200)
        for person in self.crowd:
            person.wait_admitted(self.queue, seconds=30)
        admitted = self.records("bookings", "Admitted", queue=self.queue)
        places = places_drawn(self.seed, "777", self.queue, 12)
        self.assertEqual({a["ticket"]: a["place"] for a in admitted}, places)
        by_time = {}
        for row in admitted:
            by_time.setdefault(row["admitted_at"], []).append(row["place"])
        in_order = [place for at in sorted(by_time) for place in sorted(by_time[at])]
        self.assertEqual(in_order, list(range(1, 13)))

    def test_no_ticket_before_the_prequeue_opens(self):
        queue = self.with_queue(opens_at=in_seconds(3 * HOUR),
                                prequeue=self.prequeue(opens_in=HOUR, closes_in=2 * HOUR))
        refused = self.eligible("p").take_ticket(queue).expect(409, "queue-not-open").json
        self.assertLess(seconds_of(refused["opens_at"]), seconds_of(in_seconds(2 * HOUR)))

    def test_the_draw_is_refused_until_it_is_due_and_unless_it_fits(self):
        self.open_line(3)
        self.operator.draw(self.queue, self.seed, "1").expect(409, "prequeue-not-closed")
        self.close_line()
        self.operator.draw(self.queue, secrets.token_hex(32), "1").expect(
            409, "commitment-mismatch")
        self.operator.draw(self.queue, self.seed).expect(400, "invalid-request")
        self.assertEqual(self.crowd[0].my_ticket(self.queue).json["state"], "waiting")
        self.operator.draw(self.queue, self.seed, "1").expect(200)
        self.operator.draw(self.queue, self.seed, "1").expect(200)
        self.operator.draw(self.queue, self.seed, "2").expect(409, "already-drawn")

    def test_what_was_promised_is_fixed_by_the_first_ticket(self):
        self.open_line(1)
        for change in ({"commitment": commitment_of(secrets.token_hex(32))},
                       {"beacon_name": "another"}, {"opens_at": in_seconds(-30)}):
            self.operator.patch_queue(self.queue, prequeue={**self.fields, **change}).expect(
                409, "prequeue-started")

    def test_nobody_is_admitted_until_the_draw(self):
        self.open_line(2)
        self.close_line()
        self.assert_queue(self.queue, waiting_for="draw", inside=0, waiting=2)
        self.operator.draw(self.queue, self.seed, "1").expect(200)
        for person in self.crowd:
            person.wait_admitted(self.queue)

    def test_a_lost_seed_leaves_the_order_of_arrival(self):
        self.open_line(3)
        self.close_line()
        self.operator.patch_queue(self.queue, prequeue=None).expect(200)
        for number, person in enumerate(self.crowd, 1):
            self.assertEqual(person.wait_admitted(self.queue).json["place"], number)


class Crowd(Story):
    """Many at once."""

    def test_a_hundred_at_once_get_a_hundred_numbers(self):
        queue = self.with_queue(rate_per_second=0)
        people = [self.service.person(self.name(f"p{number}")) for number in range(100)]
        answers = at_once([lambda p=p: p.take_ticket(queue, prefer="wait=30") for p in people])
        self.assertEqual({a.status for a in answers}, {201})
        self.assertEqual(sorted(a.json["ticket"] for a in answers), list(range(1, 101)))


class Draw(unittest.TestCase):
    """The permutation by itself."""

    def test_it_is_one(self):
        for count in (1, 2, 3, 4, 5, 16, 17, 64, 100):
            places = places_drawn("07" * 32, "beacon", "line", count)
            self.assertEqual(sorted(places.values()), list(range(1, count + 1)))


__all__ = ["Admission", "Crowd", "Draw", "Opening", "PreQueue", "Tickets"]
