"""Booking, holding, moving and cancelling: every refusal of the rules and what is granted."""

from api_world import (BARE_SITE, GATE, GATED, NOWHERE, ONE_DOSE, SITE, TWO_DOSES, WALK_IN,
                       ApiCase, days_ago)
from jari_service import everybody, in_seconds, new_key, seconds_of


class Refusals:
    """Whatever asks for a place and a dose is refused alike. The classes below give `act`."""

    granted = 201

    def refuse(self, status, code, person=None, programme=WALK_IN, site=SITE, slot=None,
               product=ONE_DOSE):
        person = person or self.world.eligible(programme)
        answer = self.act(person, programme, site, slot or self.world.slot(), product)
        return answer.expect(status, code).json

    def test_granted(self):
        person = self.world.eligible()
        answer = self.act(person, WALK_IN, SITE, self.world.slot(), ONE_DOSE)
        answer.expect(self.granted)

    def test_unknown_things(self):
        person = self.world.eligible()
        self.refuse(404, "unknown-programme", person, programme="none")
        self.refuse(404, "unknown-product", person, product="none")
        self.refuse(404, "unknown-site", person, site="none")
        self.refuse(404, "unknown-slot", person, slot="none")

    def test_not_eligible(self):
        self.refuse(403, "not-eligible", self.world.stranger())

    def test_not_eligible_for_a_dose_beyond_the_last(self):
        person = self.world.eligible(doses_done=1, last_dose_on=days_ago(30), last_product=ONE_DOSE)
        self.refuse(403, "not-eligible", person)

    def test_another_product_after_the_first_dose(self):
        person = self.world.eligible(doses_done=1, last_dose_on=days_ago(30), last_product=ONE_DOSE)
        problem = self.refuse(403, "not-eligible", person, product=TWO_DOSES)
        self.assertEqual("product", problem["field"])

    def test_already_booked(self):
        person, _ = self.world.booked()
        self.refuse(409, "already-booked", person)

    def test_cohort_not_open_says_when(self):
        problem = self.refuse(403, "cohort-not-open", self.world.eligible(cohort="later"))
        self.assertLess(abs(seconds_of(problem["opens_at"]) - seconds_of(in_seconds(86400))), 600)
        problem = self.refuse(403, "cohort-not-open", self.world.eligible(cohort="no-window"))
        self.assertNotIn("opens_at", problem)

    def test_slots_that_cannot_be_had(self):
        self.refuse(409, "slot-withdrawn", slot=self.world.withdrawn_slot())
        self.refuse(409, "slot-started", slot=self.world.started_slot())
        self.refuse(409, "slot-full", slot=self.world.slot(capacity=0))
        self.refuse(409, "out-of-stock", product=NOWHERE)
        self.refuse(409, "out-of-stock", site=BARE_SITE, slot=self.world.slot(BARE_SITE))

    def test_the_interval_between_doses(self):
        early = self.refuse(403, "too-early-for-next-dose", self.world.after_first_dose(1),
                            product=TWO_DOSES)
        self.assertEqual(days_ago(1 - 21), early["not_before"])
        late = self.refuse(403, "too-late-for-next-dose", self.world.after_first_dose(60),
                           product=TWO_DOSES)
        self.assertEqual(days_ago(60 - 42), late["not_after"])
        person = self.world.after_first_dose(30)
        answer = self.act(person, WALK_IN, SITE, self.world.slot(), TWO_DOSES)
        answer.expect(self.granted)

    def test_the_order_at_the_site(self):
        later = self.world.eligible(cohort="later")
        self.refuse(404, "unknown-product", later, product="none")
        self.refuse(403, "cohort-not-open", later, site="none")
        full = self.world.slot(capacity=0, starts_at=in_seconds(-60))
        self.refuse(409, "slot-started", slot=full, product=NOWHERE)
        self.refuse(409, "slot-full", slot=self.world.slot(capacity=0), product=NOWHERE)


class NeedsAdmission:
    """What a person asks for needs a live admission where the programme names a queue."""

    def test_not_admitted_without_a_ticket(self):
        self.refuse(403, "not-admitted", programme=GATED)

    def test_not_admitted_while_waiting(self):
        programme, queue = self.world.open_line(rate_per_second=0)
        person = self.world.eligible(programme)
        person.take_ticket(queue).expect(201)
        self.refuse(403, "not-admitted", person, programme=programme)

    def test_not_admitted_when_the_session_was_given_back(self):
        person = self.world.eligible(GATED)
        person.take_ticket(GATE)
        person.wait_admitted(GATE)
        person.return_ticket(GATE).expect(204)
        self.refuse(403, "not-admitted", person, programme=GATED)

    def test_admitted(self):
        person = self.world.eligible(GATED)
        person.take_ticket(GATE)
        self.assertIn("admitted_until", person.wait_admitted(GATE).json)
        self.act(person, GATED, SITE, self.world.slot(), ONE_DOSE).expect(self.granted)


class Bookings(Refusals, NeedsAdmission, ApiCase):

    @staticmethod
    def act(person, *what):
        return person.book(*what)

    def test_what_is_answered_is_shown(self):
        person, appointment = self.world.booked()
        shown = person.appointment(appointment).expect(200).json
        self.assertEqual(("booked", 1, person.name),
                         (shown["state"], shown["dose"], shown["person"]))
        mine = person.my_appointments().expect(200).json["appointments"]
        self.assertEqual([appointment], [row["appointment"] for row in mine])

    def test_somebody_elses_is_unknown(self):
        _, appointment = self.world.booked()
        stranger = self.world.stranger()
        stranger.appointment(appointment).expect(404, "unknown-appointment")
        stranger.cancel(appointment).expect(404, "unknown-appointment")
        stranger.appointment("none").expect(404, "unknown-appointment")

    def test_cancel_and_again(self):
        person, appointment = self.world.booked()
        first = person.cancel(appointment).expect(200).json
        again = person.cancel(appointment).expect(200).json
        self.assertEqual(("cancelled", "person"), (first["state"], first["cancelled_by"]))
        self.assertEqual(first["version"], again["version"])
        person.cancel("none").expect(404, "unknown-appointment")

    def test_cancel_when_the_slot_has_started(self):
        person, appointment = self.world.began()
        person.cancel(appointment).expect(409, "appointment-not-active")

    def test_newest_first_in_all_states(self):
        person, first = self.world.booked()
        person.cancel(first)
        second = person.book(WALK_IN, SITE, self.world.slot(), ONE_DOSE).json["appointment"]
        rows = person.my_appointments().json["appointments"]
        self.assertEqual([second, first], [row["appointment"] for row in rows])


class Holds(Refusals, NeedsAdmission, ApiCase):

    @staticmethod
    def act(person, *what):
        return person.hold(*what)

    def held(self):
        person, slot = self.world.eligible(), self.world.slot(capacity=1)
        hold = person.hold(WALK_IN, SITE, slot, ONE_DOSE).expect(201).json
        return person, slot, hold["hold"]

    def test_a_hold_keeps_the_place_for_its_person(self):
        person, slot, hold = self.held()
        self.refuse(409, "slot-full", slot=slot)
        booked = person.book_hold(hold).expect(201).json
        self.assertEqual(slot, booked["slot"])
        self.assertEqual([], person.my_holds().expect(200).json["holds"])
        person.book_hold(hold).expect(409, "already-booked")

    def test_a_booking_of_the_slot_uses_ones_own_hold(self):
        person, slot, _ = self.held()
        person.book(WALK_IN, SITE, slot, ONE_DOSE).expect(201)

    def test_a_hold_given_back_is_over(self):
        person, slot, hold = self.held()
        self.assertEqual([hold], [row["hold"] for row in person.my_holds().json["holds"]])
        person.release_hold(hold).expect(204)
        person.release_hold(hold).expect(204)
        person.book_hold(hold).expect(409, "hold-expired")
        self.act(self.world.eligible(), WALK_IN, SITE, slot, ONE_DOSE).expect(201)

    def test_a_new_hold_replaces_the_old_one(self):
        person, slot, hold = self.held()
        person.hold(WALK_IN, SITE, self.world.slot(), ONE_DOSE).expect(201)
        person.book_hold(hold).expect(409, "hold-expired")
        self.act(self.world.eligible(), WALK_IN, SITE, slot, ONE_DOSE).expect(201)

    def test_somebody_elses_hold(self):
        _, _, hold = self.held()
        other = self.world.eligible()
        other.book_hold(hold).expect(404, "unknown-hold")
        other.release_hold(hold).expect(404, "unknown-hold")
        other.book_hold("none").expect(404, "unknown-hold")
        body = {"hold": hold, "site": SITE}
        other.change("POST", "/v1/appointments", body).expect(400, "invalid-request")

    def test_a_hold_in_a_slot_that_was_withdrawn(self):
        person, slot, hold = self.held()
        self.operator.withdraw_slot(SITE, slot).expect(200)
        answer = person.book_hold(hold).expect(409)
        self.assertIn(answer.code, ("hold-expired", "slot-withdrawn"))

    def test_a_programme_without_holds(self):
        programme = new_key("programme")
        self.operator.put_programme(programme, hold_seconds=0).expect(200)
        person = self.world.eligible(programme)
        what = (programme, SITE, self.world.slot(), ONE_DOSE)
        person.hold(*what).expect(409, "hold-expired")
        person.book(*what).expect(201)

    def test_a_hold_ends_with_the_session(self):
        programme, queue = self.world.open_line(session_seconds=60)
        person = self.world.eligible(programme)
        person.take_ticket(queue)
        until = person.wait_admitted(queue).json["admitted_until"]
        hold = person.hold(programme, SITE, self.world.slot(), ONE_DOSE).expect(201).json
        self.assertLessEqual(seconds_of(hold["until"]), seconds_of(until) + 0.001)


class CallCentre(Refusals, ApiCase):

    def act(self, person, *what):
        return self.operator.book_for(person.name, *what)

    def test_no_admission_is_needed(self):
        person = self.world.eligible(GATED)
        self.act(person, GATED, SITE, self.world.slot(), ONE_DOSE).expect(201)

    def test_what_may_be_overridden(self):
        later, early = self.world.eligible(cohort="later"), self.world.after_first_dose(1)
        late = self.world.after_first_dose(60)
        for person, slot, product, code in (
                (later, self.world.slot(), ONE_DOSE, "cohort-not-open"),
                (early, self.world.slot(), TWO_DOSES, "too-early-for-next-dose"),
                (late, self.world.slot(), TWO_DOSES, "too-late-for-next-dose"),
                (self.world.eligible(), self.world.started_slot(), ONE_DOSE, "slot-started")):
            with self.subTest(code):
                what = (person.name, WALK_IN, SITE, slot, product)
                self.operator.book_for(*what).expect(409 if "slot" in code else 403, code)
                self.operator.book_for(*what, override=[code]).expect(201)
        person = self.world.eligible()
        self.operator.book_for(person.name, WALK_IN, SITE, self.world.slot(), ONE_DOSE,
                               override=["slot-full"]).expect(400, "invalid-request")

    def test_with_a_hold(self):
        person = self.world.eligible()
        hold = person.hold(WALK_IN, SITE, self.world.slot(), ONE_DOSE).json["hold"]
        path, who = "/v1/operator/appointments", {"person": person.name, "reason": "called"}
        self.operator.change("POST", path, {"hold": "none", **who}).expect(404, "unknown-hold")
        person.release_hold(hold).expect(204)
        self.operator.change("POST", path, {"hold": hold, **who}).expect(409, "hold-expired")

    def test_who_loses_an_appointment_may_book_again(self):
        person = self.world.eligible(GATED)
        slot = self.world.slot()
        booked = self.act(person, GATED, SITE, slot, ONE_DOSE).json["appointment"]
        lost = self.operator.cancel(booked).expect(200).json
        self.assertEqual(("cancelled", "operator"), (lost["state"], lost["cancelled_by"]))
        self.assertIn("rebook_until", lost)
        rows = person.my_eligibility().expect(200).json["eligibility"]
        self.assertEqual([lost["rebook_until"]], [row["rebook_until"] for row in rows])
        person.book(GATED, SITE, slot, ONE_DOSE).expect(201)
        self.operator.cancel("none").expect(404, "unknown-appointment")

    def test_cancel_when_the_slot_has_started(self):
        _, appointment = self.world.began()
        self.operator.cancel(appointment).expect(409, "appointment-not-active")


class Moves:
    """Rescheduling, by whoever asks. `move(person, appointment, site, slot, product)`."""

    def refuse(self, status, code, slot=None, site=SITE, appointment=None, product=None):
        if appointment is None:
            person, appointment = self.world.booked()
        else:
            person, appointment = appointment
        before = self.operator.read(f"/v1/operator/appointments/{appointment}")
        answer = self.move(person, appointment, site, slot or self.world.slot(), product)
        answer.expect(status, code)
        if before.status == 200:
            after = self.operator.read(f"/v1/operator/appointments/{appointment}").json
            self.assertEqual(without_time(before.json), without_time(after))
        return answer.json

    def test_moved(self):
        old = self.world.slot()
        person, appointment = self.world.booked(slot=old)
        slot = self.world.slot()
        moved = self.move(person, appointment, SITE, slot).expect(200).json
        self.assertEqual((appointment, slot, 2),
                         (moved["appointment"], moved["slot"], moved["version"]))
        again = self.move(person, appointment, SITE, slot).expect(200).json
        self.assertEqual(2, again["version"])
        for name, booked in ((old, 0), (slot, 1)):
            shown = self.operator.read(f"/v1/operator/sites/{SITE}/slots/{name}").json
            self.assertEqual(booked, shown["booked"])

    def test_refused_as_at_the_site(self):
        self.refuse(404, "unknown-site", site="none")
        self.refuse(404, "unknown-slot", slot="none")
        self.refuse(409, "slot-withdrawn", slot=self.world.withdrawn_slot())
        self.refuse(409, "slot-started", slot=self.world.started_slot())
        self.refuse(409, "slot-full", slot=self.world.slot(capacity=0))
        self.refuse(409, "out-of-stock", site=BARE_SITE, slot=self.world.slot(BARE_SITE))

    def test_refused_before_it_comes_to_the_site(self):
        self.refuse(404, "unknown-appointment", appointment=(self.world.stranger(), "none"))
        person, appointment = self.world.booked()
        person.cancel(appointment)
        self.refuse(409, "appointment-not-active", appointment=(person, appointment))
        self.refuse(409, "appointment-not-active", appointment=self.world.began())

    def second_dose(self, days):
        person = self.world.after_first_dose(days)
        answer = person.book(WALK_IN, SITE, self.world.slot(), TWO_DOSES).expect(201)
        self.assertEqual(2, answer.json["dose"])
        return person, answer.json["appointment"]

    def test_the_interval_between_doses(self):
        soon = self.world.slot(starts_at=in_seconds(60))
        self.refuse(403, "too-early-for-next-dose", soon, appointment=self.second_dose(20))
        far = self.world.slot(starts_at=in_seconds(40 * 86400))
        self.refuse(403, "too-late-for-next-dose", far, appointment=self.second_dose(30))

    def test_another_product(self):
        self.refuse(404, "unknown-product", product="none")
        self.refuse(403, "not-eligible", appointment=self.second_dose(30), product=ONE_DOSE)
        person, appointment = self.world.booked()
        moved = self.move(person, appointment, SITE, self.world.slot(), TWO_DOSES).expect(200).json
        self.assertEqual(TWO_DOSES, moved["product"])


class Reschedules(Moves, ApiCase):

    @staticmethod
    def move(person, *what):
        return person.reschedule(*what)


class CallCentreReschedules(Moves, ApiCase):

    def move(self, _person, *what):
        return self.operator.reschedule(*what)

    def test_overrides(self):
        soon = self.world.slot(starts_at=in_seconds(60))
        _, appointment = self.second_dose(20)
        answer = self.operator.reschedule(appointment, SITE, soon,
                                          override=["too-early-for-next-dose"])
        answer.expect(200)


class Eligibility(ApiCase):

    def row(self, person):
        rows = person.my_eligibility().expect(200).json["eligibility"]
        self.assertEqual(1, len(rows))
        return rows[0]

    def test_says_whether_one_may_book_and_why_not(self):
        self.assertEqual([], self.world.stranger().my_eligibility().json["eligibility"])
        self.assertTrue(self.row(self.world.eligible())["may_book"])
        for person, code in ((self.world.eligible(cohort="later"), "cohort-not-open"),
                             (self.world.eligible(GATED), "not-admitted"),
                             (self.world.booked()[0], "already-booked")):
            with self.subTest(code):
                row = self.row(person)
                self.assertEqual((False, code), (row["may_book"], row["code"]))

    def test_granted_again_replaces_and_revoking_touches_no_appointment(self):
        person, appointment = self.world.booked()
        self.operator.grant(WALK_IN, [person.name], cohort="later").expect(200)
        self.assertEqual("later", self.row(person)["cohort"])
        self.operator.revoke(WALK_IN, person.name).expect(204)
        self.operator.revoke(WALK_IN, person.name).expect(204)
        self.assertEqual([], person.my_eligibility().json["eligibility"])
        self.assertEqual("booked", person.appointment(appointment).json["state"])

    def test_all_are_checked_before_any_is_appended(self):
        good = new_key("person")
        answer = self.operator.grant(WALK_IN, [good, "not a reference"])
        self.assertEqual("people[1].person", answer.expect(400, "invalid-request").json["field"])
        self.assertEqual([], self.service.person(good).my_eligibility().json["eligibility"])
        crowd = [f"{good}-{i}" for i in range(1001)]
        self.operator.grant(WALK_IN, crowd).expect(400)
        self.assertEqual(1000, self.operator.grant(WALK_IN, crowd[1:]).expect(200).json["count"])

    def test_an_unknown_programme(self):
        self.operator.grant("none", ["somebody"]).expect(404, "unknown-programme")
        self.operator.revoke("none", "somebody").expect(404, "unknown-programme")

    def test_two_windows_of_one_cohort(self):
        programme = new_key("programme")
        windows = [everybody("c", -7200, -3600), everybody("c", 3600, 7200)]
        self.operator.put_programme(programme, cohorts=windows).expect(200)
        person = self.world.eligible(programme, cohort="c")
        problem = person.book(programme, SITE, self.world.slot(), ONE_DOSE)
        self.assertEqual(windows[1]["opens_at"],
                         problem.expect(403, "cohort-not-open").json["opens_at"])


def without_time(document):
    return {name: value for name, value in document.items() if name != "as_of"}
