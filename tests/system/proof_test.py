"""Tamper evidence: `jari checkpoint` beside a service that goes on booking, `jari audit
--checkpoint` of its log, of one whose tail was cut and of one that went another way, and receipts
that verify with the service down and no log at hand.

The cut log is a copy of the data directory from before; the other one is that copy, served again:
what a forger would have who has everything but the published checkpoint.

Errors:  AssertionError, with what the program said.
Threads: one.
"""

import base64
import json
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

from jari_service import Service, main

PEOPLE = int(os.environ.get("JARI_PEOPLE", "120"))


class Proof(unittest.TestCase):
    """One service with a crowd, its key, and a place for what is published."""

    def setUp(self):
        self.service = Service(contract=None)
        self.service.__enter__()
        self.addCleanup(self.service.__exit__, None, None, None)
        self.data = self.service.directory
        self.service.cli("demo", "--server", self.service.url, "--data", self.data, "--rate", 1000)
        self.published = pathlib.Path(tempfile.mkdtemp(prefix="jari-published-"))
        self.addCleanup(shutil.rmtree, self.published, True)
        self.key = self.published / "key.pub"
        self.key.write_text(self.jari("checkpoint", "key", "--data", self.data).stdout)

    def crowd(self, seed, service=None):
        """Visitors who take tickets, book, and give back."""
        service = service or self.service
        service.cli("load", "--server", service.url, "--data", service.directory,
                    "--people", PEOPLE, "--seed", seed, "--seconds", 1, "--threads", 4)

    def jari(self, *words, code=0):
        done = self.service.cli(*words, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def checkpoint(self, name, data=None):
        """What is published: a file."""
        file = self.published / name
        file.write_text(self.jari("checkpoint", "--data", data or self.data, "--key",
                                  self.data / "keys" / "checkpoint.pem").stdout)
        return file

    def audit(self, data, *checkpoints, code=0):
        flags = [word for one in checkpoints for word in ("--checkpoint", one)]
        return self.jari("audit", "--data", data, *flags, "--public-key", self.key, code=code)

    def booked(self):
        """alice's appointment, and her ticket, which is the first."""
        alice = self.service.person("alice")
        self.assertEqual(alice.take_ticket("demo").expect(201).json["ticket"], 1)
        alice.wait_admitted("demo")
        slot = alice.request("GET", "/v1/sites/jeju-city/slots").expect(200).json["slots"][0]["slot"]
        return alice.book("demo", "jeju-city", slot, "spring-dose").expect(201).json

    def receipt(self, name, *words):
        file = self.published / name
        file.write_text(self.jari("receipt", "make", "--data", self.data, *words).stdout)
        return file

    def verify(self, receipt, checkpoint, code=0):
        return self.jari("receipt", "verify", receipt, "--checkpoint", checkpoint,
                         "--public-key", self.key, code=code)

    def test_a_log_that_grows_extends_what_was_published(self):
        """Two checkpoints beside the service, and an audit that names both."""
        self.crowd(1)
        first = self.checkpoint("first")
        self.crowd(2)
        second = self.checkpoint("second")
        self.crowd(3)
        said = self.audit(self.data, first, second)
        self.assertEqual(said.stdout.count("ok: extends the checkpoint of "), 2)
        self.assertIn("signed by jari", said.stdout)
        report = self.published / "report.json"
        self.jari("audit", "--data", self.data, "--checkpoint", first, "--json", report,
                  "--report", self.published / "report.html")
        told = json.loads(report.read_text())
        rules = told["rules"]
        [of_first] = told["checkpoints"]
        self.assertEqual(of_first["time"], first.read_text().splitlines()[2].split()[1])
        self.assertEqual([one["name"] for one in of_first["signatures"]], ["jari"])
        self.assertEqual((of_first["extended"], of_first["verified"]), (True, False))
        page = (self.published / "report.html").read_text()
        self.assertIn(of_first["signatures"][0]["key_id"], page)
        self.assertIn("no key was named (--public-key)", page)
        self.jari("audit", "--data", self.data, "--checkpoint", first, "--checkpoint", second,
                  "--public-key", self.key, "--json", report)
        told = json.loads(report.read_text())
        self.assertEqual([one["signed_by"] for one in told["checkpoints"]], ["jari", "jari"])
        self.assertRegex(told["checkpoints"][0]["key_hash"], "^[0-9a-f]{64}$")
        self.assertEqual(rules["checkpoint"]["violations"], 0)
        self.assertGreater(rules["checkpoint"]["checked"], 0)
        self.assertIn("begins as the checkpoints named say", (self.published / "report.html").read_text())
        self.jari("audit", "--data", self.data, "--json", report)
        self.assertNotIn("checkpoint", json.loads(report.read_text())["rules"])

    def test_an_archive_extends_it_too_and_an_export_cannot(self):
        """What was archived has the same bytes; what was exported has not."""
        self.crowd(4)
        checkpoint = self.checkpoint("one")
        self.crowd(5)
        archive = self.published / "archive"
        self.jari("archive", "--data", self.data, "--into", archive)
        said = self.jari("audit", "--archive", archive, "--checkpoint", checkpoint,
                         "--public-key", self.key)
        self.assertIn("ok: extends", said.stdout)
        archived = self.jari("checkpoint", "--archive", archive, "--key",
                             self.data / "keys" / "checkpoint.pem").stdout
        self.assertEqual(archived.splitlines()[0], "jari checkpoint 1")
        exported = self.published / "export.jsonl"
        exported.write_text(self.jari("export", "--data", self.data).stdout)
        said = self.jari("audit", "--export", exported, "--checkpoint", checkpoint, code=2)
        self.assertIn("name the log itself, or an archive", said.stderr)

    def test_a_cut_tail_and_another_story_are_found(self):
        """The rules hold in both, and only the checkpoint tells."""
        self.crowd(6)
        self.service.stop()
        cut = self.published / "cut"
        shutil.copytree(self.data, cut)
        self.service.start()
        self.crowd(7)
        checkpoint = self.checkpoint("published")
        self.assertIn("ok: ", self.jari("audit", "--data", cut).stdout)
        said = self.audit(cut, checkpoint, code=1)
        self.assertRegex(said.stdout, r"violation: checkpoint \w+ \d+ \d+: the log ends here, and had ")
        with Service(directory=cut, contract=None) as other:
            for seed in range(8, 20):  # until some partition is as long again
                self.crowd(seed, other)
                if "somewhere in the first " in self.audit(cut, checkpoint, code=1).stdout:
                    break
        self.assertIn("ok: ", self.jari("audit", "--data", cut).stdout)
        report = self.published / "report.json"
        said = self.jari("audit", "--data", cut, "--checkpoint", checkpoint, "--json", report,
                         "--report", self.published / "report.html", code=1)
        self.assertIn("somewhere in the first ", said.stdout)
        told = json.loads(report.read_text())
        self.assertFalse(told["ok"])
        self.assertEqual(told["first_violation"]["rule"], "checkpoint")
        self.assertEqual([one["extended"] for one in told["checkpoints"]], [False])
        self.assertIn("the log was altered", (self.published / "report.html").read_text())
        self.assertIn("ok: extends", self.audit(self.data, checkpoint).stdout)

    def test_it_is_plain_ed25519(self):
        """OpenSSL's own program verifies what is between the note's lines."""
        text, _, lines = self.checkpoint("signed").read_text().partition("\n\n")
        dash, name, signature = lines.split()
        self.assertEqual((dash, name), ("\u2014", "jari"))
        raw = base64.b64decode(signature, validate=True)
        self.assertEqual(len(raw), 4 + 64)
        (self.published / "text").write_text(text + "\n")
        (self.published / "signature").write_bytes(raw[4:])
        key = self.key.read_text()
        pem = self.published / "public.pem"
        pem.write_text(key[key.index("-----BEGIN"):])
        verify = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", pem, "-sigfile",
                  self.published / "signature", "-in", self.published / "text"]
        done = subprocess.run(verify, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        (self.published / "text").write_text(text + "\n\n")
        self.assertNotEqual(subprocess.run(verify, capture_output=True, check=False).returncode, 0)
        shown = subprocess.run(["openssl", "pkey", "-in", self.data / "keys" / "checkpoint.pem",
                                "-pubout"], capture_output=True, text=True, check=True)
        self.assertEqual(shown.stdout, pem.read_text())

    def test_a_key_is_made_once_and_is_secret(self):
        """Mode 0600; made again it is the same; without one, the way to it."""
        file = self.data / "keys" / "checkpoint.pem"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        again = self.jari("checkpoint", "key", "--data", self.data)
        self.assertEqual(again.stdout, self.key.read_text())
        self.assertIn("there already", again.stderr)
        file.unlink()
        said = self.jari("checkpoint", "--data", self.data, code=1)
        self.assertIn(f"`jari checkpoint key --data {self.data}` makes one", said.stderr)
        self.assertEqual(said.stdout, "")
        own = self.published / "own.pem"
        self.jari("checkpoint", "--data", self.data, "--key", own, code=1)
        self.jari("checkpoint", "key", "--key", own, "--name", "example.org/line")
        said = self.jari("checkpoint", "--data", self.data, "--key", own, "--name",
                         "example.org/line")
        self.assertIn("\n\n\u2014 example.org/line ", said.stdout)
        self.jari("checkpoint", "--data", self.data, "--key", own, "--name", "a b", code=2)
        self.jari("checkpoint", "--archive", self.published, code=2)
        self.jari("checkpoint", "key", code=2)

    def test_what_is_no_checkpoint_or_somebody_elses_is_refused(self):
        """1 where it is one and was refused, 2 where it is none."""
        checkpoint = self.checkpoint("good")
        good = checkpoint.read_text()
        altered = self.published / "altered"
        altered.write_text(good.replace("queue 0 ", "queue 00 ", 1))
        self.assertIn("no checkpoint", self.audit(self.data, altered, code=2).stderr)
        altered.write_text(good.replace("time 2", "time 3", 1))
        self.assertIn("its signature is not of this text",
                      self.audit(self.data, altered, code=1).stderr)
        altered.write_text("garbage\n")
        self.assertIn("no signed note", self.audit(self.data, altered, code=2).stderr)
        self.audit(self.data, self.published / "absent", code=2)
        own, foreign = self.published / "own.pem", self.published / "foreign.pub"
        foreign.write_text(self.jari("checkpoint", "key", "--key", own).stdout)
        said = self.jari("audit", "--data", self.data, "--checkpoint", checkpoint, "--public-key",
                         foreign, code=1)
        self.assertIn("is not signed with the key of", said.stderr)
        said = self.jari("audit", "--data", self.data, "--checkpoint", checkpoint, "--public-key",
                         checkpoint, code=2)
        self.assertIn("no Ed25519 public key", said.stderr)
        self.jari("audit", "--data", self.data, "--public-key", self.key, code=2)
        with Service(contract=None) as other:
            said = other.cli("audit", "--data", other.directory, "--checkpoint", checkpoint,
                             check=False)
            self.assertEqual(said.returncode, 1)
            self.assertIn("it is of log ", said.stderr)
        said = self.jari("audit", "--data", self.data, "--checkpoint", checkpoint)
        self.assertIn("who signed it was not looked at", said.stderr)

    def test_receipts_verify_without_the_log(self):
        """An appointment, a ticket, a request; the service is down and its directory elsewhere."""
        made = self.booked()
        self.crowd(9)
        checkpoint = self.checkpoint("evening")
        of = ["--checkpoint", checkpoint, "--public-key", self.key]
        appointment = self.receipt("appointment.json", *of, "--appointment", made["appointment"])
        ticket = self.receipt("ticket.json", *of, "--ticket", "demo", 1)
        key = json.loads(ticket.read_text())["says"]
        request = self.receipt("request.json", *of, "--request", key["request"], "--person",
                               key["person"])
        every = self.published / "every"
        said = self.jari("receipt", "make", "--data", self.data, *of, "--all-appointments", every)
        files = sorted(every.iterdir())
        self.assertEqual(said.stdout, f"{every}: {len(files)} receipts\n")
        self.assertEqual((every / (made["appointment"] + ".json")).read_text(),
                         appointment.read_text())
        for words in (["--appointment", "a9-999999"], ["--ticket", "demo", 999999],
                      ["--request", "nobodys"]):
            said = self.jari("receipt", "make", "--data", self.data, *of, *words, code=1)
            self.assertIn("there is no such record", said.stderr)
        self.jari("receipt", "make", "--data", self.data, *of, "--ticket", "demo", "one", code=2)
        self.look_at_who_signed(checkpoint)
        self.jari("receipt", "make", "--data", self.data, *of, code=2)
        self.service.stop()
        away = self.data.with_name(self.data.name + "-away")
        self.data.rename(away)
        try:
            said = self.verify(appointment, checkpoint).stdout
            self.assertIn(f"ok: appointment {made['appointment']} of person {made['person']}: ", said)
            self.assertIn(f"slot {made['slot']} at {made['starts_at']}", said)
            self.assertIn("signed by jari", said)
            self.assertIn("granted, ticket 1, queue demo", self.verify(ticket, checkpoint).stdout)
            self.assertEqual(self.verify(request, checkpoint).stdout,
                             self.verify(ticket, checkpoint).stdout)
            for file in files[:20]:
                self.verify(file, checkpoint)
            self.refuse_what_was_tampered(appointment, checkpoint)
        finally:
            away.rename(self.data)
            self.service.start()

    def look_at_who_signed(self, checkpoint):
        """Without --public-key: an altered one is refused by the key of the data directory; where
        that says nothing, it is said that nobody looked."""
        wanted = ["receipt", "make", "--data", self.data, "--ticket", "demo", 1, "--checkpoint"]
        self.assertEqual(self.jari(*wanted, checkpoint).stderr, "")
        altered = self.published / "altered"
        altered.write_text(checkpoint.read_text().replace("time 2", "time 3", 1))
        said = self.jari(*wanted, altered, code=1)
        self.assertIn("its signature is not of this text", said.stderr)
        self.assertEqual(said.stdout, "")
        own = self.published / "another.pem"
        self.jari("checkpoint", "key", "--key", own)
        foreign = self.published / "foreign"
        foreign.write_text(self.jari("checkpoint", "--data", self.data, "--key", own).stdout)
        self.assertIn("who signed it was not looked at", self.jari(*wanted, foreign).stderr)

    def refuse_what_was_tampered(self, receipt, checkpoint):
        """Each member of it, and what is none at all."""
        good = json.loads(receipt.read_text())
        other = self.published / "tampered.json"
        changes = {
            "log": "0" * 32, "checkpoint": "0" * 64, "topic": "outcomes", "partition": (good["partition"] + 1) % 4,
            "offset": good["offset"] + 1, "size": good["size"] + 1,
            "says": {**good["says"], "slot": "another"},
            "record": base64.b64encode(base64.b64decode(good["record"])[::-1]).decode(),
            "proof": good["proof"][::-1] + ["0" * 64]}
        self.assertEqual({*changes, "form"}, set(good))
        for name, value in changes.items():
            other.write_text(json.dumps({**good, name: value}))
            said = self.verify(other, checkpoint, code=1)
            self.assertNotIn("ok", said.stdout, name)
        for text in ("garbage", "{}", json.dumps({**good, "form": "another"}),
                     json.dumps({**good, "more": 1}), json.dumps({**good, "proof": "none"})):
            other.write_text(text)
            self.assertIn("no receipt", self.verify(other, checkpoint, code=2).stderr)
        self.verify(self.published / "absent", checkpoint, code=2)
        own, foreign = self.published / "own.pem", self.published / "foreign.pub"
        foreign.write_text(self.jari("checkpoint", "key", "--key", own).stdout)
        said = self.jari("receipt", "verify", receipt, "--checkpoint", checkpoint, "--public-key",
                         foreign, code=1)
        self.assertIn("is not signed with the key of", said.stderr)
        self.jari("receipt", "verify", receipt, "--checkpoint", checkpoint, code=2)


if __name__ == "__main__":
    main()
