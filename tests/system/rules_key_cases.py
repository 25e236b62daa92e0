"""The rules of the keys of requests: the same key, the same answer, one effect."""

from last_places_test import at_once
from jari_service import two_doses
from rules_story import Story, new_key, poll, timeless

AT_THE_SAME_TIME = 10


class Keys(Story):
    """The same key has the same answer, whatever happened in between."""

    def test_a_booking_is_answered_as_it_was_decided(self):
        site = self.site(am=5, pm=5)
        person, key = self.eligible("p"), new_key()
        first = self.booked(person, site, "am", key=key)
        person.reschedule(first["appointment"], site, "pm").expect(200)
        person.cancel(first["appointment"]).expect(200)
        again = self.booked(person, site, "am", key=key)
        self.assertEqual(timeless(again), timeless(first))
        self.assertEqual(person.appointment(first["appointment"]).json["state"], "cancelled")

    def test_a_refusal_stays_one(self):
        site = self.site(full=0)
        person, key = self.eligible("p"), new_key()
        self.book(person, site, "full", key=key).expect(409, "slot-full")
        self.slot(site, "full", starts_at=self.slot_shown(site, "full")["starts_at"], capacity=5)
        self.book(person, site, "full", key=key).expect(409, "slot-full")
        self.booked(person, site, "full")

    def test_another_content_is_refused(self):
        site = self.site(am=5, pm=5)
        person, key = self.eligible("p"), new_key()
        self.booked(person, site, "am", key=key)
        self.book(person, site, "pm", key=key).expect(422, "idempotency-key-reused")

    def test_the_order_of_the_fields_is_no_content(self):
        site = self.site(am=5)
        person, key = self.eligible("p"), new_key()
        first = self.booked(person, site, "am", key=key)
        body = {"slot": "am", "product": "vaccine-a", "site": site, "programme": self.programme}
        again = person.change("POST", "/v1/appointments", body, key=key).expect(201).json
        self.assertEqual(again["appointment"], first["appointment"])

    def test_a_key_belongs_to_its_person(self):
        site = self.site(am=5)
        key = new_key()
        first = self.booked(self.eligible("p"), site, "am", key=key)
        second = self.booked(self.eligible("q"), site, "am", key=key)
        self.assertNotEqual(first["appointment"], second["appointment"])

    def test_people_need_one(self):
        site = self.site(am=5)
        self.book(self.eligible("p"), site, "am", key=None).expect(
            400, "idempotency-key-required")

    def test_what_became_of_a_request(self):
        site = self.site(am=5, full=0)
        person, other, done, refused = self.eligible("p"), self.eligible("q"), new_key(), new_key()
        self.book(person, site, "full", key=refused).expect(409, "slot-full")
        booked = self.booked(person, site, "am", key=done)
        found = person.asked(done).expect(200).json
        self.assertEqual((found["state"], found["status"], found["result"]["appointment"]),
                         ("done", 201, booked["appointment"]))
        found = person.asked(refused).expect(200).json
        self.assertEqual((found["state"], found["status"], found["problem"]["code"]),
                         ("refused", 409, "slot-full"))
        for key in (done, refused):
            self.assertEqual(other.asked(key).status, 404)

    def test_what_was_answered_202_is_decided(self):
        site = self.site(am=5)
        person, key = self.eligible("p"), new_key()
        pending = self.book(person, site, "am", key=key, prefer="respond-async").expect(202)
        self.assertEqual((pending.json["request"], pending.json["state"]), (key, "pending"))
        self.assertEqual(pending.headers["location"], f"/v1/requests/{key}")
        self.assertIn("retry-after", pending.headers)
        found = poll("the decision", lambda: (
            shown := person.asked(key).expect(200).json)["state"] != "pending" and shown)
        booked = self.booked(person, site, "am", key=key)
        self.assertEqual(found["result"]["appointment"], booked["appointment"])

    def test_the_same_key_at_the_same_time_has_one_effect(self):
        site = self.site(am=50)
        person, key = self.eligible("p"), new_key()
        answers = at_once([lambda: self.book(person, site, "am", key=key, prefer="wait=30")]
                          * AT_THE_SAME_TIME)
        self.assertEqual({a.status for a in answers}, {201})
        self.assertEqual(len({a.json["appointment"] for a in answers}), 1)
        self.assert_slot(site, "am", booked=1, held=0, available=49)

    def test_requests_of_one_person_are_judged_one_after_the_other(self):
        self.configure(products=[two_doses("vaccine-a", 0)])
        site = self.site(am=50)
        person = self.eligible("p")
        answers = at_once([lambda: self.book(person, site, "am", prefer="wait=30")]
                          * AT_THE_SAME_TIME)
        self.assertEqual(sorted((a.status, a.code) for a in answers),
                         [(201, "")] + [(409, "already-booked")] * (AT_THE_SAME_TIME - 1))
        self.assert_slot(site, "am", booked=1, held=0, available=49)

    def test_a_position_makes_what_was_written_visible(self):
        site = self.site(am=50)
        for number in range(5):
            answer = self.book(self.eligible(f"p{number}"), site, "am").expect(201)
            shown = self.operator.read(f"/v1/sites/{site}/slots", position=answer.position)
            self.assertEqual(shown.expect(200).json["slots"][0]["booked"], number + 1)
        self.operator.read(f"/v1/sites/{site}/slots", position="no-position").expect(
            400, "invalid-request")


__all__ = ["Keys"]
