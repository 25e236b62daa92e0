"""The rules of who may book: eligibility, windows, doses, attendance, the right to rebook."""

from rules_story import (DAY, Story, date_in, eventually, everybody, in_seconds, poll,
                         seconds_of)

DIGITS = 10
REBOOK_SECONDS = 600


def window(cohort, opens_in, closes_in):
    return everybody(cohort, opens_in, closes_in)


def two(product="vaccine-a", days_min=21, days_max=None, follows=None):
    fields = {"product": product, "doses": 2, "interval_days_min": days_min,
              "interval_days_max": days_max, "follows": follows}
    return {name: value for name, value in fields.items() if value is not None}


class Eligibility(Story):
    """Who is named, in which programme."""

    def test_the_order_in_which_a_booking_is_refused(self):
        queue = self.with_queue({"cohorts": [window("later", 3600, 7200), everybody()],
                                 "products": [two(days_min=0)]})
        site = self.site(am=5)
        stranger = self.service.person(self.name("stranger"))
        stranger.book(self.name("none"), site, "am", "vaccine-a").expect(
            404, "unknown-programme")
        self.book(stranger, site, "am", "vaccine-z").expect(404, "unknown-product")
        self.book(stranger, site, "am").expect(403, "not-eligible")
        self.book(self.eligible("later", cohort="later"), site, "am").expect(
            403, "cohort-not-open")
        self.book(self.eligible("p"), site, "am").expect(403, "not-admitted")
        inside = self.admitted("inside", queue)
        self.book(inside, self.name("nowhere"), "am").expect(404, "unknown-site")
        self.book(inside, site, "none").expect(404, "unknown-slot")
        self.booked(inside, site, "am")
        self.book(inside, site, "am").expect(409, "already-booked")
        self.assert_slot(site, "am", booked=1, held=0, available=4)

    def test_who_is_revoked_may_not_book_and_keeps_what_stands(self):
        site = self.site(am=5)
        person, other = self.eligible("p"), self.eligible("q")
        booked = self.booked(person, site, "am")
        for who in (person, other):
            self.operator.revoke(self.programme, who.name).expect(204)
            self.operator.revoke(self.programme, who.name).expect(204)
        self.book(other, site, "am").expect(403, "not-eligible")
        shown = person.appointment(booked["appointment"]).expect(200).json
        self.assertEqual(shown["state"], "booked")

    def test_granting_again_replaces_the_cohort(self):
        self.configure(cohorts=[window("later", 3600, 7200), everybody()])
        site = self.site(am=5)
        person = self.eligible("p", cohort="later")
        self.book(person, site, "am").expect(403, "cohort-not-open")
        self.operator.grant(self.programme, [person.name], "everybody").expect(200)
        self.booked(person, site, "am")

    def test_one_wrong_row_grants_nobody(self):
        self.configure()
        site = self.site(am=5)
        good = self.name("good")
        self.operator.grant(self.programme, [good, "not an id"]).expect(400, "invalid-request")
        self.book(self.service.person(good), site, "am").expect(403, "not-eligible")

    def test_people_see_what_they_may(self):
        self.configure(cohorts=[window("later", 3600, 7200), everybody()])
        rows = self.eligibility_of(self.eligible("p"))
        self.assertEqual((rows["cohort"], rows["may_book"], rows["doses_done"]),
                         ("everybody", True, 0))
        rows = self.eligibility_of(self.eligible("q", cohort="later"))
        self.assertEqual((rows["may_book"], rows["code"]), (False, "cohort-not-open"))
        self.assertGreater(seconds_of(rows["opens_at"]), seconds_of(in_seconds(1800)))


class CohortWindows(Story):
    """A window is [opens_at, closes_at) of log time."""

    def test_the_problem_names_the_next_window(self):
        self.configure(cohorts=[window("twice", -7200, -3600), window("twice", 7200, 9000),
                                window("twice", 3600, 5400), window("over", -7200, -3600)])
        site = self.site(am=5)
        problem = self.book(self.eligible("p", cohort="twice"), site, "am").expect(
            403, "cohort-not-open").json
        self.assertAlmostEqual(seconds_of(problem["opens_at"]), seconds_of(in_seconds(3600)),
                               delta=120)
        problem = self.book(self.eligible("q", cohort="over"), site, "am").expect(
            403, "cohort-not-open").json
        self.assertNotIn("opens_at", problem)

    def test_a_window_opens_and_closes_by_itself(self):
        self.configure(cohorts=[window("short", 0.7, 3)])
        site = self.site(am=50)
        early, late = self.eligible("early", cohort="short"), self.eligible("late", cohort="short")
        poll("the opening", lambda: self.book(early, site, "am").status == 201)
        def is_closed():  # and not still to open
            row = self.eligibility_of(late)
            return row.get("code") == "cohort-not-open" and "opens_at" not in row
        poll("the close", is_closed)
        self.book(late, site, "am").expect(403, "cohort-not-open")

    def test_ten_days_each_for_one_last_digit_of_the_birth_date(self):
        """The rule of August 2021: on each of ten days the people whose birth date ends in that
        day's digit may book, from 20:00 to 18:00 of the next day; afterwards everybody may. Here
        day 4 of the ten is today. The front end turns the birth date into a cohort."""
        today, day_seconds = 4, 22 * 3600
        def start(day):
            return (day - today) * DAY - 3600
        cohorts = [window(f"digit-{d}", start(d), start(d) + day_seconds) for d in range(DIGITS)]
        cohorts += [window(f"digit-{d}", start(DIGITS), start(DIGITS) + 5 * DAY)
                    for d in range(DIGITS)]
        self.configure(cohorts=cohorts)
        site = self.site(am=50)
        for digit in range(DIGITS):
            person = self.eligible(f"born-{digit}", cohort=f"digit-{digit}")
            answer = self.book(person, site, "am")
            if digit == today:
                answer.expect(201)
                continue
            answer.expect(403, "cohort-not-open")
            next_day = digit if digit > today else DIGITS
            self.assertAlmostEqual(seconds_of(answer.json["opens_at"]),
                                   seconds_of(in_seconds(start(next_day))), delta=120)

    def test_the_window_is_judged_by_the_request_and_not_by_the_slot(self):
        self.configure(cohorts=[window("now", -60, 600)])
        site = self.site()
        self.slot_on(site, "far", 40, capacity=5)
        self.booked(self.eligible("p", cohort="now"), site, "far")

    def test_changing_the_windows_touches_no_appointment(self):
        site = self.site(am=5)
        person, other = self.eligible("p"), self.eligible("q")
        booked = self.booked(person, site, "am")
        self.operator.patch_programme(self.programme, cohorts=[window("everybody", 3600, 7200)]
                                      ).expect(200)
        self.book(other, site, "am").expect(403, "cohort-not-open")
        self.assertEqual(person.appointment(booked["appointment"]).json["state"], "booked")


class Doses(Story):
    """Which dose it is, and on which days it may be given."""

    def clinic(self, days, **programme):
        """A site with a slot at noon of each of those days, named d1, d21, …"""
        self.configure(**{"products": [two()], "active_appointments_max": 2, **programme})
        site = self.site()
        for day in days:
            self.slot_on(site, f"d{day}", day)
        return site

    def test_the_second_dose_keeps_its_distance_from_the_first_appointment(self):
        site = self.clinic([1, 21, 22, 43, 44], products=[two(days_min=21, days_max=42)])
        person = self.eligible("p")
        self.assertEqual(self.booked(person, site, "d1")["dose"], 1)
        problem = self.book(person, site, "d21").expect(403, "too-early-for-next-dose").json
        self.assertEqual((problem["not_before"][:10], problem["not_after"][:10]),
                         (date_in(22), date_in(43)))
        self.book(person, site, "d44").expect(403, "too-late-for-next-dose")
        self.assertEqual(self.booked(person, site, "d43")["dose"], 2)

    def test_both_ends_of_the_interval_are_included(self):
        site = self.clinic([11, 12, 32, 33], products=[two(days_min=21, days_max=42)])
        for slot, status in (("d11", 201), ("d32", 201), ("d33", 403)):
            person = self.eligible(f"p-{slot}", doses_done=1, last_dose_on=date_in(-10),
                                   last_product="vaccine-a")
            self.assertEqual(self.book(person, site, slot).status, status, slot)

    def test_no_third_dose_of_two(self):
        site = self.clinic([1])
        person = self.eligible("p", doses_done=2, last_dose_on=date_in(-100),
                               last_product="vaccine-a")
        self.book(person, site, "d1").expect(403, "not-eligible")

    def test_days_are_the_site_s_and_not_utc_s(self):
        self.configure(products=[two(days_min=2)], active_appointments_max=2)
        site = self.site(zone="Asia/Seoul")  # 20:00 UTC is 05:00 of the next day there
        on = self.slot(site, "dawn", starts_at=date_in(1) + "T20:00:00.000Z")["starts_on"]
        self.assertEqual(on, date_in(2))
        early = self.eligible("early", doses_done=1, last_dose_on=date_in(1),
                              last_product="vaccine-a")
        self.book(early, site, "dawn").expect(403, "too-early-for-next-dose")
        due = self.eligible("due", doses_done=1, last_dose_on=date_in(0),
                            last_product="vaccine-a")
        self.booked(due, site, "dawn")

    def test_a_second_dose_of_another_product_must_follow_the_first(self):
        products = [two("vaccine-a", 0), two("vaccine-b", 0, follows=["vaccine-a"]),
                    two("vaccine-c", 0)]
        site = self.clinic([1], products=products)
        for product in ("vaccine-b", "vaccine-c"):
            self.operator.add_stock(site, product, 10).expect(200)
        had_a = {"doses_done": 1, "last_dose_on": date_in(-50), "last_product": "vaccine-a"}
        problem = self.book(self.eligible("p", **had_a), site, "d1", "vaccine-c").expect(
            403, "not-eligible").json
        self.assertEqual(problem["field"], "product")
        self.booked(self.eligible("q", **had_a), site, "d1", "vaccine-b")
        had_b = {**had_a, "last_product": "vaccine-b"}
        self.book(self.eligible("r", **had_b), site, "d1", "vaccine-a").expect(
            403, "not-eligible")

    def test_the_product_of_an_active_appointment_counts_as_the_dose_before(self):
        site = self.clinic([1, 30], products=[two("vaccine-a", 1), two("vaccine-c", 1)])
        self.operator.add_stock(site, "vaccine-c", 10).expect(200)
        person = self.eligible("p")
        self.booked(person, site, "d1")
        self.book(person, site, "d30", "vaccine-c").expect(403, "not-eligible")
        self.booked(person, site, "d30", "vaccine-a")

    def test_a_reschedule_keeps_its_dose_and_leaves_the_next_one_its_minimum(self):
        site = self.clinic([1, 5, 20, 21, 30, 40], products=[two(days_min=10)])
        person = self.eligible("p")
        first = self.booked(person, site, "d1")
        second = self.booked(person, site, "d30")
        problem = person.reschedule(first["appointment"], site, "d21").expect(
            403, "too-late-for-next-dose").json
        self.assertEqual(problem["not_after"][:10], date_in(20))
        moved = person.reschedule(first["appointment"], site, "d20").expect(200).json
        self.assertEqual((moved["dose"], moved["version"] > first["version"]), (1, True))
        person.reschedule(second["appointment"], site, "d21").expect(
            403, "too-early-for-next-dose")
        moved = person.reschedule(second["appointment"], site, "d40").expect(200).json
        self.assertEqual(moved["dose"], 2)

    def test_one_dose_of_one_is_enough(self):
        self.configure(active_appointments_max=2)
        site = self.site(am=5, pm=5)
        person = self.eligible("p")
        self.booked(person, site, "am")
        self.book(person, site, "pm").expect(403, "not-eligible")


class Attendance(Story):
    """Given or missed, and the correction of what was written down wrongly."""

    def setUp(self):
        super().setUp()
        self.configure(products=[two(days_min=0)], active_appointments_max=1)
        self.clinic = self.site(doses=5)
        self.started_slot(self.clinic, "now", capacity=5)
        self.person = self.eligible("p")
        booked = self.operator.book_for(self.person.name, self.programme, self.clinic, "now",
                                        "vaccine-a", ["slot-started"]).expect(201).json
        self.appointment = booked["appointment"]

    def attended(self, attended):
        return self.operator.attendance(self.appointment, attended).expect(200).json

    def test_not_before_the_slot_has_started(self):
        self.slot(self.clinic, "tomorrow")
        other = self.eligible("q")
        booked = self.booked(other, self.clinic, "tomorrow")
        refused = self.operator.attendance(booked["appointment"], True)
        self.assertIn(refused.status, (400, 409), refused)
        self.assertEqual(other.appointment(booked["appointment"]).json["state"], "booked")

    def test_a_dose_given_is_a_dose_done(self):
        shown = self.attended(True)
        self.assertEqual((shown["state"], shown["dose"]), ("attended", 1))
        row = self.eligibility_of(self.person)
        self.assertEqual((row["doses_done"], row["last_dose_on"], row["last_product"]),
                         (1, date_in(0), "vaccine-a"))
        self.assert_slot(self.clinic, "now", booked=1, held=0, available=4)
        self.assert_stock(self.clinic, booked=1, held=0, available=4)
        self.slot_on(self.clinic, "next", 30)
        self.assertEqual(self.booked(self.person, self.clinic, "next")["dose"], 2)

    def test_missed_gives_the_dose_back_and_not_the_place(self):
        self.assertEqual(self.attended(False)["state"], "missed")
        self.assert_slot(self.clinic, "now", booked=1, held=0, available=4)
        self.assert_stock(self.clinic, booked=0, held=0, available=5)
        self.assertEqual(self.eligibility_of(self.person)["doses_done"], 0)

    def test_a_correction_undoes_what_was_written(self):
        self.attended(True)
        self.attended(False)
        undone = self.eligibility_of(self.person)
        self.assertEqual((undone["doses_done"], undone.get("last_dose_on")), (0, None))
        self.assert_stock(self.clinic, booked=0, held=0, available=5)
        self.attended(True)
        self.assertEqual(self.eligibility_of(self.person)["doses_done"], 1)
        self.assert_stock(self.clinic, booked=1, held=0, available=4)

    def test_a_correction_takes_the_dose_again_even_where_none_is_left(self):
        self.attended(False)
        self.operator.add_stock(self.clinic, "vaccine-a", -5).expect(200)
        self.attended(True)
        self.assert_stock(self.clinic, booked=1, held=0, available=0, over=1)

    def test_an_appointment_of_the_day_before_yesterday_blocks_nothing(self):
        other = self.eligible("q")
        self.started_slot(self.clinic, "old", seconds_ago=25 * 3600)
        self.operator.book_for(other.name, self.programme, self.clinic, "old", "vaccine-a",
                               ["slot-started"]).expect(201)
        self.slot_on(self.clinic, "next", 1)
        self.booked(other, self.clinic, "next")
        self.book(self.person, self.clinic, "next").expect(409, "already-booked")


class RightToRebook(Story):
    """Who loses an appointment may book again, without admission or window."""

    def lost(self, by="withdrawal", rebook_seconds=REBOOK_SECONDS, people=1):
        """People who booked when admitted, and have lost it; their queue is paused by now."""
        queue = self.with_queue({"rebook_seconds": rebook_seconds})
        self.clinic = self.site(lost=people, am=5, pm=5)
        crowd = [self.admitted(f"p{n}", queue) for n in range(people)]
        booked = [self.booked(person, self.clinic, "lost") for person in crowd]
        self.operator.patch_queue(queue, paused=True).expect(200)
        if by == "withdrawal":
            self.operator.withdraw_slot(self.clinic, "lost", "cancel").expect(200)
        elif by == "operator":
            for appointment in booked:
                self.operator.cancel(appointment["appointment"]).expect(200)
        else:
            for person, appointment in zip(crowd, booked):
                person.cancel(appointment["appointment"]).expect(200)
        return crowd, booked

    def loses(self, person, booked, by):
        def check():
            shown = person.appointment(booked["appointment"]).expect(200).json
            self.assertEqual((shown["state"], shown.get("cancelled_by")), ("cancelled", by), shown)
            return shown
        return eventually(check, 10)

    def test_a_withdrawal_gives_it_once(self):
        (person,), (booked,) = self.lost()
        shown = self.loses(person, booked, "withdrawal")
        self.assertAlmostEqual(seconds_of(shown["rebook_until"]),
                               seconds_of(in_seconds(REBOOK_SECONDS)), delta=120)
        row = self.eligibility_of(person)
        self.assertTrue(row["may_book"], row)
        self.assertIn("rebook_until", row)
        again = self.booked(person, self.clinic, "am")
        person.cancel(again["appointment"]).expect(200)
        self.book(person, self.clinic, "am").expect(403, "not-admitted")

    def test_everybody_of_a_withdrawn_slot_gets_it(self):
        crowd, booked = self.lost(people=5)
        for person, appointment in zip(crowd, booked):
            self.loses(person, appointment, "withdrawal")
            self.booked(person, self.clinic, "am")

    def test_an_operator_s_cancellation_gives_it(self):
        (person,), (booked,) = self.lost("operator")
        self.loses(person, booked, "operator")
        self.booked(person, self.clinic, "am")

    def test_one_s_own_cancellation_does_not(self):
        (person,), (booked,) = self.lost("person")
        self.assertNotIn("rebook_until", self.loses(person, booked, "person"))
        self.book(person, self.clinic, "am").expect(403, "not-admitted")

    def test_it_ends(self):
        (person,), (booked,) = self.lost(rebook_seconds=1)
        self.loses(person, booked, "withdrawal")
        poll("the end of the right",
             lambda: self.eligibility_of(person).get("code") == "not-admitted")
        self.book(person, self.clinic, "am").expect(403, "not-admitted")

    def test_it_needs_no_window_either(self):
        (person,), (booked,) = self.lost()
        self.loses(person, booked, "withdrawal")
        self.operator.patch_programme(self.programme, cohorts=[window("everybody", 3600, 7200)]
                                      ).expect(200)
        self.booked(person, self.clinic, "am")

    def test_two_that_were_lost_give_two(self):
        queue = self.with_queue({"rebook_seconds": REBOOK_SECONDS, "active_appointments_max": 2,
                                 "products": [two(days_min=0)]})
        self.clinic = self.site(lost=1, gone=1, am=5, pm=5)
        person = self.admitted("p", queue)
        booked = [self.booked(person, self.clinic, slot) for slot in ("lost", "gone")]
        self.operator.patch_queue(queue, paused=True).expect(200)
        for slot in ("lost", "gone"):
            self.operator.withdraw_slot(self.clinic, slot, "cancel").expect(200)
        until = max(self.loses(person, row, "withdrawal")["rebook_until"] for row in booked)
        self.assertEqual(self.eligibility_of(person)["rebook_until"], until)
        again = [self.booked(person, self.clinic, slot) for slot in ("am", "pm")]
        person.cancel(again[0]["appointment"]).expect(200)
        self.book(person, self.clinic, "am").expect(403, "not-admitted")

    def test_a_refusal_does_not_use_it_up(self):
        (person,), (booked,) = self.lost()
        self.loses(person, booked, "withdrawal")
        self.slot(self.clinic, "none", capacity=0)
        self.book(person, self.clinic, "none").expect(409, "slot-full")
        self.booked(person, self.clinic, "am")

    def test_a_hold_may_be_asked_for_with_it(self):
        (person,), (booked,) = self.lost()
        self.loses(person, booked, "withdrawal")
        hold = self.held(person, self.clinic, "am")["hold"]
        person.book_hold(hold).expect(201)


__all__ = ["Attendance", "CohortWindows", "Doses", "Eligibility", "RightToRebook"]
