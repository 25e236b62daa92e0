"""Idempotency keys, Prefer and /v1/requests: the same key, the same answer."""

import json
import threading

from api_world import ONE_DOSE, SITE, WALK_IN, ApiCase, Sample, samples
from jari_service import in_seconds, new_key, until


class Keys(ApiCase):

    def test_the_same_key_gives_the_same_answer(self):
        person, key, slot = self.world.eligible(), new_key(), self.world.slot()
        first = person.book(WALK_IN, SITE, slot, ONE_DOSE, key=key).expect(201).json
        again = person.book(WALK_IN, SITE, slot, ONE_DOSE, key=key).expect(201).json
        self.assertEqual(without_time(first), without_time(again))

    def test_an_appointment_is_shown_as_it_was_decided(self):
        person, key, slot = self.world.eligible(), new_key(), self.world.slot()
        first = person.book(WALK_IN, SITE, slot, ONE_DOSE, key=key).expect(201).json
        person.cancel(first["appointment"]).expect(200)
        again = person.book(WALK_IN, SITE, slot, ONE_DOSE, key=key).expect(201).json
        self.assertEqual(without_time(first), without_time(again))

    def test_a_refusal_is_remembered_too(self):
        person, key, slot = self.world.eligible(), new_key(), new_key("slot")
        person.book(WALK_IN, SITE, slot, ONE_DOSE, key=key).expect(404, "unknown-slot")
        self.operator.put_slot(SITE, slot).expect(200)
        person.book(WALK_IN, SITE, slot, ONE_DOSE, key=key).expect(404, "unknown-slot")
        person.book(WALK_IN, SITE, slot, ONE_DOSE).expect(201)

    def test_what_never_reached_the_log_is_not_remembered(self):
        person, key = self.world.eligible(), new_key()
        person.change("POST", "/v1/appointments", {}, key=key).expect(400)
        person.book(WALK_IN, SITE, self.world.slot(), ONE_DOSE, key=key).expect(201)

    def test_a_ticket_is_shown_as_it_is_now(self):
        queue = self.world.queue(rate_per_second=0)
        person, key = self.world.stranger(), new_key()
        first = person.take_ticket(queue, key=key).expect(201).json
        person.return_ticket(queue).expect(204)
        again = person.take_ticket(queue, key=key).expect(201).json
        self.assertEqual((first["ticket"], "returned"), (again["ticket"], again["state"]))

    def test_content_is_the_body_as_parsed(self):
        person, key, slot = self.world.eligible(), new_key(), self.world.slot()
        body = {"programme": WALK_IN, "site": SITE, "slot": slot, "product": ONE_DOSE}
        first = person.change("POST", "/v1/appointments", body, key=key).expect(201).json
        turned = json.dumps(dict(reversed(body.items())), indent=2).replace("-", "\\u002d").encode()
        again = person.change("POST", "/v1/appointments", turned, key=key).expect(201).json
        self.assertEqual(first["appointment"], again["appointment"])

    def test_a_key_belongs_to_its_person(self):
        key, slot = new_key(), self.world.slot()
        ids = {self.world.eligible().book(WALK_IN, SITE, slot, ONE_DOSE, key=key).expect(201)
               .json["appointment"] for _ in range(2)}
        self.assertEqual(2, len(ids))

    def test_several_devices_at_once(self):
        queue, person = self.world.queue(rate_per_second=0), self.world.stranger()
        tickets, threads = [], []
        for _ in range(8):
            threads.append(threading.Thread(
                target=lambda: tickets.append(person.take_ticket(queue).json["ticket"])))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([1] * 8, tickets)

    def test_a_drawn_key_is_named(self):
        queue = self.world.queue()
        answer = self.operator.patch_queue(queue, paused=False, key=None, prefer="respond-async")
        request = answer.expect(202).json["request"]
        self.assertEqual(f"/v1/requests/{request}", answer.headers["location"])


class Reused(ApiCase):
    """422 for every changing operation: a key that the same partition knows by another content."""

    def reuse(self, first, second, name):
        """`first` uses the key, `second` is the operation `name` with the same key."""
        with self.subTest(name):
            key = new_key()
            self.assertIn(first(key).status, (200, 201, 204, 403, 404, 409))
            second(key).expect(422, "idempotency-key-reused")

    def test_of_a_person(self):
        person, queue = self.world.eligible(), self.world.queue(rate_per_second=0)
        person.take_ticket(queue).expect(201)
        appointment = person.book(WALK_IN, SITE, self.world.slot(), ONE_DOSE).json["appointment"]
        person.cancel(appointment)
        hold = person.hold(WALK_IN, SITE, self.world.slot(), ONE_DOSE).expect(201).json["hold"]
        self.reuse(lambda k: person.take_ticket(queue, key=k),
                   lambda k: person.return_ticket(queue, key=k), "return_ticket")
        self.reuse(lambda k: person.return_ticket(queue, key=k),
                   lambda k: person.take_ticket(queue, key=k), "take_ticket")

        def book(key):
            return person.book(WALK_IN, SITE, "none", ONE_DOSE, key=key)
        for name, act in (
                ("take_hold", lambda k: person.hold(WALK_IN, SITE, "none", ONE_DOSE, key=k)),
                ("release_hold", lambda k: person.release_hold(hold, key=k)),
                ("book_appointment",
                 lambda k: person.book(WALK_IN, SITE, "other", ONE_DOSE, key=k)),
                ("reschedule", lambda k: person.reschedule(appointment, SITE, "none", key=k)),
                ("cancel", lambda k: person.cancel(appointment, key=k))):
            self.reuse(book, act, name)

    def test_of_an_operator(self):
        operator = self.operator
        programme, queue = self.world.open_line()
        site, slot = SITE, self.world.slot()
        person, appointment = self.world.booked()

        def on_queue(key):
            return operator.patch_queue(queue, message="first", key=key)

        def on_site(key):
            return operator.add_stock(site, ONE_DOSE, 1, key=key)

        def on_programme(key):
            return operator.patch_programme(programme, name="first", key=key)

        def on_person(key):
            return operator.book_for(person.name, WALK_IN, SITE, "none", ONE_DOSE, key=key)

        for name, first, second in (
                ("patch_queue", on_queue,
                 lambda k: operator.patch_queue(queue, paused=True, key=k)),
                ("put_queue", on_queue, lambda k: operator.put_queue(queue, programme, key=k)),
                ("draw", on_queue, lambda k: operator.draw(queue, "0" * 64, key=k)),
                ("patch_programme", on_programme,
                 lambda k: operator.patch_programme(programme, name="second", key=k)),
                ("put_programme", on_programme,
                 lambda k: operator.put_programme(programme, key=k)),
                ("put_site", on_site, lambda k: operator.put_site(site, key=k)),
                ("put_slot", on_site, lambda k: operator.put_slot(site, slot, key=k)),
                ("withdraw_slot", on_site, lambda k: operator.withdraw_slot(site, slot, key=k)),
                ("change_stock", on_site, lambda k: operator.add_stock(site, ONE_DOSE, 2, key=k)),
                ("book_for_person", on_person,
                 lambda k: operator.book_for(person.name, WALK_IN, SITE, "o", ONE_DOSE, key=k)),
                ("grant_eligibility", on_person,
                 lambda k: operator.grant(WALK_IN, [person.name], key=k)),
                ("revoke_eligibility", on_person,
                 lambda k: operator.revoke(WALK_IN, person.name, key=k)),
                ("reschedule_for_person", on_person,
                 lambda k: operator.reschedule(appointment, SITE, "none", key=k)),
                ("record_attendance", on_person,
                 lambda k: operator.attendance(appointment, True, key=k)),
                ("cancel_for_person", on_person, lambda k: operator.cancel(appointment, key=k))):
            self.reuse(first, second, name)

    def test_the_reason_is_part_of_the_content(self):
        key, slot = new_key(), self.world.slot()
        self.operator.withdraw_slot(SITE, slot, reason="one", key=key).expect(200)
        self.operator.withdraw_slot(SITE, slot, reason="one", key=key).expect(200)
        self.operator.withdraw_slot(SITE, slot, reason="two", key=key).expect(422)

    def test_a_reason_is_what_it_says_however_it_is_encoded(self):
        key, path = new_key(), f"/v1/operator/sites/{SITE}/slots/{self.world.slot()}"
        for reason, status in (("x", 200), ("%78", 200), ("y", 422)):
            with self.subTest(reason):
                self.operator.request("DELETE", path, key=key,
                                      headers={"Jari-Reason": reason}).expect(status)


class Waiting(ApiCase):
    """Prefer, 202 and what becomes of the request."""

    def test_respond_async_of_every_change(self):
        token = self.service.token("fuzz", "person operator")
        for sample in samples(lambda s: s.takes("Prefer")):
            with self.subTest(sample.name):
                key = new_key()
                answer = sample.send(self.world.everybody, self.service, token=token, key=key,
                                     prefer="respond-async")
                self.assertEqual({"request": key, "state": "pending"},
                                 {k: v for k, v in answer.expect(202).json.items()
                                  if k != "missing"})
                self.assertEqual(f"/v1/requests/{key}", answer.headers["location"])
                self.assertTrue(answer.position)

    def test_the_position_of_what_was_accepted_shows_it(self):
        person, key, slot = self.world.eligible(), new_key(), self.world.slot()
        accepted = person.book(WALK_IN, SITE, slot, ONE_DOSE, key=key, prefer="respond-async")
        person.request("GET", f"/v1/requests/{key}",
                       position=accepted.expect(202).position).expect(200)

    def decided(self, person, key):
        return until(lambda: person.asked(key),
                     lambda a: a.status == 200 and a.json["state"] != "pending").json

    def test_what_was_accepted_is_decided_even_if_nobody_asks(self):
        person, key, slot = self.world.eligible(), new_key(), self.world.slot()
        person.asked(key).expect(404, "not-found")
        person.book(WALK_IN, SITE, slot, ONE_DOSE, key=key, prefer="respond-async").expect(202)
        done = self.decided(person, key)
        self.assertEqual(("done", 201, slot), (done["state"], done["status"],
                                               done["result"]["slot"]))
        again = person.book(WALK_IN, SITE, slot, ONE_DOSE, key=key).expect(201).json
        self.assertEqual(done["result"]["appointment"], again["appointment"])

    def test_a_refusal_of_what_was_accepted(self):
        person, key = self.world.eligible(), new_key()
        person.book(WALK_IN, SITE, "none", ONE_DOSE, key=key, prefer="respond-async").expect(202)
        refused = self.decided(person, key)
        self.assertEqual(("refused", 404, "unknown-slot"),
                         (refused["state"], refused["status"], refused["problem"]["code"]))

    def test_nobody_else_sees_it(self):
        person, key = self.world.eligible(), new_key()
        person.book(WALK_IN, SITE, "none", ONE_DOSE, key=key).expect(404)
        self.world.stranger().asked(key).expect(404, "not-found")

    def test_operators_ask_too(self):
        key = new_key()
        queue = self.world.queue()
        self.operator.patch_queue(queue, message="x", key=key).expect(200)
        self.assertEqual(200, self.decided(self.operator_as_person(), key)["status"])

    def operator_as_person(self):
        person = self.service.person("unused")
        person.token = self.operator.token
        return person

    def test_both_preferences_wait(self):
        person = self.world.eligible()
        answer = person.book(WALK_IN, SITE, self.world.slot(), ONE_DOSE,
                             prefer="respond-async, wait=10")
        answer.expect(201)

    def test_what_is_not_known_is_left_aside_and_quotes_are_taken(self):
        for prefer, status in (("handling=lenient", 201), ('wait="5"', 201),
                               ('x="a, wait=99"', 201), ('respond-async; a=b, foo', 202),
                               ('wait="0", wait=5', 202)):
            with self.subTest(prefer):
                person, slot = self.world.eligible(), self.world.slot()
                person.book(WALK_IN, SITE, slot, ONE_DOSE, prefer=prefer).expect(status)

    def test_a_wait_out_of_range(self):
        for prefer in ("wait=31", "wait=-1", "wait=x", 'wait="x"', "wait"):
            with self.subTest(prefer):
                answer = self.world.stranger().take_ticket("flu-2026", prefer=prefer)
                self.assertEqual("Prefer", answer.expect(400, "invalid-request").json["field"])

    def test_no_more_than_the_wait(self):
        sample = Sample("put_slot")
        answer = sample.send(self.operator, self.service, prefer="wait=0",
                             body={**sample.body, "starts_at": in_seconds(90000)})
        self.assertIn(answer.status, (200, 202, 409))


def without_time(document):
    return {name: value for name, value in document.items() if name != "as_of"}
