"""What operators publish, change and look at."""

from api_world import GATED, ONE_DOSE, SITE, WALK_IN, ApiCase, days_ago
from jari_service import everybody, in_seconds, new_key, one_dose, two_doses, until


class Settings(ApiCase):
    """PUT replaces, PATCH changes what is named, If-Match guards both."""

    def read(self, path):
        answer = self.operator.read(path).expect(200)
        self.assertEqual(f'"{answer.json["version"]}"', answer.headers["etag"])
        self.assertEqual(200, self.world.reader.read(path).status)
        return answer.json

    def test_a_queue(self):
        queue = new_key("queue")
        path = f"/v1/operator/queues/{queue}"
        self.operator.read(path).expect(404, "unknown-queue")
        self.operator.patch_queue(queue, paused=True).expect(404, "unknown-queue")
        put = self.operator.put_queue(queue, GATED, message="Hello", paused=True).expect(200).json
        self.assertEqual({k: v for k, v in put.items() if k != "as_of"},
                         {k: v for k, v in self.read(path).items() if k != "as_of"})
        patched = self.operator.patch_queue(queue, rate_per_second=7, message=None).expect(200).json
        self.assertEqual((7, True, False), (patched["rate_per_second"], patched["paused"],
                                            "message" in patched))
        self.assertGreater(patched["version"], put["version"])
        again = self.operator.put_queue(queue, GATED).expect(200).json
        self.assertEqual((False, True), (again["paused"], again["rejoin"]))

    def test_a_programme(self):
        programme = new_key("programme")
        path = f"/v1/operator/programmes/{programme}"
        self.operator.read(path).expect(404, "unknown-programme")
        self.operator.patch_programme(programme, name="x").expect(404, "unknown-programme")
        put = self.operator.put_programme(programme, queue="some-queue", rebook_seconds=60)
        self.assertEqual(60, put.expect(200).json["rebook_seconds"])
        patched = self.operator.patch_programme(programme, queue=None, rebook_seconds=None,
                                                hold_seconds=9).expect(200).json
        self.assertEqual((604800, 9, False), (patched["rebook_seconds"], patched["hold_seconds"],
                                              "queue" in patched))
        self.assertEqual(patched["version"], self.read(path)["version"])
        shown = self.world.everybody.request("GET", f"/v1/programmes/{programme}").expect(200).json
        self.assertEqual(patched["cohorts"], shown["cohorts"])

    def test_a_site_and_a_slot(self):
        site = new_key("site")
        path = f"/v1/operator/sites/{site}"
        self.operator.read(path).expect(404, "unknown-site")
        self.operator.put_slot(site, "am").expect(404, "unknown-site")
        fields = {"address": "1 High Street", "phone": "+1 2", "latitude": 40.5,
                  "longitude": -73.25}
        put = self.operator.put_site(site, zone="America/New_York", **fields).expect(200).json
        self.assertEqual(fields, {name: put[name] for name in fields})
        self.assertEqual(put["version"], self.read(path)["version"])
        self.operator.read(f"{path}/slots/am").expect(404, "unknown-slot")
        self.operator.read("/v1/operator/sites/none/slots/am").expect(404, "unknown-site")
        starts_at = "2030-01-15T03:30:00.000Z"
        slot = self.operator.put_slot(site, "am", starts_at=starts_at, length_seconds=600)
        self.assertEqual(("2030-01-14", "2030-01-15T03:40:00.000Z", "open"),
                         (slot.expect(200).json["starts_on"], slot.json["ends_at"],
                          slot.json["state"]))
        self.assertEqual(slot.json["version"], self.read(f"{path}/slots/am")["version"])
        self.assertNotIn("address", self.operator.put_site(site).expect(200).json)

    def withdrawn(self, site, slot, **options):
        """The withdrawal of a slot that stands, as an answer with the ETag of what it left."""
        if not options:
            return self.operator.put_slot(site, slot)
        return self.operator.withdraw_slot(site, slot, **options)

    def test_another_version_is_stale(self):
        site = new_key("site")
        self.operator.put_site(site).expect(200)
        self.operator.put_slot(site, "am").expect(200)
        programme, queue = self.world.open_line()
        for put in (lambda **o: self.operator.put_queue(queue, GATED, **o),
                    lambda **o: self.operator.patch_queue(queue, paused=False, **o),
                    lambda **o: self.operator.put_programme(programme, **o),
                    lambda **o: self.operator.patch_programme(programme, name="y", **o),
                    lambda **o: self.operator.put_site(site, **o),
                    lambda **o: self.operator.put_slot(site, "am", **o),
                    lambda **o: self.withdrawn(site, "am", **o)):
            first = put().expect(200).headers["etag"]
            put(headers={"If-Match": first}).expect(200)
            put(headers={"If-Match": '"4000000"'}).expect(409, "stale-version")
            put(headers={"If-Match": "no version"}).expect(400, "invalid-request")

    def test_fields_out_of_range(self):
        def wrong(answer, field):
            with self.subTest(field):
                self.assertEqual(field, answer.expect(400, "invalid-request").json["field"])
        put_queue, put_slot = self.operator.put_queue, self.operator.put_slot
        for field, value in (("rate_per_second", -1), ("rate_per_second", 1_000_001),
                             ("rate_per_second", 1.5), ("inside_max", 100_000_001),
                             ("session_seconds", 0), ("session_seconds", 86401),
                             ("message", "x" * 501), ("opens_at", "noon"), ("paused", "yes")):
            wrong(put_queue("q", "p", **{field: value}), field)
        for field, value in (("capacity", -1), ("capacity", 1_000_001), ("length_seconds", 59),
                             ("length_seconds", 86401), ("starts_at", "2030-02-30T00:00:00Z")):
            wrong(put_slot(SITE, "s", **{field: value}), field)
        for field, value in (("name", ""), ("name", "x" * 201), ("region", "x" * 65),
                             ("zone", "Mars/Olympus"), ("latitude", 91)):
            wrong(self.operator.put_site("s", **{field: value}), field)
        for field, value in (("active_appointments_max", 0), ("active_appointments_max", 11),
                             ("hold_seconds", 86401), ("rebook_seconds", 31_536_001),
                             ("cohorts", [everybody()] * 101), ("products", [])):
            wrong(self.operator.put_programme("p", **{field: value}), field)
        wrong(self.operator.put_site("s", reason="x" * 201), "reason")
        wrong(self.operator.add_stock(SITE, ONE_DOSE, 10_000_001), "doses")
        wrong(self.operator.put_programme("p", products=[{**one_dose("v"), "doses": 3}]),
              "products[0].doses")

    def test_reasons(self):
        path = f"/v1/operator/sites/{SITE}/slots/{self.world.slot()}"
        answer = self.operator.change("DELETE", path)
        self.assertEqual("Jari-Reason", answer.expect(400, "invalid-request").json["field"])
        self.operator.change("DELETE", path, headers={"Jari-Reason": "%zz"}).expect(400)
        self.operator.change("DELETE", path, reason="백신이 오지 않음").expect(200)


class Places(ApiCase):
    """Capacity, stock and withdrawal under what is booked."""

    def test_capacity_below_what_is_booked_is_a_fact(self):
        slot = self.world.slot()
        people = dict(self.world.booked(slot=slot)[::-1] for _ in range(3))
        cut = self.operator.put_slot(SITE, slot, capacity=1,
                                     starts_at=self.slot(slot)["starts_at"]).expect(200).json
        self.assertEqual((1, 3, 0, 2), (cut["capacity"], cut["booked"], cut["available"],
                                        cut["over"]))
        self.assertEqual(set(people), {row["appointment"] for row in cut["booked_by"]})
        person = self.world.eligible()
        person.book(WALK_IN, SITE, slot, ONE_DOSE).expect(409, "slot-full")

    def slot(self, slot):
        return self.operator.read(f"/v1/operator/sites/{SITE}/slots/{slot}").expect(200).json

    def test_the_time_of_a_slot_with_somebody_booked_stays(self):
        slot = self.world.slot()
        self.world.booked(slot=slot)
        answer = self.operator.put_slot(SITE, slot, starts_at=in_seconds(7200))
        answer.expect(409, "slot-booked")
        answer = self.operator.put_slot(SITE, slot, starts_at=self.slot(slot)["starts_at"],
                                        length_seconds=1200)
        answer.expect(409, "slot-booked")

    def test_withdrawn_and_kept(self):
        slot = self.world.slot()
        person, appointment = self.world.booked(slot=slot)
        gone = self.operator.withdraw_slot(SITE, slot).expect(200).json
        self.assertEqual(("withdrawn", [appointment]),
                         (gone["state"], [row["appointment"] for row in gone["booked_by"]]))
        shown = person.appointment(appointment).json
        self.assertEqual(("booked", "withdrawn"), (shown["state"], shown["slot_state"]))
        again = self.operator.put_slot(SITE, slot, starts_at=gone["starts_at"]).expect(200).json
        self.assertEqual("open", again["state"])

    def test_withdrawn_and_cancelled(self):
        slot = self.world.slot()
        person, appointment = self.world.booked(slot=slot)
        answer = self.operator.withdraw_slot(SITE, slot, appointments="cancel").expect(200)
        self.assertEqual([appointment], [row["appointment"] for row in answer.json["booked_by"]])
        shown = until(lambda: person.appointment(appointment).json,
                      lambda document: document["state"] == "cancelled")
        self.assertEqual("withdrawal", shown["cancelled_by"])
        self.assertIn("rebook_until", shown)

    def test_refusals_of_a_withdrawal(self):
        self.operator.withdraw_slot("none", "s").expect(404, "unknown-site")
        self.operator.withdraw_slot(SITE, "none").expect(404, "unknown-slot")
        started = self.world.started_slot()
        answer = self.operator.withdraw_slot(SITE, started, appointments="cancel")
        answer.expect(409, "slot-started")
        self.operator.withdraw_slot(SITE, started, appointments="perhaps").expect(400)

    def test_stock(self):
        site = new_key("site")
        self.operator.add_stock(site, ONE_DOSE, 5).expect(404, "unknown-site")
        self.operator.read(f"/v1/operator/sites/{site}/stock").expect(404, "unknown-site")
        self.operator.put_site(site).expect(200)
        self.operator.add_stock(site, ONE_DOSE, 5).expect(200)
        slot = self.world.slot(site)
        for _ in range(2):
            self.world.eligible().book(WALK_IN, site, slot, ONE_DOSE).expect(201)
        self.operator.add_stock(site, ONE_DOSE, -4).expect(409, "below-booked")
        gone = self.operator.add_stock(site, ONE_DOSE, -6, lost=True).expect(400, "invalid-request")
        self.assertEqual("doses", gone.json["field"])
        self.assertNotIn("lost: true", gone.json["detail"])
        row = self.operator.add_stock(site, ONE_DOSE, -4, lost=True).expect(200).json["stock"][0]
        self.assertEqual((2, 0, 1), (row["booked"], row["available"], row["over"]))
        shown = self.operator.read(f"/v1/operator/sites/{site}/stock").expect(200).json["stock"]
        self.assertEqual([row], shown)
        self.world.eligible().book(WALK_IN, site, slot, ONE_DOSE).expect(409, "out-of-stock")


class Attendance(ApiCase):

    def test_from_the_start_on_and_corrected(self):
        person, appointment = self.world.began()
        self.assertEqual("attended",
                         self.operator.attendance(appointment, True).expect(200).json["state"])
        row = person.my_eligibility().json["eligibility"][0]
        self.assertEqual((1, ONE_DOSE), (row["doses_done"], row["last_product"]))
        self.assertEqual("missed",
                         self.operator.attendance(appointment, False).expect(200).json["state"])
        row = person.my_eligibility().json["eligibility"][0]
        self.assertEqual((0, False), (row["doses_done"], "last_product" in row))

    def test_refusals(self):
        self.operator.attendance("none", True).expect(404, "unknown-appointment")
        person, appointment = self.world.booked()
        person.cancel(appointment)
        self.operator.attendance(appointment, True).expect(409, "appointment-not-active")
        _, early = self.world.booked()
        answer = self.operator.attendance(early, True).expect(400, "invalid-request")
        self.assertEqual("attended", answer.json["field"])

    def test_a_second_dose_by_a_product_that_follows(self):
        programme = new_key("programme")
        products = [two_doses("first", 21), two_doses("other", 10, follows=["first"])]
        self.operator.put_programme(programme, products=products).expect(200)
        self.operator.add_stock(SITE, "other", 10).expect(200)
        person = self.world.eligible(programme, doses_done=1, last_dose_on=days_ago(12),
                                     last_product="first")
        answer = person.book(programme, SITE, self.world.slot(), "other").expect(201)
        self.assertEqual(2, answer.json["dose"])


class Views(ApiCase):

    def test_the_day_list(self):
        site = new_key("site")
        path = f"/v1/operator/sites/{site}/appointments"
        self.operator.read(path).expect(404, "unknown-site")
        self.operator.put_site(site).expect(200)
        self.operator.add_stock(site, ONE_DOSE, 10).expect(200)
        slots = [self.world.slot(site, starts_at=in_seconds(3600 * (i + 1))) for i in range(3)]
        booked = []
        for slot in slots:
            person = self.world.eligible()
            booked.append(person.book(WALK_IN, site, slot, ONE_DOSE).json["appointment"])
        self.operator.cancel(booked[0]).expect(200)

        def listed(**query):
            rows = self.operator.all_pages(path, "appointments", query)
            return {row["appointment"] for row in rows}
        self.assertEqual({booked[1], booked[2]}, listed(state="booked"))
        self.assertEqual({booked[2]}, listed(slot=slots[2]))
        self.assertEqual({booked[1]}, listed(to=in_seconds(9000), state="booked"))
        self.assertEqual({booked[1], booked[2]}, listed(state="booked", limit=1))

    def test_a_person_is_never_unknown(self):
        empty = self.operator.read("/v1/operator/people/nobody-at-all").expect(200).json
        self.assertEqual([[], [], [], []], [empty[name] for name in (
            "tickets", "eligibility", "holds", "appointments")])
        person, appointment = self.world.booked()
        queue = self.world.queue(rate_per_second=0)
        person.take_ticket(queue).expect(201)
        shown = self.operator.read(f"/v1/operator/people/{person.name}").expect(200).json
        self.assertEqual([appointment], [row["appointment"] for row in shown["appointments"]])
        self.assertEqual([queue], [row["queue"] for row in shown["tickets"]])
        self.assertEqual([WALK_IN], [row["programme"] for row in shown["eligibility"]])

    def test_status_and_dead_letters(self):
        status = self.world.reader.read("/v1/operator/status").expect(200).json
        self.assertEqual({status["node"]}, {row["owner"] for row in status["partitions"]} - {""})
        topics = {row["topic"] for row in status["partitions"]}
        self.assertLessEqual({"queue", "bookings", "inventory", "programmes"}, topics)
        for row in status["partitions"]:
            self.assertLessEqual(row["durable"], row["applied"], row)
        letters = self.world.reader.read("/v1/operator/dead-letters").expect(200).json
        self.assertEqual([], letters["dead_letters"])

    def test_changes_in_order_for_each_appointment(self):
        after = self.end_of_changes()
        person, appointment = self.world.booked()
        moved = person.reschedule(appointment, SITE, self.world.slot()).expect(200)
        person.cancel(appointment, position=moved.position).expect(200)
        versions = []
        while len(versions) < 3:
            page = self.operator.read("/v1/operator/changes",
                                      query={"after": after, "wait": 10}).expect(200).json
            self.assertNotEqual([], page["changes"], "the feed stopped")
            versions += [row["appointment"]["version"] for row in page["changes"]
                         if row["appointment"]["appointment"] == appointment]
            after = page["next"]
        self.assertEqual([1, 2, 3], versions)

    def end_of_changes(self):
        query = {"limit": 1000}
        while True:
            page = self.operator.read("/v1/operator/changes", query=query).expect(200).json
            query["after"] = page["next"]
            if not page["changes"]:
                return page["next"]

    def test_an_empty_page_of_changes_waits(self):
        after = self.end_of_changes()
        page = self.operator.read("/v1/operator/changes", query={"after": after, "wait": 1})
        self.assertEqual([], page.expect(200).json["changes"])
