"""The rules of slots and stock, of withdrawals, of the operators' calls, and of an outage."""

import time
import unittest

from jari_service import Service, two_doses
from log_checks import log_proves
from rules_story import (Story, World, date_in, eventually, exported, in_seconds, one_dose, poll,
                         seconds_of)

OUTAGE_SECONDS = 11


class Slots(Story):
    """Capacity is a fact, also where it is below what is booked."""

    def test_a_cut_below_what_is_booked_says_who_is_over(self):
        site = self.site(am=3)
        people = [self.eligible(f"p{n}") for n in range(4)]
        booked = [self.booked(person, site, "am") for person in people[:3]]
        at = self.slot_shown(site, "am")["starts_at"]
        cut = self.slot(site, "am", starts_at=at, capacity=1)
        self.assertEqual((cut["over"], cut["available"]), (2, 0))
        self.assertEqual({row["appointment"] for row in cut["booked_by"]},
                         {row["appointment"] for row in booked})
        people[0].cancel(booked[0]["appointment"]).expect(200)
        people[1].cancel(booked[1]["appointment"]).expect(200)
        self.assert_slot(site, "am", booked=1, held=0, available=0)
        self.book(people[3], site, "am").expect(409, "slot-full")
        people[2].cancel(booked[2]["appointment"]).expect(200)
        self.booked(people[3], site, "am")

    def test_more_places_are_sold_at_once(self):
        site = self.site(am=0)
        person = self.eligible("p")
        self.book(person, site, "am").expect(409, "slot-full")
        self.slot(site, "am", starts_at=self.slot_shown(site, "am")["starts_at"], capacity=1)
        self.booked(person, site, "am")

    def test_the_time_is_fixed_while_anybody_is_booked_or_held(self):
        site = self.site(am=5)
        person, other = self.eligible("p"), self.eligible("q")
        self.slot(site, "am", starts_at=in_seconds(2 * 86400))
        booked = self.booked(person, site, "am")
        self.operator.put_slot(site, "am", starts_at=in_seconds(3 * 86400)).expect(
            409, "slot-booked")
        at = self.slot_shown(site, "am")["starts_at"]
        self.operator.put_slot(site, "am", starts_at=at, length_seconds=60).expect(
            409, "slot-booked")
        person.cancel(booked["appointment"]).expect(200)
        hold = self.held(other, site, "am")["hold"]
        self.operator.put_slot(site, "am", starts_at=in_seconds(3 * 86400)).expect(
            409, "slot-booked")
        other.release_hold(hold).expect(204)
        self.slot(site, "am", starts_at=in_seconds(3 * 86400))

    def test_withdrawn_and_kept(self):
        site = self.site(am=5)
        person, other = self.eligible("p"), self.eligible("q")
        booked = self.booked(person, site, "am")
        shown = self.operator.withdraw_slot(site, "am", "keep").expect(200).json
        self.assertEqual(shown["state"], "withdrawn")
        self.assertEqual(shown["booked_by"], [{"appointment": booked["appointment"],
                                               "person": person.name}])
        self.book(other, site, "am").expect(409, "slot-withdrawn")
        def kept():
            row = person.appointment(booked["appointment"]).expect(200).json
            self.assertEqual((row["state"], row.get("slot_state")), ("booked", "withdrawn"), row)
        eventually(kept)
        at = self.slot_shown(site, "am")["starts_at"]
        self.assertEqual(self.slot(site, "am", starts_at=at, capacity=5)["state"], "open")
        self.booked(other, site, "am")

    def test_withdrawn_and_cancelled_frees_every_place(self):
        site = self.site(am=30, doses=30)
        people = [self.eligible(f"p{n}") for n in range(20)]
        for person in people:
            self.booked(person, site, "am")
        self.operator.withdraw_slot(site, "am", "cancel").expect(200)
        for person in people:
            def lost(person=person):
                row, = person.my_appointments().expect(200).json["appointments"]
                self.assertEqual((row["state"], row.get("cancelled_by")),
                                 ("cancelled", "withdrawal"), row)
            eventually(lost, 10)
        eventually(lambda: self.assertEqual(self.slot_shown(site, "am")["booked"], 0))
        self.assert_stock(site, booked=0, held=0, available=30)

    def test_what_has_started_cannot_be_cancelled_by_a_withdrawal(self):
        site = self.site()
        self.started_slot(site, "now")
        self.operator.withdraw_slot(site, "now", "cancel").expect(409, "slot-started")

    def test_another_version_is_stale(self):
        site = self.site(am=5)
        shown = self.slot_shown(site, "am")
        version = f'"{shown["version"]}"'
        changed = self.operator.put_slot(site, "am", starts_at=shown["starts_at"], capacity=6,
                                         headers={"If-Match": version}).expect(200).json
        self.assertGreater(changed["version"], shown["version"])
        self.operator.put_slot(site, "am", starts_at=shown["starts_at"], capacity=7,
                               headers={"If-Match": version}).expect(409, "stale-version")
        self.assertEqual(self.slot_shown(site, "am")["capacity"], 6)

    def test_the_search_finds_what_is_free(self):
        site = self.site(am=2)
        self.eligible("p")
        def found():
            path = f"/v1/programmes/{self.programme}/availability"
            rows = self.operator.all_pages(path, "sites", {"product": "vaccine-a", "limit": 1000})
            here = [row for row in rows if row["site"] == site]
            self.assertEqual([(row["product"], row["available"]) for row in here],
                             [("vaccine-a", 2)], here)
            self.assertEqual(here[0]["next_slot_at"], self.slot_shown(site, "am")["starts_at"])
        eventually(found, 10)


class Stock(Story):
    """Doses, and doses lost."""

    def test_below_what_is_booked_or_held_only_as_a_loss(self):
        site = self.site(am=10, doses=3)
        people = [self.eligible(f"p{n}") for n in range(4)]
        booked = self.booked(people[0], site, "am")
        self.held(people[1], site, "am")
        self.operator.add_stock(site, "vaccine-a", -2).expect(409, "below-booked")
        self.assert_stock(site, booked=1, held=1, available=1, doses=3)
        self.operator.add_stock(site, "vaccine-a", -2, lost=True).expect(200)
        self.assert_stock(site, booked=1, held=1, available=0, doses=1, over=1)
        self.book(people[2], site, "am").expect(409, "out-of-stock")
        people[0].cancel(booked["appointment"]).expect(200)
        self.assert_stock(site, booked=0, held=1, available=0, doses=1)
        self.book(people[2], site, "am").expect(409, "out-of-stock")
        self.operator.add_stock(site, "vaccine-a", 1).expect(200)
        self.booked(people[2], site, "am")

    def test_doses_come_and_go(self):
        site = self.site(am=10, doses=0)
        person = self.eligible("p")
        self.book(person, site, "am").expect(409, "out-of-stock")
        shown = self.operator.add_stock(site, "vaccine-a", 5).expect(200).json
        self.assertEqual(shown["stock"][0]["doses"], 5)
        self.operator.add_stock(site, "vaccine-a", -4).expect(200)
        self.booked(person, site, "am")
        self.assert_stock(site, booked=1, held=0, available=0, doses=1)

    def test_the_same_key_adds_once(self):
        site = self.site(doses=0)
        for _ in range(3):
            self.operator.add_stock(site, "vaccine-a", 5, key=self.name("delivery")).expect(200)
        self.assert_stock(site, booked=0, held=0, available=5)


class Operators(Story):
    """Who and why, for every act; and the call centre."""

    def test_an_act_needs_a_reason(self):
        body = {"name": "x", "region": "r", "zone": "UTC"}
        path = f"/v1/operator/sites/{self.name('site')}"
        refused = self.operator.change("PUT", path, body).expect(400, "invalid-request").json
        self.assertEqual(refused["field"], "reason")
        self.operator.read(path).expect(404, "unknown-site")

    def test_an_act_is_a_record_with_who_and_why(self):
        site = self.name("site")
        chief = self.service.operator(self.name("chief"))
        chief.put_site(site, reason="opening of the gym").expect(200)
        rows = [row for row in exported(self.service, "inventory")
                if row["type"] == "SitePublished" and row["body"]["site"] == site]
        self.assertEqual([(row["by"], row["reason"]) for row in rows],
                         [(self.name("chief"), "opening of the gym")])

    def test_who_acts_for_a_person_is_kept_in_the_record(self):
        site = self.site(am=5)
        name, parent = self.eligible("child").name, self.name("parent")
        child = self.service.person(name, act={"sub": parent})
        booked = child.book(self.programme, site, "am", "vaccine-a").expect(201).json
        self.assertEqual(booked["person"], name)
        rows = [row for row in exported(self.service, "bookings")
                if row["type"] == "BookingRequested" and row["body"].get("person") == name]
        self.assertEqual(len(rows), 1)
        self.assertIn(parent, str(rows[0]))

    def test_the_call_centre_books_without_admission(self):
        self.with_queue({"products": [two_doses("vaccine-a", 0)]}, paused=True)
        site = self.site(am=5)
        person = self.eligible("p")
        self.book(person, site, "am").expect(403, "not-admitted")
        self.operator.book_for(person.name, self.programme, site, "am", "vaccine-a").expect(201)
        self.assertEqual(len(person.my_appointments().json["appointments"]), 1)
        self.operator.book_for(person.name, self.programme, site, "am", "vaccine-a").expect(
            409, "already-booked")
        stranger = self.name("stranger")
        self.operator.book_for(stranger, self.programme, site, "am", "vaccine-a").expect(
            403, "not-eligible")

    def test_overrides_are_named_one_by_one(self):
        later = {"cohort": "later", "opens_at": in_seconds(3600), "closes_at": in_seconds(7200)}
        self.configure(cohorts=[later], products=[
            {"product": "vaccine-a", "doses": 2, "interval_days_min": 21,
             "interval_days_max": 42}])
        site = self.site()
        self.started_slot(site, "now")
        self.slot_on(site, "soon", 1)
        self.slot_on(site, "far", 90)
        had_one = {"doses_done": 1, "last_dose_on": date_in(-2), "last_product": "vaccine-a"}
        for slot, code in (("now", "slot-started"), ("soon", "too-early-for-next-dose"),
                           ("far", "too-late-for-next-dose")):
            person = self.eligible(f"p-{slot}", cohort="later", **had_one)
            def ask(*override):
                return self.operator.book_for(person.name, self.programme, site, slot,
                                              "vaccine-a", list(override) or None)
            self.assertEqual(ask().code, "cohort-not-open")
            self.assertEqual(ask("cohort-not-open").code, code)
            needed = ["cohort-not-open", code]
            if slot == "now":  # its date is too early for the second dose as well
                self.assertEqual(ask(*needed).code, "too-early-for-next-dose")
                needed.append("too-early-for-next-dose")
            ask(*needed).expect(201)
        ask("slot-full").expect(400, "invalid-request")

    def test_an_operator_moves_and_cancels(self):
        site = self.site(am=5, pm=5)
        person = self.eligible("p")
        booked = self.booked(person, site, "am")["appointment"]
        moved = self.operator.reschedule(booked, site, "pm").expect(200).json
        self.assertEqual((moved["appointment"], moved["slot"]), (booked, "pm"))
        gone = self.operator.cancel(booked).expect(200).json
        self.assertEqual((gone["state"], gone["cancelled_by"]), ("cancelled", "operator"))

    def test_a_token_for_some_sites_is_for_those(self):
        mine, other = self.site("mine", am=5), self.site("other", am=5)
        clinic = self.service.operator(self.name("clinic"), sites=[mine])
        booked = {site: self.booked(self.eligible(f"p-{site}"), site, "am")["appointment"]
                  for site in (mine, other)}
        clinic.put_slot(mine, "pm").expect(200)
        clinic.add_stock(mine, "vaccine-a", 1).expect(200)
        clinic.read(f"/v1/operator/sites/{mine}/appointments").expect(200)
        for refused in (clinic.put_slot(other, "pm"), clinic.add_stock(other, "vaccine-a", 1),
                        clinic.read(f"/v1/operator/sites/{other}/appointments"),
                        clinic.withdraw_slot(other, "am"), clinic.cancel(booked[other])):
            refused.expect(403, "scope-required")
        clinic.cancel(booked[mine]).expect(200)

    def test_a_reader_looks_and_changes_nothing(self):
        site = self.site(am=5)
        reader = self.service.reader(self.name("reader"))
        reader.request("GET", f"/v1/operator/sites/{site}/appointments").expect(200)
        reader.request("PUT", f"/v1/operator/sites/{site}", {
            "name": "x", "region": "r", "zone": "UTC", "reason": "none"}).expect(
                403, "scope-required")

    def test_the_day_list(self):
        site = self.site(am=5, pm=5)
        self.slot_on(site, "far", 30)
        people = {slot: self.eligible(f"p-{slot}") for slot in ("am", "pm", "far")}
        booked = {slot: self.booked(person, site, slot)["appointment"]
                  for slot, person in people.items()}
        people["pm"].cancel(booked["pm"]).expect(200)
        path = f"/v1/operator/sites/{site}/appointments"
        def listed(**query):
            return {row["appointment"] for row in
                    self.operator.all_pages(path, "appointments", {"limit": 1, **query})}
        def check():
            self.assertEqual(listed(to=in_seconds(40 * 86400)), set(booked.values()))
            self.assertEqual(listed(), {booked["am"], booked["pm"]})
            self.assertEqual(listed(state="booked"), {booked["am"]})
            self.assertEqual(listed(slot="pm"), {booked["pm"]})
            self.assertEqual(listed(**{"from": in_seconds(20 * 86400),
                                       "to": in_seconds(40 * 86400)}), {booked["far"]})
        eventually(check)

    def test_the_changes_of_appointments_are_told_in_order(self):
        page = self.operator.read("/v1/operator/changes", query={"limit": 1000}).expect(200).json
        while page["changes"]:
            page = self.operator.read("/v1/operator/changes", query={
                "limit": 1000, "after": page["next"]}).expect(200).json
        site = self.site(am=5, pm=5)
        person = self.eligible("p")
        booked = self.booked(person, site, "am")["appointment"]
        person.reschedule(booked, site, "pm").expect(200)
        person.cancel(booked).expect(200)
        told = []
        def read_on():
            nonlocal page
            page = self.operator.read("/v1/operator/changes", query={
                "after": page["next"], "wait": 5}).expect(200).json
            told.extend(page["changes"])
            return len(told) >= 3
        poll("three changes", read_on)
        documents = [row["appointment"] for row in told
                     if row["appointment"]["appointment"] == booked]
        versions = [row["version"] for row in documents]
        self.assertEqual(versions, sorted(versions))
        self.assertEqual([(row["slot"], row["state"]) for row in documents],
                         [("am", "booked"), ("pm", "booked"), ("pm", "cancelled")])

    def test_all_that_is_known_of_a_person(self):
        nobody = self.operator.read(f"/v1/operator/people/{self.name('nobody')}").expect(200).json
        self.assertEqual((nobody["tickets"], nobody["eligibility"], nobody["holds"],
                          nobody["appointments"]), ([], [], [], []))
        queue = self.with_queue()
        person = self.admitted("p", queue)
        site = self.site(am=5)
        hold = self.held(person, site, "am")
        shown = self.operator.read(f"/v1/operator/people/{person.name}").expect(200).json
        self.assertEqual([row["hold"] for row in shown["holds"]], [hold["hold"]])
        self.assertEqual([row["queue"] for row in shown["tickets"]], [queue])
        self.assertEqual([row["cohort"] for row in shown["eligibility"]], ["everybody"])

    def test_settings_are_shown_as_they_were_put(self):
        queue = self.with_queue(message="Have your card ready", rate_per_second=7)
        path = f"/v1/operator/queues/{queue}"
        shown = self.operator.read(path).expect(200)
        self.assertEqual((shown.json["message"], shown.json["rate_per_second"]),
                         ("Have your card ready", 7))
        self.assertIn(str(shown.json["version"]), shown.headers["etag"])
        self.operator.patch_queue(queue, message=None).expect(200)
        after = self.operator.read(path).expect(200).json
        self.assertFalse(after.get("message"))
        self.assertEqual(after["rate_per_second"], 7)
        self.assertGreater(after["version"], shown.json["version"])
        shown = self.operator.read(f"/v1/operator/programmes/{self.programme}").expect(200).json
        self.assertEqual(shown["products"][0]["product"], one_dose("vaccine-a")["product"])


class Outage(unittest.TestCase):
    """Time in which nothing was served counts against nobody."""

    def test_a_hold_and_a_session_are_longer_by_the_gap(self):
        with Service() as service:
            operator = service.operator()
            operator.put_queue("line", "flu").expect(200)
            operator.put_programme("flu", queue="line", hold_seconds=120).expect(200)
            operator.put_site("clinic").expect(200)
            operator.put_slot("clinic", "am").expect(200)
            operator.add_stock("clinic", "vaccine-a", 5).expect(200)
            operator.grant("flu", ["alice"]).expect(200)
            alice = service.person("alice")
            alice.take_ticket("line").expect(201)
            before = alice.wait_admitted("line").json["admitted_until"]
            hold = alice.hold("flu", "clinic", "am", "vaccine-a").expect(201).json
            service.stop()
            time.sleep(OUTAGE_SECONDS)  # the outage itself: no event ends it
            service.start()
            after = alice.my_ticket("line").expect(200).json["admitted_until"]
            gained = seconds_of(after) - seconds_of(before)
            self.assertTrue(OUTAGE_SECONDS - 2 < gained < OUTAGE_SECONDS + 60, gained)
            kept, = alice.my_holds().expect(200).json["holds"]
            gained = seconds_of(kept["until"]) - seconds_of(hold["until"])
            self.assertTrue(OUTAGE_SECONDS - 2 < gained < OUTAGE_SECONDS + 60, gained)
            alice.book_hold(hold["hold"]).expect(201)
            log_proves(service)


class TheLog(unittest.TestCase):
    """When every story is told (this class is loaded last), the log proves all of them."""

    def test_it_passes_the_audit_and_replays(self):
        service = World.service()
        self.assertEqual(service.reader("auditor").request(
            "GET", "/v1/operator/dead-letters").expect(200).json["dead_letters"], [])
        log_proves(service)
        service.start()


__all__ = ["Operators", "Outage", "Slots", "Stock", "TheLog"]
