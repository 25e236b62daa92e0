"""The rules of holding, booking, moving and cancelling."""

from last_places_test import at_once
from rules_story import Story, eventually, in_seconds, one_dose, poll, seconds_of, timeless

AT_THE_SAME_TIME = 10


class Booking(Story):
    """The appointment that comes of a booking."""

    def test_the_appointment_says_all_of_it(self):
        site = self.site(am=5)
        person = self.eligible("p")
        booked = self.booked(person, site, "am")
        self.assertEqual(
            (booked["programme"], booked["person"], booked["site"], booked["slot"],
             booked["product"], booked["dose"], booked["zone"], booked["state"]),
            (self.programme, person.name, site, "am", "vaccine-a", 1, "UTC", "booked"))
        shown = person.appointment(booked["appointment"]).expect(200).json
        self.assertEqual(timeless(shown), timeless(booked))
        listed = person.my_appointments().expect(200).json["appointments"]
        self.assertEqual([timeless(row) for row in listed], [timeless(booked)])
        self.assert_slot(site, "am", booked=1, held=0, available=4)
        self.assert_stock(site, booked=1, held=0, available=999)

    def test_somebody_else_s_is_not_found(self):
        booked = self.booked(self.eligible("p"), self.site(am=5), "am")
        other = self.eligible("q")
        for ask in (other.appointment, other.cancel):
            ask(booked["appointment"]).expect(404, "unknown-appointment")

    def test_appointments_are_listed_newest_first_in_all_states(self):
        site = self.site(am=5)
        person = self.eligible("p")
        ids = []
        for _ in range(3):
            booked = self.booked(person, site, "am")
            ids.append(booked["appointment"])
            person.cancel(booked["appointment"]).expect(200)
        ids.append(self.booked(person, site, "am")["appointment"])
        listed = person.my_appointments().expect(200).json["appointments"]
        self.assertEqual([row["appointment"] for row in listed], ids[::-1])
        self.assertEqual([row["state"] for row in listed], ["booked"] + ["cancelled"] * 3)

    def test_what_the_site_refuses(self):
        site = self.site(am=1, many=10)
        self.started_slot(site, "started")
        self.slot(site, "gone")
        self.operator.withdraw_slot(site, "gone").expect(200)
        self.configure(products=[one_dose("vaccine-a"), one_dose("vaccine-b")])
        person = self.eligible("p")
        self.booked(self.eligible("first"), site, "am")
        for slot, product, code in (("am", "vaccine-a", "slot-full"),
                                    ("am", "vaccine-b", "slot-full"),
                                    ("many", "vaccine-b", "out-of-stock"),
                                    ("started", "vaccine-a", "slot-started"),
                                    ("gone", "vaccine-a", "slot-withdrawn")):
            self.book(person, site, slot, product).expect(409, code)
        self.assertEqual(person.my_appointments().json["appointments"], [])

    def test_a_slot_is_started_when_it_starts(self):
        site = self.site()
        self.slot(site, "soon", starts_at=in_seconds(1))
        person = self.eligible("p")
        poll("the start", lambda: seconds_of(in_seconds(0))
             > seconds_of(self.slot_shown(site, "soon")["starts_at"]))
        self.book(person, site, "soon").expect(409, "slot-started")

    def test_a_cancelled_place_and_dose_are_free_again(self):
        site = self.site(am=1, doses=1)
        person = self.eligible("p")
        booked = self.booked(person, site, "am")
        gone = person.cancel(booked["appointment"]).expect(200).json
        self.assertEqual((gone["state"], gone["cancelled_by"]), ("cancelled", "person"))
        again = person.cancel(booked["appointment"]).expect(200).json
        self.assertEqual(timeless(again), timeless(gone))
        self.assert_slot(site, "am", booked=0, held=0, available=1)
        self.assert_stock(site, booked=0, held=0, available=1)
        self.booked(self.eligible("q"), site, "am")

    def test_what_is_over_can_be_neither_cancelled_nor_moved(self):
        site = self.site(am=5, pm=5)
        self.started_slot(site, "started")
        person, other = self.eligible("p"), self.eligible("q")
        over = self.operator.book_for(person.name, self.programme, site, "started", "vaccine-a",
                                      ["slot-started"]).expect(201).json["appointment"]
        person.cancel(over).expect(409, "appointment-not-active")
        person.reschedule(over, site, "am").expect(409, "appointment-not-active")
        cancelled = self.booked(other, site, "am")["appointment"]
        other.cancel(cancelled).expect(200)
        other.reschedule(cancelled, site, "pm").expect(409, "appointment-not-active")
        for ask in (other.cancel, lambda a: other.reschedule(a, site, "pm")):
            ask("a-none").expect(404, "unknown-appointment")


class Holds(Story):
    """A place and a dose set aside until a deadline."""

    def test_a_hold_takes_a_place_and_becomes_an_appointment(self):
        site = self.site(am=1, doses=1)
        person, other = self.eligible("p"), self.eligible("q")
        hold = self.held(person, site, "am")
        self.assertAlmostEqual(seconds_of(hold["until"]), seconds_of(in_seconds(300)), delta=60)
        self.assert_slot(site, "am", booked=0, held=1, available=0)
        self.assert_stock(site, booked=0, held=1, available=0)
        self.book(other, site, "am").expect(409, "slot-full")
        self.assertEqual([row["hold"] for row in person.my_holds().expect(200).json["holds"]],
                         [hold["hold"]])
        booked = person.book_hold(hold["hold"]).expect(201).json
        self.assertEqual((booked["site"], booked["slot"], booked["state"]), (site, "am", "booked"))
        self.assert_slot(site, "am", booked=1, held=0, available=0)
        self.assert_stock(site, booked=1, held=0, available=0)
        self.assertEqual(person.my_holds().expect(200).json["holds"], [])
        person.book_hold(hold["hold"]).expect(409, "already-booked")

    def test_a_hold_that_ran_out_is_sold_on(self):
        self.configure(hold_seconds=1)
        site = self.site(am=1)
        person, other = self.eligible("p"), self.eligible("q")
        hold = self.held(person, site, "am")["hold"]
        self.assert_slot(site, "am", booked=0, held=1, available=0)
        poll("the end of the hold", lambda: self.slot_shown(site, "am")["held"] == 0)
        person.book_hold(hold).expect(409, "hold-expired")
        person.release_hold(hold).expect(204)
        self.booked(other, site, "am")

    def test_a_hold_given_back_is_over(self):
        site = self.site(am=1)
        person = self.eligible("p")
        hold = self.held(person, site, "am")["hold"]
        person.release_hold(hold).expect(204)
        person.release_hold(hold).expect(204)
        self.assert_slot(site, "am", booked=0, held=0, available=1)
        person.book_hold(hold).expect(409, "hold-expired")

    def test_the_next_hold_replaces_it_once_granted(self):
        site = self.site(am=1, pm=1, full=0)
        person = self.eligible("p")
        first = self.held(person, site, "am")["hold"]
        self.hold(person, site, "full").expect(409, "slot-full")
        self.assert_slot(site, "am", booked=0, held=1, available=0)
        second = self.held(person, site, "pm")["hold"]
        self.assert_slot(site, "am", booked=0, held=0, available=1)
        self.assert_slot(site, "pm", booked=0, held=1, available=0)
        person.book_hold(first).expect(409, "hold-expired")
        person.book_hold(second).expect(201)

    def test_a_booking_of_the_slot_uses_one_s_own_hold(self):
        site = self.site(am=1, doses=1)
        person = self.eligible("p")
        self.held(person, site, "am")
        self.booked(person, site, "am")
        self.assert_slot(site, "am", booked=1, held=0, available=0)
        self.assert_stock(site, booked=1, held=0, available=0)

    def test_a_booking_of_another_slot_releases_it(self):
        site, other = self.site(am=1, pm=1), self.site("other", am=1)
        person = self.eligible("p")
        self.held(person, site, "am")
        self.booked(person, other, "am")
        self.assert_slot(site, "am", booked=0, held=0, available=1)
        self.assert_stock(site, booked=0, held=0, available=1000)

    def test_a_hold_with_other_fields_and_one_that_is_none(self):
        site = self.site(am=1)
        person = self.eligible("p")
        hold = self.held(person, site, "am")["hold"]
        person.change("POST", "/v1/appointments", {"hold": hold, "site": site}).expect(
            400, "invalid-request")
        person.book_hold("h-none").expect(404, "unknown-hold")
        self.eligible("q").book_hold(hold).expect(404, "unknown-hold")
        person.book_hold(hold).expect(201)

    def test_a_hold_is_judged_like_a_booking(self):
        queue = self.with_queue(paused=True)
        site = self.site(am=1)
        person = self.eligible("p")
        person.take_ticket(queue).expect(201)
        self.hold(person, site, "am").expect(403, "not-admitted")
        stranger = self.service.person(self.name("stranger"))
        self.hold(stranger, site, "am").expect(403, "not-eligible")

    def test_a_hold_that_lives_is_all_that_its_booking_needs(self):
        queue = self.with_queue()
        person = self.admitted("p", queue)
        hold = self.held(person, self.site(am=1), "am")["hold"]
        later = {"cohort": "everybody", "opens_at": in_seconds(3600), "closes_at": in_seconds(7200)}
        self.operator.patch_programme(self.programme, cohorts=[later]).expect(200)
        self.operator.patch_queue(queue, closes_at=in_seconds(-1)).expect(200)
        person.book_hold(hold).expect(201)

    def test_a_hold_ends_with_the_session_at_the_latest(self):
        queue = self.with_queue(session_seconds=20)
        person = self.admitted("p", queue)
        until = person.my_ticket(queue).expect(200).json["admitted_until"]
        hold = self.held(person, self.site(am=1), "am")
        self.assertLessEqual(hold["until"], until)

    def test_giving_back_the_ticket_releases_it(self):
        person = self.admitted("p", queue := self.with_queue())
        site = self.site(am=1)
        hold = self.held(person, site, "am")["hold"]
        person.return_ticket(queue).expect(204)
        self.assert_slot(site, "am", booked=0, held=0, available=1)
        person.book_hold(hold).expect(409, "hold-expired")

    def test_a_withdrawn_slot_ends_its_holds(self):
        site = self.site(am=1)
        person = self.eligible("p")
        hold = self.held(person, site, "am")["hold"]
        self.operator.withdraw_slot(site, "am").expect(200)
        eventually(lambda: self.assertEqual(self.slot_shown(site, "am")["held"], 0))
        refused = person.book_hold(hold)
        self.assertEqual(refused.status, 409, refused)
        self.assertIn(refused.code, ("hold-expired", "slot-withdrawn"))


class Reschedule(Story):
    """The old place is kept until the new one is sure."""

    def setUp(self):
        super().setUp()
        self.configure(products=[one_dose("vaccine-a"), one_dose("vaccine-b")])
        self.here = self.site("here", am=1, pm=1, full=0, doses=1)
        self.person = self.eligible("p")
        self.old = self.booked(self.person, self.here, "am")

    def moved(self, site, slot, **options):
        moved = self.person.reschedule(self.old["appointment"], site, slot, **options)
        moved = moved.expect(200).json
        self.assertEqual(moved["appointment"], self.old["appointment"])
        self.assertEqual((moved["site"], moved["slot"], moved["state"]), (site, slot, "booked"))
        self.assertGreater(moved["version"], self.old["version"])
        return moved

    def still_there(self):
        shown = self.person.appointment(self.old["appointment"]).expect(200).json
        self.assertEqual(timeless(shown), timeless(self.old))
        self.assert_slot(self.here, "am", booked=1, held=0, available=0)
        self.assert_stock(self.here, booked=1, held=0, available=0)

    def test_at_the_same_site_it_takes_its_dose_along(self):
        self.moved(self.here, "pm")
        self.assert_slot(self.here, "am", booked=0, held=0, available=1)
        self.assert_slot(self.here, "pm", booked=1, held=0, available=0)
        self.assert_stock(self.here, booked=1, held=0, available=0)

    def test_to_another_site_it_gives_back_both(self):
        there = self.site("there", am=1, doses=1)
        self.moved(there, "am")
        self.assert_slot(self.here, "am", booked=0, held=0, available=1)
        self.assert_stock(self.here, booked=0, held=0, available=1)
        self.assert_slot(there, "am", booked=1, held=0, available=0)
        self.assert_stock(there, booked=1, held=0, available=0)

    def test_a_refusal_leaves_the_old_one_as_it_was(self):
        there = self.site("there", full=0, am=1, gone=1, doses=0)
        self.operator.withdraw_slot(there, "gone").expect(200)
        self.started_slot(there, "started")
        for site, slot, status, code in (
                (self.here, "full", 409, "slot-full"), (there, "full", 409, "slot-full"),
                (there, "am", 409, "out-of-stock"), (there, "gone", 409, "slot-withdrawn"),
                (there, "started", 409, "slot-started"), (there, "none", 404, "unknown-slot"),
                (self.name("nowhere"), "am", 404, "unknown-site")):
            self.person.reschedule(self.old["appointment"], site, slot).expect(status, code)
            self.still_there()

    def test_the_same_slot_changes_nothing(self):
        shown = self.person.reschedule(self.old["appointment"], self.here, "am").expect(200).json
        self.assertEqual(timeless(shown), timeless(self.old))
        self.still_there()

    def test_to_another_product_a_dose_of_it_is_needed(self):
        self.person.reschedule(self.old["appointment"], self.here, "pm", "vaccine-b").expect(
            409, "out-of-stock")
        self.still_there()
        self.operator.add_stock(self.here, "vaccine-b", 1).expect(200)
        self.moved(self.here, "pm", product="vaccine-b")
        self.assert_stock(self.here, booked=0, held=0, available=1)
        self.assert_stock(self.here, booked=1, held=0, available=0, product="vaccine-b")

    def test_it_needs_no_admission_window_or_eligibility(self):
        queue = self.with_queue()
        person = self.admitted("q", queue)
        there = self.site("there", am=1, pm=1)
        booked = self.booked(person, there, "am")["appointment"]
        self.ticket_becomes(person, queue, "ended")
        self.operator.revoke(self.programme, person.name).expect(204)
        person.reschedule(booked, there, "pm").expect(200)
        person.cancel(booked).expect(200)

    def test_two_who_swap_into_the_last_place_get_one(self):
        there = self.site("there", last=1, doses=1)
        others = [self.eligible(f"o{n}") for n in range(AT_THE_SAME_TIME)]
        base = self.site("base", am=AT_THE_SAME_TIME)
        booked = [self.booked(person, base, "am")["appointment"] for person in others]
        answers = at_once([lambda p=p, a=a: p.reschedule(a, there, "last", prefer="wait=30")
                           for p, a in zip(others, booked)])
        self.assertEqual(sorted((a.status, a.code) for a in answers),
                         [(200, "")] + [(409, "slot-full")] * (AT_THE_SAME_TIME - 1))
        self.assert_slot(base, "am", booked=AT_THE_SAME_TIME - 1, held=0, available=1)
        self.assert_slot(there, "last", booked=1, held=0, available=0)


__all__ = ["Booking", "Holds", "Reschedule"]
