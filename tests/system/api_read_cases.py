"""Reads: caching, lists and pages, HEAD, Allow, CORS, positions, the stream of events, probes."""

import json

from api_world import GATE, ONE_DOSE, ORIGIN, SITE, WALK_IN, ApiCase, samples
from jari_service import in_seconds, new_key, until

PUBLIC = ("show_queue", "show_programme", "find_availability", "list_sites", "list_slots")


class Caching(ApiCase):

    def test_reads_for_everybody_may_be_kept_for_a_second(self):
        for sample in samples(lambda s: s.name in PUBLIC):
            with self.subTest(sample.name):
                answer = sample.send(self.world.everybody, self.service).expect(200)
                self.assertEqual("public, max-age=1", answer.headers["cache-control"])
                self.assertLessEqual({"jari-position", "origin"},
                                     {v.strip().lower() for v in answer.headers["vary"].split(",")})
                asked = sample.send(self.world.everybody, self.service, position=answer.position)
                self.assertEqual("private, no-store", asked.expect(200).headers["cache-control"])

    def test_who_has_it_is_told_so(self):
        queue = self.world.queue(rate_per_second=0)
        path = f"/v1/queues/{queue}"
        tag = self.world.everybody.request("GET", path).expect(200).headers["etag"]
        for sent in (tag, f'"other", {tag}', "*"):
            answer = self.world.everybody.request("GET", path, headers={"If-None-Match": sent})
            self.assertEqual(b"", answer.expect(304).body)
        self.operator.patch_queue(queue, message="changed").expect(200)
        answer = self.world.everybody.request("GET", path, headers={"If-None-Match": tag})
        self.assertNotEqual(tag, answer.expect(200).headers["etag"])

    def test_304_for_each_of_them(self):
        for sample in samples(lambda s: s.name in PUBLIC):
            with self.subTest(sample.name):
                for _ in range(5):  # something may change between the two
                    first = sample.send(self.world.everybody, self.service).expect(200)
                    again = sample.send(self.world.everybody, self.service,
                                        headers={"If-None-Match": first.headers["etag"]})
                    if again.status == 304:
                        break
                self.assertEqual(304, again.status)


class Lists(ApiCase):

    def test_sites_by_id_page_by_page(self):
        region = new_key("region")
        ids = sorted(new_key("site") for _ in range(7))
        for site in reversed(ids):
            self.operator.put_site(site, region=region).expect(200)
        rows = self.world.operator.all_pages("/v1/sites", "sites", {"region": region, "limit": 3})
        self.assertEqual(ids, [row["site"] for row in rows])
        page = self.world.everybody.request("GET", "/v1/sites",
                                            query={"region": region, "limit": 7}).json
        self.assertNotIn("next", page)

    def test_slots_by_start_then_id(self):
        site = new_key("site")
        self.operator.put_site(site).expect(200)
        times = {"b": 7200, "a": 7200, "c": 3600, "late": 15 * 86400, "past": -3600}
        at = {hours: in_seconds(hours) for hours in times.values()}
        for slot, hours in times.items():
            self.operator.put_slot(site, slot, starts_at=at[hours]).expect(200)

        def listed(**query):
            return [row["slot"] for row in
                    self.operator.all_pages(f"/v1/sites/{site}/slots", "slots", query)]
        self.assertEqual(["c", "a", "b"], listed())
        self.assertEqual(["c", "a", "b"], listed(limit=1))
        self.assertEqual(["past", "c"], listed(**{"from": in_seconds(-7200), "to": at[7200]}))
        self.assertEqual(["a", "b"], listed(**{"from": at[7200]}))
        self.world.everybody.request("GET", "/v1/sites/none/slots").expect(404, "unknown-site")

    def test_slots_show_what_is_left(self):
        site = new_key("site")
        self.operator.put_site(site).expect(200)
        self.operator.add_stock(site, ONE_DOSE, 7).expect(200)
        slot = self.world.slot(site, capacity=2)
        self.world.eligible().book(WALK_IN, site, slot, ONE_DOSE).expect(201)
        self.world.eligible().hold(WALK_IN, site, slot, ONE_DOSE).expect(201)
        shown = self.world.everybody.request("GET", f"/v1/sites/{site}/slots").expect(200).json
        row, stock = shown["slots"][0], shown["stock"][0]
        self.assertEqual((2, 1, 1, 0, "open"), (row["capacity"], row["booked"], row["held"],
                                                row["available"], row["state"]))
        self.assertEqual((7, 1, 1, 5), (stock["doses"], stock["booked"], stock["held"],
                                        stock["available"]))

    def test_availability(self):
        path = f"/v1/programmes/{WALK_IN}/availability"
        region, site = new_key("region"), new_key("site")
        self.operator.put_site(site, region=region).expect(200)
        self.operator.add_stock(site, ONE_DOSE, 3).expect(200)
        self.world.slot(site, capacity=2)
        rows = until(lambda: self.operator.all_pages(path, "sites", {"region": region}), bool)
        self.assertEqual([(site, ONE_DOSE, 2)],
                         [(row["site"], row["product"], row["available"]) for row in rows])
        self.world.everybody.request("GET", "/v1/programmes/none/availability").expect(404)
        self.world.everybody.request("GET", "/v1/programmes/none").expect(404, "unknown-programme")
        self.world.everybody.request("GET", "/v1/queues/none").expect(404, "unknown-queue")

    def test_pages_of_availability(self):
        programme, region = new_key("programme"), new_key("region")
        self.operator.put_programme(programme).expect(200)
        ids = sorted(new_key("site") for _ in range(3))
        for site in ids:
            self.operator.put_site(site, region=region).expect(200)
            self.operator.add_stock(site, ONE_DOSE, 3).expect(200)
            self.world.slot(site)
        path, query = f"/v1/programmes/{programme}/availability", {"region": region}
        until(lambda: self.operator.all_pages(path, "sites", query), lambda rows: len(rows) == 3)
        rows = self.operator.all_pages(path, "sites", {**query, "limit": 1})
        self.assertEqual(ids, [row["site"] for row in rows])


class Http(ApiCase):

    def test_paths_that_are_none(self):
        for path in ("/", "/v1", "/v1/queues", "/v1/queues//tickets", "/v1/sites/", "/v2/sites"):
            with self.subTest(path):
                self.world.everybody.request("GET", path).expect(404, "not-found")

    def test_other_methods_say_what_is_allowed(self):
        for method, path, allowed in (
                ("POST", "/v1/sites", {"GET", "HEAD"}),
                ("GET", "/v1/holds", {"POST"}),
                ("PUT", "/v1/queues/q/tickets/me", {"GET", "HEAD", "DELETE"}),
                ("DELETE", "/v1/operator/queues/q", {"GET", "HEAD", "PUT", "PATCH"}),
                ("FROB", "/healthz", {"GET", "HEAD"})):
            with self.subTest(f"{method} {path}"):
                answer = self.world.everybody.request(method, path)
                answer.expect(405, "method-not-allowed")
                said = {m.strip() for m in answer.headers["allow"].split(",")}
                self.assertEqual(allowed, said - {"OPTIONS"})

    def test_any_path_with_too_long_a_line_or_too_many_headers(self):
        self.world.everybody.request("GET", "/none?" + "x" * 9000).expect(414)
        self.world.everybody.request("GET", "/none", headers={"X-Filler": "x" * 20000}).expect(431)

    def test_head_is_get_without_a_body(self):
        for sample in samples(lambda s: s.method == "GET" and s.name in PUBLIC + (
                "show_health", "show_openapi", "show_holds", "show_status")):
            with self.subTest(sample.name):
                get = sample.send(self.world.everybody, self.service)
                head = sample.send(self.world.everybody, self.service, method="HEAD")
                self.assertEqual((get.status, b""), (head.status, head.body))
                self.assertEqual(get.media_type, head.media_type)

    def test_cross_origin(self):
        path = f"/v1/queues/{GATE}"
        answer = self.world.everybody.request("GET", path, headers={"Origin": ORIGIN}).expect(200)
        self.assertEqual(ORIGIN, answer.headers["access-control-allow-origin"])
        exposed = {name.strip().lower() for name in
                   answer.headers["access-control-expose-headers"].split(",")}
        self.assertLessEqual({"location", "retry-after", "jari-position", "etag"}, exposed)
        other = self.world.everybody.request("GET", path,
                                             headers={"Origin": "https://evil.example"})
        self.assertNotIn("access-control-allow-origin", other.expect(200).headers)
        preflight = self.world.everybody.request(
            "OPTIONS", "/v1/appointments",
            headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST",
                     "Access-Control-Request-Headers": "authorization,idempotency-key"})
        preflight.expect(204)
        self.assertIn("POST", preflight.headers["access-control-allow-methods"])

    def test_problems_name_the_request(self):
        key = new_key()
        answer = self.world.eligible().book(WALK_IN, SITE, "none", ONE_DOSE, key=key)
        problem = answer.expect(404).json
        self.assertEqual((key, "urn:jari:problem:unknown-slot", 404),
                         (problem["request_id"], problem["type"], problem["status"]))


class Positions(ApiCase):

    def test_a_read_is_as_new_as_the_position_it_brings(self):
        slot = self.world.slot()
        for booked in range(1, 6):
            position = self.world.eligible().book(WALK_IN, SITE, slot, ONE_DOSE).position
            shown = self.world.reader.read(f"/v1/operator/sites/{SITE}/slots/{slot}",
                                           position=position)
            self.assertEqual(booked, shown.expect(200).json["booked"])

    def test_answers_of_a_partition_name_their_position(self):
        answer = self.world.eligible().book(WALK_IN, SITE, "none", ONE_DOSE).expect(404)
        self.assertIsNotNone(answer.position)


class Events(ApiCase):

    def test_the_status_when_it_changes(self):
        queue = self.world.queue(rate_per_second=0)
        path = f"/v1/queues/{queue}/events"
        answer, blocks = self.world.everybody.events(path, 1)
        self.assertEqual((200, "text/event-stream"), (answer.status, answer.media_type))
        self.service.contract.see(answer)
        status = self.document(blocks[0])
        self.assertEqual(queue, status["queue"])
        check = self.service.contract.validator.compile({"$ref": "#/components/schemas/Queue"})
        self.assertEqual([], list(check(status, "status")))

    def test_an_unknown_queue_has_none(self):
        answer, _ = self.world.everybody.events("/v1/queues/none/events", 1)
        self.service.contract.see(answer.expect(404, "unknown-queue"))

    @staticmethod
    def document(block):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        assert lines["event"] == "status", block
        return json.loads(lines["data"])


class Probes(ApiCase):

    def test_they_answer_without_a_token(self):
        for path in ("/healthz", "/readyz", "/openapi.json", "/.well-known/jwks.json"):
            with self.subTest(path):
                self.world.everybody.request("GET", path).expect(200)

    def test_the_document_is_the_one_in_schemas(self):
        served = self.world.everybody.request("GET", "/openapi.json").expect(200).json
        self.assertEqual(self.service.contract.document, served)

    def test_metrics(self):
        text = self.world.everybody.request("GET", "/metrics").expect(200).body.decode()
        for name in ("jari_http_requests_total", "jari_decisions_total",
                     "jari_partition_applied_offset", "jari_oversold_total",
                     "jari_log_write_seconds_count", "jari_log_writes_stopped",
                     "jari_data_free_bytes"):
            self.assertIn(name, text)
