"""What every operation answers to a request that is not of the form it takes, or not allowed: the
same for all of them, made of the document, in the documented order."""

from api_world import ApiCase, Sample, samples
from jari_service import new_key, sign_token

TOO_LONG = 9 * 1024
TOO_MANY_HEADER_BYTES = 20 * 1024
TOO_LARGE = 2 * 1024 * 1024


class Form(ApiCase):
    """One test for each kind of refusal, over all operations."""

    def each(self, is_wanted, status, code, **changes):
        for sample in samples(is_wanted):
            with self.subTest(sample.name):
                made = {k: v(sample) if callable(v) else v for k, v in changes.items()}
                answer = sample.send(self.world.everybody, self.service, **made)
                answer.expect(status, code)

    def test_a_request_without_a_host_names_it(self):
        for path in ["/v1/none", *(s.path for s in samples(lambda s: s.method == "GET"))]:
            with self.subTest(path):
                answer = self.world.everybody.request("GET", path, headers={"Host": None})
                self.assertEqual("host", answer.expect(400, "invalid-request").json["field"])

    def test_what_is_no_request_names_what_is_wrong(self):
        for line, field in (("GET / HTTP/2.0", "request-line"),
                            ("CONNECT a:1 HTTP/1.1", "request-line"),
                            ("GET /a#b HTTP/1.1", "request-line"),
                            ("GET /\xea\xb0\x80 HTTP/1.1", "request-line"),
                            ("GET / HTTP/1.1\r\nA b", "headers")):
            with self.subTest(line):
                answer = self.world.everybody.raw(f"{line}\r\nHost: x\r\n\r\n".encode("latin-1"))
                self.assertEqual((400, field), (answer.status, answer.json["field"]))

    def test_headers_beyond_16_kib(self):
        self.each(lambda s: True, 431, "headers-too-large",
                  headers={"X-Filler": "x" * TOO_MANY_HEADER_BYTES})

    def test_a_request_line_beyond_8_kib(self):
        self.each(lambda s: True, 414, "uri-too-long", query={"after": "x" * TOO_LONG})

    def test_a_body_that_is_too_large(self):
        self.each(lambda s: True, 413, "body-too-large", body=b" " * TOO_LARGE)

    def test_the_limit_of_a_body_is_64_kib_and_1_mib_for_eligibility(self):
        padded = b'{"reason":"' + b"x" * (70 * 1024) + b'"}'
        Sample("patch_queue").send(self.operator, self.service, body=padded).expect(413)
        Sample("grant_eligibility").send(self.operator, self.service, body=padded).expect(400)

    def test_another_media_type(self):
        self.each(lambda s: s.body is not None, 415, "unsupported-media-type",
                  headers={"Content-Type": "text/plain"}, body=b'{"a": 1}')

    def test_a_media_type_with_a_charset_is_taken(self):
        body = b'{"programme": "flu", "site": "site-7", "slot": "am-0900", "product": "none"}'
        headers = {"Content-Type": "application/json; charset=utf-8"}
        self.world.stranger().change("POST", "/v1/holds", body, headers=headers).expect(404)

    def test_no_token(self):
        self.each(lambda s: s.scopes, 401, "token-required", token=None)

    def test_a_token_that_is_none(self):
        self.each(lambda s: s.scopes, 401, "token-invalid", token="not.a.token")

    def test_a_token_without_the_scope(self):
        def wrong(sample):
            scope = next(s for s in ("reader", "person") if s not in sample.scopes)
            return self.service.token("somebody", scope)
        self.each(lambda s: s.scopes, 403, "scope-required", token=wrong)

    def test_a_position_that_is_none(self):
        self.each(lambda s: s.takes("Jari-Position"), 400, "invalid-request",
                  position="no position of this log")

    def test_a_body_that_is_no_json(self):
        self.each(lambda s: s.body is not None, 400, "invalid-json", body=b'{"reason": ')

    def test_a_call_that_needs_a_key(self):
        self.each(lambda s: s.takes("Idempotency-Key")
                  and s.parameters["Idempotency-Key"].get("required"),
                  400, "idempotency-key-required", key=None)

    def test_a_key_out_of_form(self):
        for key in ("x" * 65, "a b", "a/b"):
            answer = Sample("take_hold").send(self.world.everybody, self.service, key=key)
            self.assertEqual("Idempotency-Key", answer.expect(400, "invalid-request").json["field"])

    def test_an_id_out_of_form_names_its_field(self):
        for bad in ("%20", "a%2Fb", "x" * 65, "%C3%A9"):
            answer = self.world.everybody.request("GET", f"/v1/queues/{bad}")
            self.assertEqual("queue", answer.expect(400, "invalid-request").json["field"])

    def test_a_field_that_nobody_knows(self):
        def with_nonsense(sample):
            return {**sample.body, "nonsense": 1}
        for sample in samples(lambda s: s.body is not None):
            with self.subTest(sample.name):
                answer = sample.send(self.world.everybody, self.service, body=with_nonsense(sample))
                self.assertEqual("nonsense", answer.expect(400, "invalid-request").json["field"])

    def test_a_field_where_there_is_no_body(self):
        for sample in samples(lambda s: s.method == "DELETE"):
            with self.subTest(sample.name):
                answer = sample.send(self.world.everybody, self.service, body={"nonsense": 1})
                self.assertEqual("nonsense", answer.expect(400, "invalid-request").json["field"])
                answer = sample.send(self.world.everybody, self.service, body=b"{")
                self.assertEqual("body", answer.expect(400, "invalid-request").json["field"])
        self.world.stranger().change("DELETE", "/v1/holds/none", {}).expect(404, "unknown-hold")

    def test_if_match_where_it_means_nothing(self):
        for sample in samples(lambda s: s.takes("Idempotency-Key") and not s.takes("If-Match")):
            with self.subTest(sample.name):
                answer = sample.send(self.world.everybody, self.service,
                                     headers={"If-Match": '"1"'})
                self.assertEqual("If-Match", answer.expect(400, "invalid-request").json["field"])

    def test_a_reason_with_a_control_character(self):
        for bad in ("a\nb", "\x1b[2K", "\x7f", "\x85", "\u2028"):
            with self.subTest(repr(bad)):
                answer = self.operator.put_site("site-7", reason=bad)
                self.assertEqual("reason", answer.expect(400, "invalid-request").json["field"])
                answer = self.operator.revoke("walk-in", "nobody", reason=bad)
                self.assertEqual("Jari-Reason", answer.expect(400, "invalid-request").json["field"])

    def test_a_query_parameter_that_nobody_knows(self):
        answer = self.world.everybody.request("GET", "/v1/sites", query={"regoin": "x"})
        self.assertEqual("regoin", answer.expect(400, "invalid-request").json["field"])

    def test_a_body_without_one_of_its_fields_names_it(self):
        for name in ("put_queue", "put_programme", "put_site", "put_slot", "change_stock",
                     "grant_eligibility", "book_for_person", "record_attendance"):
            sample = Sample(name)
            for field in sample.body:
                rest = {k: v for k, v in sample.body.items() if k != field}
                answer = sample.send(self.world.everybody, self.service, body=rest)
                if answer.status == 400:
                    with self.subTest(f"{name} without {field}"):
                        self.assertEqual(field, answer.json["field"])

    def test_limits_of_pages(self):
        for query in ({"limit": "0"}, {"limit": "1001"}, {"limit": "x"}, {"limit": "-1"},
                      {"after": "no page of this list"}):
            with self.subTest(str(query)):
                self.world.everybody.request("GET", "/v1/sites", query=query).expect(400)
        for name in ("from", "to"):
            answer = self.world.everybody.request("GET", "/v1/sites/site-7/slots",
                                                  query={name: "tomorrow"})
            self.assertEqual(name, answer.expect(400, "invalid-request").json["field"])


class Order(ApiCase):
    """Of two things wrong, the first of the documented order is told."""

    def test_of_two_things_wrong_the_first_is_told(self):
        key = {"Idempotency-Key": None}
        text = {"Content-Type": "text/plain"}
        many = {"X-Filler": "x" * TOO_MANY_HEADER_BYTES}
        book, none = "/v1/appointments", "/v1/none"
        wrong_scope = self.service.token("reader", "reader")
        for status, method, path, body, headers, token in (
                (431, "GET", none + "?" + "x" * 100, None, many, None),
                (414, "GET", none + "?" + "x" * TOO_LONG, None, {}, None),
                (404, "PATCH", none, b"{", text, "bad"),
                (405, "PATCH", book, b"{", text, "bad"),
                (413, "POST", book, b" " * TOO_LARGE, text, "bad"),
                (415, "POST", book, b"{", text, "bad"),
                (401, "POST", book, b"{", key, "bad"),
                (403, "POST", book, b"{", key, wrong_scope)):
            with self.subTest(f"{status} {method} {path[:40]}"):
                answer = self.world.everybody.request(method, path, body, headers=headers,
                                                      token=token)
                answer.expect(status)

    def test_form_comes_before_a_key_that_was_used(self):
        person, key = self.world.eligible(), new_key()
        person.book("walk-in", "site-1", "none", "vaccine-a", key=key).expect(404, "unknown-slot")
        person.change("POST", "/v1/appointments", {"programme": 7}, key=key).expect(400)
        person.book("walk-in", "site-1", "other", "vaccine-a", key=key).expect(422)


class Tokens(ApiCase):
    """Who is believed."""

    def reject(self, token, words=""):
        answer = self.world.everybody.request("GET", "/v1/me/holds", token=token)
        answer.expect(401, "token-invalid")
        self.assertNotIn(token, answer.body.decode())
        self.assertIn(words, answer.json["detail"].lower())

    def test_what_is_wrong_with_a_token_is_told_but_never_the_token(self):
        token = self.service.token
        self.reject(token("p", "person", ttl_seconds=-120), "exp")
        self.reject(token("p", "person", exp=None), "exp")
        self.reject(token("p", "person", aud="other"), "aud")
        self.reject(token("p", "person", aud=None), "aud")
        self.reject(token("p", "person", sub=None), "sub")
        self.reject(token("not a reference", "person"), "sub")
        self.reject(token("p", "person", act={"sub": "a\nb"}), "act.sub")

    def test_an_operator_has_a_name_of_one_line(self):
        for name in ("", "x" * 257, "ann\nlisted: override", "\x1b[2K", "\x9b", "\u2029"):
            with self.subTest(repr(name)):
                operator = self.service.operator(name)
                operator.read("/v1/operator/status").expect(401, "token-invalid")
        self.service.operator("Ann O'Brien 자리").read("/v1/operator/status").expect(200)

    def test_two_tokens_are_none(self):
        token = self.service.token("p", "person")
        answer = self.world.everybody.request("GET", "/v1/me/holds", token=token,
                                              headers={"authorization": f"Bearer {token}"})
        self.assertEqual("Authorization", answer.expect(400, "invalid-request").json["field"])

    def test_who_may_not_send_a_large_body_is_told_before_it_comes(self):
        """The head alone is sent: the answer does not wait for the body."""
        reader = self.service.token("r", "reader")
        for token, status, code in ((None, 401, "token-required"),
                                    ("not.a.token", 401, "token-invalid"),
                                    (reader, 403, "scope-required")):
            shown = f"Authorization: Bearer {token}\r\n" if token else ""
            for path, length in (("eligibility", 1024 * 1024), ("appointments", 1024)):
                with self.subTest(f"{code} {path}"):
                    answer = self.world.everybody.raw(
                        f"POST /v1/operator/{path} HTTP/1.1\r\nHost: x\r\n{shown}"
                        f"Content-Length: {length}\r\n\r\n".encode())
                    self.assertEqual((status, code), (answer.status, answer.code))

    def test_an_algorithm_that_is_not_the_keys(self):
        claims = {"aud": "jari", "sub": "p", "scope": "person", "exp": 4102444800}
        good = sign_token(self.service.secret, claims)
        self.world.everybody.request("GET", "/v1/me/holds", token=good).expect(200)
        for algorithm in ("none", "None", "RS256", "HS512"):
            with self.subTest(algorithm):
                self.reject(sign_token(self.service.secret, claims, {"alg": algorithm}))
        head, body, _ = sign_token(self.service.secret, claims, {"alg": "none"}).split(".")
        self.reject(f"{head}.{body}.")
        self.reject(sign_token(b"another secret of thirty-two byt", claims))

    def test_a_minute_of_leeway_and_no_more(self):
        self.reject(self.service.token("p", "person", ttl_seconds=-62), "exp")

    def test_sites_limit_an_operator(self):
        limited = self.service.operator("limited", sites=["site-7"])
        limited.add_stock("site-7", "vaccine-a", 1).expect(200)
        limited.add_stock("site-1", "vaccine-a", 1).expect(403, "scope-required")
        limited.read("/v1/operator/sites/site-1").expect(403, "scope-required")
        _, appointment = self.world.booked()
        limited.cancel(appointment).expect(403, "scope-required")

    def test_the_command_makes_tokens_that_are_believed(self):
        for flag in ("--person", "--operator", "--reader"):
            done = self.service.cli("token", "--data", self.service.directory, flag, "somebody")
            path = "/v1/me/holds" if flag == "--person" else "/v1/operator/status"
            answer = self.world.everybody.request("GET", path, token=done.stdout.strip())
            answer.expect(200)
