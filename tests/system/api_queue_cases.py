"""Tickets, admission and the pre-queue's draw, recomputed here byte for byte."""

import hashlib
import hmac
import struct

from api_world import GATED, ApiCase
from jari_service import in_seconds, new_key, seconds_of, until

SEED = bytes(range(32))
COMMITMENT = hashlib.sha256(SEED).hexdigest()
ROUNDS = 10


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def places(seed, beacon, queue, count):
    """The place of each ticket 1..count, from what is published."""
    beacon, queue = beacon.encode(), queue.encode()
    key = mac(seed, struct.pack(">I", len(beacon)) + beacon + struct.pack(">I", len(queue)) + queue
              + struct.pack(">Q", count))
    bits = 1
    while 4 ** bits < count:
        bits += 1
    mask = (1 << bits) - 1

    def once(number):
        left, right = number >> bits, number & mask
        for i in range(ROUNDS):
            drawn = mac(key, bytes([i]) + struct.pack(">Q", right))
            left, right = right, left ^ (int.from_bytes(drawn[:8], "big") & mask)
        return (left << bits) | right

    result = []
    for ticket in range(1, count + 1):
        number = once(ticket - 1)
        while number >= count:
            number = once(number)
        result.append(1 + number)
    return result


class Tickets(ApiCase):

    def test_one_live_ticket_a_person(self):
        queue = self.world.queue(rate_per_second=0)
        person = self.world.stranger()
        first = person.take_ticket(queue).expect(201).json
        self.assertEqual((1, 1, "waiting", 0),
                         (first["ticket"], first["place"], first["state"], first["ahead"]))
        self.assertEqual(1, person.take_ticket(queue).expect(200).json["ticket"])
        other = self.world.stranger().take_ticket(queue).expect(201).json
        self.assertEqual((2, 1), (other["ticket"], other["ahead"]))
        self.assertEqual(1, person.my_ticket(queue).expect(200).json["ticket"])

    def test_given_back_and_taken_anew(self):
        queue = self.world.queue(rate_per_second=0)
        person = self.world.stranger()
        person.take_ticket(queue).expect(201)
        person.return_ticket(queue).expect(204)
        person.return_ticket(queue).expect(204)
        self.assertEqual("returned", person.my_ticket(queue).json["state"])
        self.assertEqual(2, person.take_ticket(queue).expect(201).json["ticket"])

    def test_who_never_had_one(self):
        queue, person = self.world.queue(), self.world.stranger()
        person.my_ticket(queue).expect(404, "no-ticket")
        person.return_ticket(queue).expect(404, "no-ticket")
        for act in (person.my_ticket, person.return_ticket, person.take_ticket):
            act("none").expect(404, "unknown-queue")

    def test_no_rejoining_where_it_is_off(self):
        queue = self.world.queue(rejoin=False)
        person = self.world.stranger()
        person.take_ticket(queue).expect(201)
        person.return_ticket(queue).expect(204)
        person.take_ticket(queue).expect(409, "ticket-ended")

    def test_before_the_opening_and_after_the_end(self):
        opens_at = in_seconds(3600)
        early = self.world.queue(opens_at=opens_at)
        problem = self.world.stranger().take_ticket(early).expect(409, "queue-not-open").json
        self.assertEqual(opens_at, problem["opens_at"])
        self.assertEqual("scheduled", self.shown(early)["state"])
        closed = self.world.queue(closes_at=in_seconds(-60))
        self.world.stranger().take_ticket(closed).expect(409, "queue-closed")
        self.assertEqual("closed", self.shown(closed)["state"])

    def test_closed_while_somebody_waits(self):
        _, queue = self.world.open_line(rate_per_second=0)
        person = self.world.stranger()
        person.take_ticket(queue).expect(201)
        self.operator.patch_queue(queue, closes_at=in_seconds(-1)).expect(200)
        person.take_ticket(queue).expect(200)
        self.world.stranger().take_ticket(queue).expect(409, "queue-closed")

    def shown(self, queue):
        return self.world.everybody.request("GET", f"/v1/queues/{queue}").expect(200).json

    def test_paused_takes_tickets_and_admits_nobody(self):
        _, queue = self.world.open_line(paused=True)
        person = self.world.stranger()
        person.take_ticket(queue).expect(201)
        shown = self.shown(queue)
        self.assertEqual(("paused", "pause"), (shown["state"], shown["waiting_for"]))
        self.operator.patch_queue(queue, paused=False).expect(200)
        person.wait_admitted(queue)
        self.assertEqual(("open", 1, 1), (self.shown(queue)["state"],
                                          self.shown(queue)["now_serving"],
                                          self.shown(queue)["last_ticket"]))

    def test_nobody_is_admitted_for_a_programme_that_does_not_stand(self):
        queue = self.world.queue(programme=new_key("nothing"))
        self.world.stranger().take_ticket(queue).expect(201)
        self.assertEqual("programme", self.shown(queue)["waiting_for"])

    def test_a_session_is_as_long_as_it_was_when_admitted(self):
        _, queue = self.world.open_line(session_seconds=120)
        person = self.world.stranger()
        person.take_ticket(queue).expect(201)
        ticket = person.wait_admitted(queue).json
        left = seconds_of(ticket["admitted_until"]) - seconds_of(ticket["as_of"])
        self.assertTrue(100 < left <= 120.5, left)
        self.assertGreaterEqual(ticket["poll_after_seconds"], 1)

    def test_inside_max_admits_the_next_when_one_leaves(self):
        _, queue = self.world.open_line(inside_max=1)
        first, second = self.world.stranger(), self.world.stranger()
        first.take_ticket(queue)
        second.take_ticket(queue)
        first.wait_admitted(queue)
        self.assertEqual("waiting", second.my_ticket(queue).json["state"])
        first.return_ticket(queue).expect(204)
        second.wait_admitted(queue)
        self.assertEqual("ended", first.my_ticket(queue).json["state"])


class Prequeue(ApiCase):

    def prequeue(self, opens_in, closes_in, **fields):
        return {"opens_at": in_seconds(opens_in), "closes_at": in_seconds(closes_in),
                "commitment": COMMITMENT, **fields}

    def drawn_queue(self, **fields):
        prequeue = self.prequeue(-20, -10, **fields)
        return self.world.queue(opens_at=in_seconds(3600), prequeue=prequeue)

    def test_before_it_opens_it_says_when(self):
        prequeue = self.prequeue(600, 1200)
        queue = self.world.queue(opens_at=in_seconds(3600), prequeue=prequeue)
        problem = self.world.stranger().take_ticket(queue).expect(409, "queue-not-open").json
        self.assertEqual(prequeue["opens_at"], problem["opens_at"])

    def test_refusals_of_the_draw(self):
        open_one = self.world.queue(opens_at=in_seconds(3600), prequeue=self.prequeue(-10, 600))
        self.operator.draw(open_one, SEED.hex()).expect(409, "prequeue-not-closed")
        self.operator.draw("none", SEED.hex()).expect(404, "unknown-queue")
        queue = self.drawn_queue()
        self.operator.draw(queue, "0" * 64).expect(409, "commitment-mismatch")
        shown = self.operator.draw(queue, SEED.hex()).expect(200).json
        self.assertEqual(SEED.hex(), shown["prequeue"]["seed"])
        self.operator.draw(queue, SEED.hex()).expect(200)
        self.operator.draw(queue, SEED.hex(), "another").expect(409, "already-drawn")
        again = {"opens_at": in_seconds(3600), "prequeue": self.prequeue(-30, -10)}
        self.operator.patch_queue(queue, **again).expect(409, "already-drawn")
        self.operator.put_queue(queue, GATED, **again).expect(409, "already-drawn")

    def test_a_beacon_that_was_named_is_needed(self):
        queue = self.drawn_queue(beacon_name="the lottery of Saturday")
        answer = self.operator.draw(queue, SEED.hex())
        self.assertEqual("beacon", answer.expect(400, "invalid-request").json["field"])
        self.operator.draw(queue, SEED.hex(), "4 8 15 16 23 42").expect(200)

    def test_what_the_first_ticket_fixes(self):
        prequeue = self.prequeue(-10, 600)
        queue = self.world.queue(opens_at=in_seconds(3600), prequeue=prequeue)
        person = self.world.stranger()
        self.assertIsNone(person.take_ticket(queue).expect(201).json["place"])
        other = {**prequeue, "commitment": "1" * 64}
        self.operator.patch_queue(queue, prequeue=other).expect(409, "prequeue-started")
        self.operator.put_queue(queue, GATED, opens_at=in_seconds(3600),
                                prequeue=other).expect(409, "prequeue-started")
        later = {**prequeue, "closes_at": in_seconds(700)}
        self.operator.patch_queue(queue, prequeue=later).expect(200)

    def test_it_must_close_before_the_queue_opens(self):
        prequeue = self.prequeue(-10, 600)
        answer = self.operator.put_queue(new_key("queue"), GATED, opens_at=in_seconds(300),
                                         prequeue=prequeue)
        answer.expect(400, "invalid-request")

    def test_every_place_can_be_computed_from_what_is_published(self):
        closes_in, count = 3, 21
        queue = self.world.queue(opens_at=in_seconds(3600), prequeue=self.prequeue(-10, closes_in))
        people = [self.world.stranger() for _ in range(count)]
        for number, person in enumerate(people, 1):
            self.assertEqual(number, person.take_ticket(queue).expect(201).json["ticket"])
        people[3].return_ticket(queue).expect(204)
        drawn = self.draw_when_closed(queue)
        self.assertEqual(count, drawn["prequeue"]["tickets"])
        wanted = places(SEED, "", queue, count)
        self.assertEqual(list(range(1, count + 1)), sorted(wanted))
        self.assertEqual(wanted, [p.my_ticket(queue).json["place"] for p in people])
        late = self.world.stranger().take_ticket(queue).expect(201).json
        self.assertEqual((count + 1, count + 1), (late["ticket"], late["place"]))

    def draw_when_closed(self, queue):
        answer = until(lambda: self.operator.draw(queue, SEED.hex()),
                       lambda a: a.code != "prequeue-not-closed")
        return answer.expect(200).json
