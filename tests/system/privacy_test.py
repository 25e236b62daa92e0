"""What ops/PRIVACY.md says of who leaves what: searched for in every file that a run leaves.

A person with a name, an address and an employer asks for this and that, also wrongly; then each
file of the data directory, the archive, the snapshot, what the service said on stderr, its
figures and the audit's reports are searched for their bytes. That the search would find them is
shown by the person's reference, which is to be found where the page says so.
"""

import base64
import http.client
import pathlib
import secrets
import tempfile
import unittest
import urllib.parse

from jari_service import Service, main

ADDRESS = "127.0.0.77"  # what the service sees at the other end
FORWARDED = "203.0.113.77"  # and what a gateway in front would tell it
AGENT = "MinjiKimsTelephone"
COOKIE = "sid=0f1e2d3c4b5a69788796a5b4c3d2e1f0"
NAME = "KimMinji19680412"  # in claims, paths and bodies where it does not belong


class Privacy(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.person = "ref-" + secrets.token_hex(16)
        cls.operator_reason = "flooded cellar " + secrets.token_hex(8)
        cls.more = tempfile.TemporaryDirectory(prefix="jari-privacy-")
        cls.service = Service().start()
        cls.token = cls.service.token(cls.person, "person", name=NAME, email=f"{NAME}@x.example")
        cls.set_up_programme()
        cls.ask_this_and_that()
        cls.metrics = cls.service.client().request("GET", "/metrics").body
        cls.copy_all()

    @classmethod
    def tearDownClass(cls):
        cls.more.cleanup()
        cls.service.close()

    @classmethod
    def set_up_programme(cls):
        operator = cls.service.operator()
        operator.put_queue("line", "flu").expect(200)
        operator.put_programme("flu", queue="line", reason=cls.operator_reason).expect(200)
        operator.put_site("clinic").expect(200)
        operator.put_slot("clinic", "am").expect(200)
        operator.add_stock("clinic", "vaccine-a", 10).expect(200)
        operator.grant("flu", [cls.person]).expect(200)

    @classmethod
    def call(cls, method, path, body=None, token=None):
        """From an address of its own, with what browsers and gateways send along."""
        parts = urllib.parse.urlsplit(cls.service.url)
        there = http.client.HTTPConnection(parts.hostname, parts.port, timeout=40,
                                           source_address=(ADDRESS, 0))
        headers = {"Authorization": f"Bearer {token or cls.token}", "User-Agent": AGENT,
                   "Cookie": COOKIE, "X-Forwarded-For": FORWARDED,
                   "Forwarded": f"for={FORWARDED}", "Idempotency-Key": secrets.token_hex(8)}
        if body is not None:
            headers["Content-Type"] = "application/json"
        there.request(method, path, body, headers)
        answer = there.getresponse()
        answer.read()
        there.close()
        return answer.status

    @classmethod
    def ask_this_and_that(cls):
        slot = '"programme": "flu", "site": "clinic", "slot": "am", "product": "vaccine-a"'
        is_good = {
            "ticket": cls.call("POST", "/v1/queues/line/tickets") == 201,
            "wrong field": cls.call("POST", "/v1/appointments", f'{{"name": "{NAME}"}}') == 400,
            "no JSON": cls.call("POST", "/v1/appointments", f'{{"name": {NAME}') == 400,
            "no path": cls.call("GET", f"/v1/people/{NAME}") == 404,
            "no queue": cls.call("GET", f"/v1/queues/{NAME}") == 404,
            "forged": cls.call("GET", "/v1/me/appointments", token=cls.token[:-8] + "AAAAAAAA")
            == 401,
        }
        cls.service.person(cls.person).wait_admitted("line")
        is_good["booked"] = cls.call("POST", "/v1/appointments", f"{{{slot}}}") == 201
        assert all(is_good.values()), is_good

    @classmethod
    def copy_all(cls):
        """What operators make of a run: a snapshot, an archive, an export, reports."""
        service, more = cls.service, pathlib.Path(cls.more.name)
        service.restart()  # what a snapshot copies is written behind at the latest when it stops
        service.cli("snapshot", "--data", service.directory, "--into", more / "snapshot")
        service.stop()
        service.cli("archive", "--data", service.directory, "--into", more / "archive")
        cls.export = service.cli("export", "--data", service.directory).stdout.encode()
        service.cli("audit", "--data", service.directory, "--report", more / "report.html",
                    "--json", more / "report.json")

    def files(self):
        """Every file that is left, by name; the export as what the log says when it is unpacked."""
        left = {"export": self.export, "metrics": self.metrics}
        for root in (self.service.directory, pathlib.Path(self.more.name)):
            for path in root.rglob("*"):
                if path.is_file():
                    left[str(path)] = path.read_bytes()
        left["stderr"] = pathlib.Path(str(self.service.directory) + ".stderr").read_bytes()
        return left

    def found(self, text):
        wanted = text if isinstance(text, bytes) else text.encode()
        return {name for name, content in self.files().items() if wanted in content}

    # The search finds what is there.

    def test_a_persons_reference_is_in_the_log_and_its_copies(self):
        found = self.found(self.person)
        self.assertIn("export", found)
        for part in ("/log/", "/state/", "/snapshot/", "/archive/"):
            self.assertTrue(any(part in name for name in found), f"{part} not in {found}")

    def test_it_is_in_no_figure_no_line_on_stderr_and_no_report(self):
        found = self.found(self.person)
        self.assertFalse(found & {"metrics", "stderr"}, found)
        self.assertFalse([name for name in found if "report." in name], found)

    def test_an_operators_reason_stays_in_the_log(self):
        self.assertIn("export", self.found(self.operator_reason))

    # And not what must not be.

    def test_no_part_of_a_token_is_kept(self):
        head, claims, signature = self.token.split(".")
        for part in (self.token, f"{head}.{claims}", claims, signature,
                     base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))):
            self.assertEqual(set(), self.found(part))

    def test_the_key_that_signs_is_in_its_own_file_only(self):
        line = (self.service.directory / "keys" / "hs256.key").read_text().strip()
        keys = {str(self.service.directory / "keys" / "hs256.key")}
        self.assertEqual(keys, self.found(line))
        self.assertEqual(set(), self.found(self.service.secret))

    def test_no_claim_beyond_the_reference_is_kept(self):
        self.assertEqual(set(), self.found(NAME))

    def test_no_address_is_kept(self):
        self.assertEqual(set(), self.found(ADDRESS) | self.found(FORWARDED))

    def test_nothing_that_tells_a_browser_is_kept(self):
        self.assertEqual(set(), self.found(AGENT) | self.found(COOKIE) | self.found(COOKIE[4:]))


if __name__ == "__main__":
    main()
