"""Queue jumping: each way that was tried on real booking sites, and what it gets here.

Every attempt has its own code and changes nothing: slots, stock, the line and what the person has
stay as they were. What a partition refuses stands in the log as an outcome, with its code; what
the door refuses is counted in /metrics by code and is not in the log.

Errors:  AssertionError with the request and its answer.
Threads: one; the several devices of one person are threads of their own.
"""

import base64
import json
import unittest

from jari_service import (Service, everybody, in_seconds, main, new_key, seconds_of, sign_token,
                          two_doses)
from last_places_test import at_once
from log_checks import counted, exported, log_proves, outcomes_of, poll

HOURS = 3600
QUEUE, PROGRAMME, SITE, SLOT, PRODUCT = "line", "jump", "site-1", "am", "vaccine-a"
NOT_YET_QUEUE, NOT_YET = "line-tomorrow", "jump-tomorrow"
WRONG_CLOCKS = ["Thu, 01 Jan 1970 00:00:00 GMT", "Tue, 19 Jan 2038 03:14:07 GMT"]
DEVICES = 20
BOOKING = {"programme": PROGRAMME, "site": SITE, "slot": SLOT, "product": PRODUCT}


class Attempt:
    """The `with` block around one attempt: nothing that it could have changed has changed."""

    def __init__(self, story, *people, queue=QUEUE):
        self.story, self.people, self.queue = story, people, queue

    def __enter__(self):
        self.before = self.look()
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.story.assertEqual(self.before, self.look())

    def look(self):
        operator = self.story.operator
        paths = [f"/v1/sites/{SITE}/slots", f"/v1/queues/{self.queue}"]
        paths += [f"/v1/operator/people/{person}" for person in self.people]
        return [timeless(operator.request("GET", path).expect(200).json) for path in paths]


def timeless(document):
    """The document without what moves by itself."""
    if isinstance(document, dict):
        moving = ("as_of", "poll_after_seconds", "wait_seconds", "admission_token", "now_serving")
        return {k: timeless(v) for k, v in document.items() if k not in moving}
    return [timeless(row) for row in document] if isinstance(document, list) else document


class QueueJumping(unittest.TestCase):
    """One service, one open queue whose admissions are paused unless a story resumes them."""

    @classmethod
    def setUpClass(cls):
        cls.service = Service().start()
        cls.operator = operator = cls.service.operator()
        operator.put_site(SITE).expect(200)
        operator.put_slot(SITE, SLOT, capacity=100).expect(200)
        operator.add_stock(SITE, PRODUCT, 100).expect(200)
        operator.put_queue(QUEUE, PROGRAMME, paused=True).expect(200)
        operator.put_programme(PROGRAMME, queue=QUEUE, products=[two_doses(PRODUCT, 0)]).expect(200)
        operator.put_queue(NOT_YET_QUEUE, NOT_YET, opens_at=in_seconds(5 * HOURS)).expect(200)
        operator.put_programme(NOT_YET, queue=NOT_YET_QUEUE,
                               cohorts=[everybody(opens_in=5 * HOURS)]).expect(200)

    @classmethod
    def tearDownClass(cls):
        try:
            log_proves(cls.service)
        except BaseException:
            cls.service.close(keep=True)
            raise
        cls.service.close()

    def eligible(self, name):
        """A person who may book, once admitted."""
        self.operator.grant(PROGRAMME, [name]).expect(200)
        self.operator.grant(NOT_YET, [name]).expect(200)
        return self.service.person(name)

    def admitted(self, name, **queue):
        person = self.eligible(name)
        person.take_ticket(QUEUE).expect(201)
        self.operator.patch_queue(QUEUE, paused=False, **queue).expect(200)
        person.wait_admitted(QUEUE)
        self.operator.patch_queue(QUEUE, paused=True, session_seconds=600).expect(200)
        return person

    def refused_by_partition(self, key, code, asked="BookingRequested"):
        """The log has this decision on the key, and no other."""
        bodies = poll(f"an outcome of {key}", lambda: outcomes_of(self.service, key))
        self.assertEqual([(b["asked"], b["decision"], b.get("code")) for b in bodies],
                         [(asked, "refused", code)], bodies)

    def refused_by_door(self, status, code, ask):
        """`ask` is refused by the door: counted by its code, and not in the log."""
        key = new_key("door")
        before = counted(self.service, code=code)
        requests = counted(self.service, "jari_http_requests_total", status=str(status))
        answer = ask(key).expect(status, code)
        self.assertEqual(counted(self.service, code=code), before + 1, f"{code} in /metrics")
        self.assertEqual(counted(self.service, "jari_http_requests_total", status=str(status)),
                         requests + 1, f"{status} in /metrics")
        self.assertEqual([row for row in exported(self.service) if row.get("request") == key
                          or row["body"].get("request") == key], [])
        return answer

    # By the booking page's address

    def test_booking_without_a_ticket(self):
        person = self.eligible("no-ticket")
        for ask in (person.book, person.hold):
            with Attempt(self, "no-ticket"):
                key = new_key("jump")
                ask(PROGRAMME, SITE, SLOT, PRODUCT, key=key).expect(403, "not-admitted")
            asked = "BookingRequested" if ask == person.book else "HoldRequested"
            self.refused_by_partition(key, "not-admitted", asked)

    def test_booking_with_a_ticket_that_still_waits(self):
        person = self.eligible("waiting")
        person.take_ticket(QUEUE).expect(201)
        with Attempt(self, "waiting"):
            key = new_key("jump")
            person.book(PROGRAMME, SITE, SLOT, PRODUCT, key=key).expect(403, "not-admitted")
        self.refused_by_partition(key, "not-admitted")
        self.assertEqual(person.my_ticket(QUEUE).expect(200).json["state"], "waiting")

    def test_booking_with_an_admission_that_ran_out(self):
        person = self.admitted("too-late", session_seconds=1)
        poll("the session's end",
             lambda: person.my_ticket(QUEUE).expect(200).json["state"] == "ended")
        with Attempt(self, "too-late"):
            key = new_key("jump")
            person.book(PROGRAMME, SITE, SLOT, PRODUCT, key=key).expect(403, "not-admitted")
        self.refused_by_partition(key, "not-admitted")

    def test_booking_with_a_ticket_given_back(self):
        person = self.admitted("gave-back")
        person.return_ticket(QUEUE).expect(204)
        with Attempt(self, "gave-back"):
            person.book(PROGRAMME, SITE, SLOT, PRODUCT).expect(403, "not-admitted")

    # With what belongs to somebody else

    def test_another_person_s_ticket_in_the_request(self):
        inside, thief = self.admitted("inside-1"), self.eligible("thief-1")
        ticket = inside.my_ticket(QUEUE).expect(200).json
        for field, value in (("person", "inside-1"), ("ticket", ticket["ticket"]),
                             ("admission_token", ticket.get("admission_token", "x"))):
            with Attempt(self, "inside-1", "thief-1"):
                answer = self.refused_by_door(400, "invalid-request", lambda key: thief.change(
                    "POST", "/v1/appointments", {**BOOKING, field: value}, key=key))
                self.assertEqual(answer.json["field"], field)
        with Attempt(self, "inside-1", "thief-1"):
            thief.book(PROGRAMME, SITE, SLOT, PRODUCT,
                       headers={"Jari-Ticket": str(ticket["ticket"])}).expect(403, "not-admitted")

    def test_another_person_s_name_in_one_s_own_token(self):
        self.admitted("inside-2")
        thief = self.eligible("thief-2")
        head, body, mac = self.service.token("thief-2", "person").split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        claims["sub"] = "inside-2"
        forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        unsigned = sign_token(b"", claims, {"alg": "none", "typ": "JWT"})
        other_key = sign_token(b"x" * 32, claims)
        for token in (f"{head}.{forged}.{mac}", unsigned, unsigned.rsplit(".", 1)[0] + ".",
                      other_key):
            with Attempt(self, "inside-2", "thief-2"):
                answer = self.refused_by_door(401, "token-invalid", lambda key: thief.book(
                    PROGRAMME, SITE, SLOT, PRODUCT, key=key, token=token))
                self.assertNotIn(token, answer.body.decode())

    def test_another_person_s_admission_token_as_one_s_own(self):
        inside = self.admitted("inside-3")
        token = inside.my_ticket(QUEUE).expect(200).json.get("admission_token")
        self.assertTrue(token, "an admitted ticket carries an admission token")
        with Attempt(self, "inside-3"):
            self.refused_by_door(401, "token-invalid", lambda key: inside.book(
                PROGRAMME, SITE, SLOT, PRODUCT, key=key, token=token))

    def test_another_person_s_hold_and_appointment(self):
        inside, thief = self.admitted("inside-4"), self.admitted("thief-4")
        hold = inside.hold(PROGRAMME, SITE, SLOT, PRODUCT).expect(201).json["hold"]
        with Attempt(self, "inside-4", "thief-4"):
            thief.book_hold(hold).expect(404, "unknown-hold")
            thief.release_hold(hold).expect(404, "unknown-hold")
        appointment = inside.book_hold(hold).expect(201).json["appointment"]
        with Attempt(self, "inside-4", "thief-4"):
            thief.appointment(appointment).expect(404, "unknown-appointment")
            thief.cancel(appointment).expect(404, "unknown-appointment")
            thief.reschedule(appointment, SITE, SLOT).expect(404, "unknown-appointment")

    def test_no_token_and_a_token_that_ran_out(self):
        person = self.admitted("expired")
        old = self.service.token("expired", "person", ttl_seconds=-120)
        endless = self.service.token("expired", "person", exp=None)
        for token, code in ((None, "token-required"), (old, "token-invalid"),
                            (endless, "token-invalid")):
            with Attempt(self, "expired"):
                self.refused_by_door(401, code, lambda key: person.book(
                    PROGRAMME, SITE, SLOT, PRODUCT, key=key, token=token))

    def test_the_operators_door(self):
        person = self.eligible("would-be-operator")
        body = {**BOOKING, "person": "would-be-operator", "reason": "let me in"}
        for path in ("/v1/operator/appointments", "/v1/operator/eligibility"):
            with Attempt(self, "would-be-operator"):
                self.refused_by_door(403, "scope-required", lambda key: person.change(
                    "POST", path, body, key=key))

    # The same person, several times

    def test_several_devices_get_the_same_ticket(self):
        person = self.eligible("devices")
        before = self.operator.request("GET", f"/v1/queues/{QUEUE}").expect(200).json
        answers = at_once([lambda: person.take_ticket(QUEUE, prefer="wait=30")] * DEVICES)
        self.assertEqual(sorted(a.status for a in answers), [200] * (DEVICES - 1) + [201])
        self.assertEqual(len({a.json["ticket"] for a in answers}), 1)
        after = self.operator.request("GET", f"/v1/queues/{QUEUE}",
                                      position=answers[-1].position).expect(200).json
        self.assertEqual(after["last_ticket"], before["last_ticket"] + 1)
        self.assertEqual(after["waiting"], before["waiting"] + 1)

    def test_several_devices_make_one_appointment(self):
        person = self.admitted("devices-inside")
        answers = at_once([lambda: person.book(PROGRAMME, SITE, SLOT, PRODUCT,
                                               prefer="wait=30")] * DEVICES)
        self.assertEqual(sorted((a.status, a.code) for a in answers),
                         [(201, "")] + [(409, "already-booked")] * (DEVICES - 1))
        listed = person.my_appointments().expect(200).json["appointments"]
        self.assertEqual([a["state"] for a in listed], ["booked"])

    # Clocks

    def test_a_client_s_clock_changes_nothing(self):
        person = self.eligible("clock")
        for clock in WRONG_CLOCKS:
            with Attempt(self, "clock", queue=NOT_YET_QUEUE):
                person.take_ticket(NOT_YET_QUEUE, headers={"Date": clock}).expect(
                    409, "queue-not-open")
                person.book(NOT_YET, SITE, SLOT, PRODUCT, headers={"Date": clock}).expect(
                    403, "cohort-not-open")
                person.book(PROGRAMME, SITE, SLOT, PRODUCT, headers={"Date": clock}).expect(
                    403, "not-admitted")
            with Attempt(self, "clock"):
                answer = self.refused_by_door(400, "invalid-request", lambda key: person.change(
                    "POST", "/v1/appointments", {**BOOKING, "at": in_seconds(5 * HOURS)}, key=key))
                self.assertEqual(answer.json["field"], "at")

    def test_requests_hours_before_the_opening(self):
        person = self.eligible("early")
        with Attempt(self, "early", queue=NOT_YET_QUEUE):
            key = new_key("jump")
            answer = person.take_ticket(NOT_YET_QUEUE, key=key).expect(409, "queue-not-open")
        self.assertGreater(seconds_of(answer.json["opens_at"]), seconds_of(in_seconds(4 * HOURS)))
        self.refused_by_partition(key, "queue-not-open", "TicketRequested")
        with Attempt(self, "early", queue=NOT_YET_QUEUE):
            key = new_key("jump")
            answer = person.book(NOT_YET, SITE, SLOT, PRODUCT, key=key)
            answer.expect(403, "cohort-not-open")
        self.assertGreater(seconds_of(answer.json["opens_at"]), seconds_of(in_seconds(4 * HOURS)))
        self.refused_by_partition(key, "cohort-not-open")

    # A request id used again

    def test_a_request_id_with_another_body(self):
        person, key = self.admitted("replay"), new_key("jump")
        first = person.book(PROGRAMME, SITE, SLOT, PRODUCT, key=key).expect(201)
        with Attempt(self, "replay"):
            before = counted(self.service, code="idempotency-key-reused")
            person.book(PROGRAMME, SITE, "pm", PRODUCT, key=key).expect(
                422, "idempotency-key-reused")
            person.hold(PROGRAMME, SITE, SLOT, PRODUCT, key=key).expect(
                422, "idempotency-key-reused")
            self.assertEqual(counted(self.service, code="idempotency-key-reused"), before + 2)
            again = person.book(PROGRAMME, SITE, SLOT, PRODUCT, key=key).expect(201)
        self.assertEqual(timeless(first.json), timeless(again.json))
        bodies = poll("the outcome", lambda: outcomes_of(self.service, key))
        self.assertEqual([b["decision"] for b in bodies], ["granted"])
        asked = [row for row in exported(self.service, "bookings") if row.get("request") == key
                 and row["type"] in ("BookingRequested", "HoldRequested")]
        self.assertEqual(len(asked), 1, asked)

    def test_a_refused_request_id_stays_refused_when_admitted(self):
        person, key = self.eligible("stubborn"), new_key("jump")
        person.book(PROGRAMME, SITE, SLOT, PRODUCT, key=key).expect(403, "not-admitted")
        person = self.admitted("stubborn")
        with Attempt(self, "stubborn"):
            person.book(PROGRAMME, SITE, SLOT, PRODUCT, key=key).expect(403, "not-admitted")
        person.book(PROGRAMME, SITE, SLOT, PRODUCT).expect(201)


if __name__ == "__main__":
    main()
