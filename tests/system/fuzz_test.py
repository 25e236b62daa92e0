"""Schemathesis against the running service: requests that nobody thought of, drawn from the schema.

Fails on any 5xx but the documented 503, and on any answer that schemas/openapi.yaml does not have
(status, media type, headers, body; the code is in the body's schema). Every run prints its seed:
JARI_FUZZ_SEED=N repeats it. JARI_FUZZ_SECONDS bounds it (default 90).

Schemathesis is installed from PyPI into build/venv the first time; where that cannot be done, the
test is skipped, loudly.
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest
import venv

from api_world import publish_what_the_examples_name
from jari_service import ROOT, Service, main, skip

SCHEMATHESIS = "schemathesis==4.32.5"
VENV = pathlib.Path(os.environ.get("JARI_VENV", ROOT / "build" / "venv"))
SECONDS = int(os.environ.get("JARI_FUZZ_SECONDS", "90"))
SEED = int(os.environ.get("JARI_FUZZ_SEED", random.SystemRandom().randrange(2**31)))
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,"
          "response_headers_conformance,response_schema_conformance")
SETTINGS = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]
"""
ENDLESS = "watch_queue"  # a stream has no end to wait for


def schemathesis():
    """The program `st` of the private virtual environment, which is made where it is absent."""
    program = VENV / "bin" / "st"
    version = SCHEMATHESIS.rpartition("=")[2]
    if program.is_file():
        known = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        if version in known.stdout:
            return program
    print(f"installing {SCHEMATHESIS} into {VENV}", flush=True)
    try:
        venv.create(VENV, with_pip=True)
        subprocess.run([VENV / "bin" / "pip", "install", "--quiet", SCHEMATHESIS], check=True,
                       timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        skip(f"{SCHEMATHESIS} cannot be installed into {VENV}: {error}")
    return program


class Fuzz(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.program = schemathesis()

    def setUp(self):
        self.service = Service(flags=["--person-rate", "0"]).start()
        self.addCleanup(self.service.close)
        publish_what_the_examples_name(self.service.operator())

    def fuzz(self, token, seconds, parameters=()):
        """`parameters`: pairs of name and value that are not drawn but given."""
        fixed = "".join(f'"{name}" = "{value}"\n' for name, value in parameters)
        with tempfile.TemporaryDirectory() as directory:
            settings = pathlib.Path(directory) / "schemathesis.toml"
            settings.write_text(f"[parameters]\n{fixed}{SETTINGS}", encoding="utf-8")
            command = [self.program, "--config-file", settings, "--no-color", "run",
                       ROOT / "schemas" / "openapi.yaml", "--url", self.service.url,
                       "--checks", CHECKS, "--exclude-operation-id", ENDLESS,
                       "--header", f"Authorization: Bearer {token}", "--seed", str(SEED),
                       "--max-time", str(seconds), "--request-timeout", "40",
                       "--continue-on-failure", "--no-shrink", "--warnings", "off"]
            print(f"seed {SEED}: {seconds} s", flush=True)
            done = subprocess.run([str(part) for part in command], cwd=directory, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            print(done.stdout[-20000:], file=sys.stderr)
        self.assertEqual(0, done.returncode, f"schemathesis found something; seed {SEED}")
        self.assertTrue(self.service.is_running, self.service.stderr_tail())
        return done.stdout

    def test_with_a_token_that_may_do_everything(self):
        self.fuzz(self.service.token("fuzz", "person operator"), SECONDS * 4 // 10)

    def test_with_ids_of_things_that_are_there(self):
        person = self.service.person("p-81c4")
        what = ("flu", "site-7", "am-0900", "vaccine-a")
        hold = person.hold(*what).expect(201).json["hold"]
        booked = person.book(*what).expect(201)
        self.fuzz(self.service.token("p-81c4", "person operator"), SECONDS * 3 // 10, (
            ("path.queue", "flu-2026"), ("path.programme", "flu"), ("path.site", "site-7"),
            ("path.slot", "am-0900"), ("path.person", "p-81c4"), ("path.hold", hold),
            ("path.appointment", booked.json["appointment"]),
            ("header.Jari-Position", booked.position)))

    def test_with_a_token_that_may_only_look(self):
        self.fuzz(self.service.token("fuzz", "reader"), SECONDS * 2 // 10)

    def test_with_a_token_that_is_over(self):
        self.fuzz(self.service.token("fuzz", "person operator", ttl_seconds=-3600),
                  SECONDS // 10)


if __name__ == "__main__":
    print(f"seed {SEED}", flush=True)
    main()
