"""`jari at` and `jari timeline`: what was, from the log alone.

A service books; what its answers said is remembered, and it goes on; then the past is asked, beside
the running service and with it stopped.

Errors:  AssertionError, with what the program said.
"""

import json
import re
import select
import signal
import subprocess
import tempfile
import unittest

from jari_service import (Person, Service, everybody, in_seconds, jari_binary, main, new_key,
                          one_dose, until)
from log_checks import partitions_shown
from partitioning import partition_of

PLACE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  [a-z]+/\d+@\d+  \S")


class Past:
    """A running `jari at`."""

    def __init__(self, service, *words):
        self.program = subprocess.Popen(
            [str(jari_binary()), "at", "--data", str(service.directory), *map(str, words)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        readable, _, _ = select.select([self.program.stdout], [], [], 60)
        line = self.program.stdout.readline() if readable else ""
        assert line.startswith("listening on http://127.0.0.1:"), (line, self.end())
        self.url = line.removeprefix("listening on ").strip()

    def end(self):
        """SIGTERM; what it said on stderr."""
        if self.program.poll() is None:
            self.program.send_signal(signal.SIGTERM)
        _, errors = self.program.communicate(timeout=60)
        return errors


class Story(unittest.TestCase):
    """One service with a line, two slots, and people who book one after the other."""

    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(Service())
        cls.operator = cls.service.operator("ann")
        cls.operator.put_programme("flu", queue="line", cohorts=[everybody()],
                                   products=[one_dose("v")], hold_seconds=60).expect(200)
        cls.operator.put_queue("line", "flu", rate_per_second=100, inside_max=100).expect(200)
        cls.operator.put_site("north").expect(200)
        for slot in ("am", "pm"):
            cls.operator.put_slot("north", slot, starts_at=in_seconds(90000),
                                  capacity=3).expect(200)
        cls.operator.add_stock("north", "v", 10, reason="the first delivery").expect(200)

    def jari(self, *words, code=0):
        done = self.service.cli(*words, "--data", self.service.directory, check=False)
        self.assertEqual(code, done.returncode, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def booked(self, slot="am"):
        """Somebody new, admitted, with an appointment."""
        person = self.service.person(new_key("p"))
        self.operator.grant("flu", [person.name]).expect(200)
        person.take_ticket("line").expect(201)
        person.wait_admitted("line")
        appointment = person.book("flu", "north", slot, "v").expect(201).json["appointment"]
        return person, appointment

    def now_all_is_later(self, moment):
        """Until every partition's time is behind that moment."""
        self.service.cli("status", "--server", self.service.url, "--data", self.service.directory)
        until(lambda: self.operator.request("GET", "/v1/operator/status").json["as_of"],
              lambda as_of: as_of > moment)


class At(Story):

    def documents(self, person):
        paths = {"/v1/queues/line": self.operator, "/v1/sites/north/slots": self.operator,
                 f"/v1/operator/people/{person.name}": self.operator,
                 "/v1/me/appointments": person, "/v1/queues/line/tickets/me": person,
                 "/v1/programmes/flu": self.operator, "/v1/operator/queues/line": self.operator,
                 "/v1/operator/sites/north/appointments": self.operator,
                 "/v1/operator/changes": self.operator}
        return {path: client.request("GET", path).expect(200).json
                for path, client in paths.items()}

    def plain(self, document):
        """Without what must differ: the time it is told at, and tokens for other gateways."""
        text = json.dumps(document, sort_keys=True)
        text = re.sub(r'"as_of": "[^"]*"', '"as_of": ""', text)
        return re.sub(r', "admission_token": "[^"]*"|"admission_token": "[^"]*", ', "", text)

    def same(self, url, person, then):
        """The past at `url` shows what was remembered."""
        for path, before in then.items():
            token = (self.service.token(person.name, "person") if "/me" in path
                     else self.service.token("r", "reader"))
            client = Person(url, token, self.service.contract)
            shown = client.request("GET", path).expect(200).json
            self.assertEqual(self.plain(before), self.plain(shown), path)
            client.close()

    def test_it_shows_what_was_shown_then(self):
        person, appointment = self.booked()
        then = self.documents(person)
        shown = partitions_shown(self.service)
        moment = self.operator.request("GET", "/v1/operator/status").json["as_of"]
        self.now_all_is_later(moment)
        self.booked()
        person.cancel(appointment).expect(200)
        self.operator.withdraw_slot("north", "pm").expect(200)
        self.assertNotEqual(self.plain(then["/v1/sites/north/slots"]),
                            self.plain(self.documents(person)["/v1/sites/north/slots"]))
        past = Past(self.service, "--time", moment)
        self.same(past.url, person, then)
        self.refuses_changes(past.url, person)
        self.knows_its_partitions(past.url, shown, moment)
        self.assertIn("the state as of", past.end())
        self.assertEqual(0, past.program.returncode)
        self.printed(person, then, moment)

        self.service.stop()
        self.addCleanup(self.service.start)
        past = Past(self.service, "--time", moment)
        self.same(past.url, person, then)
        past.end()
        self.printed(person, then, moment)

    def refuses_changes(self, url, person):
        client = Person(url, self.service.token(person.name, "person"), self.service.contract)
        for method, path in (("POST", "/v1/queues/line/tickets"), ("POST", "/v1/appointments"),
                             ("DELETE", "/v1/queues/line/tickets/me")):
            answer = client.request(method, path, key=new_key(), check=False,
                                    body={} if path == "/v1/appointments" else None)
            answer.expect(405, "method-not-allowed")
            self.assertIn("This is the past", answer.json["detail"])
        client.close()

    def knows_its_partitions(self, url, shown, moment):
        """No less than was applied then, and the digests of a replay up to that moment."""
        client = Person(url, self.service.token("r", "reader"), self.service.contract)
        rows = client.request("GET", "/v1/operator/status").expect(200).json["partitions"]
        client.close()
        replayed = {}
        for line in self.jari("replay", "--to", moment).stdout.splitlines():
            topic, partition, applied, digest = line.split()
            replayed[(topic, int(partition))] = (int(applied), digest)
        for row in rows:
            place = (row["topic"], row["partition"])
            self.assertEqual(row["applied"] + 1, row["end"])
            if place in shown:  # no sink
                self.assertGreaterEqual(row["applied"], shown[place][0])
                self.assertEqual(replayed[place], (row["applied"], row["digest"]))

    def printed(self, person, then, moment):
        """The same by --get, several at once, as a reader and as the person."""
        paths = ["/v1/queues/line", f"/v1/operator/people/{person.name}"]
        done = self.jari("at", "--time", moment, "--get", paths[0], "--get", paths[1])
        lines = done.stdout.splitlines()
        self.assertEqual([self.plain(then[path]) for path in paths],
                         [self.plain(json.loads(line)) for line in lines])
        done = self.jari("at", "--time", moment, "--person", person.name, "--get",
                         "/v1/me/appointments")
        self.assertEqual(self.plain(then["/v1/me/appointments"]),
                         self.plain(json.loads(done.stdout)))

    def test_up_to_an_offset(self):
        """Each partition's records up to it: the appointment is there from its request on."""
        person, appointment = self.booked()
        offset = int(appointment.rpartition("-")[2])  # an id names the request that it came of
        path = f"/v1/operator/people/{person.name}"
        before = self.jari("at", "--offset", offset - 1, "--get", path)
        document = json.loads(before.stdout)
        self.assertEqual([], document["appointments"])
        self.assertIn(f"{path} is as of {document['as_of']}\n", before.stderr)
        self.now_all_is_later(self.operator.request("GET", "/v1/operator/status").json["as_of"])
        after = self.jari("at", "--offset", 10**12, "--get", path)
        self.assertEqual([appointment],
                         [one["appointment"] for one in json.loads(after.stdout)["appointments"]])
        self.assertIn("where the log ends", after.stderr)

    def test_up_to_its_offset_each_partition_is_as_it_was(self):
        """Document for document: of what hangs on one partition, whose offsets are its own."""
        self.operator.put_slot("north", "eve", starts_at=in_seconds(90000),
                               capacity=3).expect(200)
        person, appointment = self.booked("eve")
        then, shown = self.documents(person), partitions_shown(self.service)
        self.now_all_is_later(self.operator.request("GET", "/v1/operator/status").json["as_of"])
        self.booked("eve")
        self.booked("eve")
        person.cancel(appointment).expect(200)
        self.operator.patch_queue("line", message="later", reason="a word").expect(200)
        later = self.documents(person)
        for topic, key, paths in (
                ("queue", "line", ("/v1/queues/line", "/v1/operator/queues/line")),
                ("inventory", "north", ("/v1/sites/north/slots",)),
                ("bookings", person.name, ("/v1/me/appointments",))):
            count = sum(name == topic for name, _ in shown)
            applied, _ = shown[topic, partition_of(key, count)]
            for path in paths:
                self.assertNotEqual(self.plain(then[path]), self.plain(later[path]), path)
            past = Past(self.service, "--offset", applied)
            self.same(past.url, person, {path: then[path] for path in paths})
            past.end()
        past = Past(self.service, "--offset", 10**12)
        self.same(past.url, person, later)
        past.end()

    def test_before_the_log_and_beyond_it(self):
        done = self.jari("at", "--time", "2001-01-01T00:00:00Z", "--get", "/v1/queues/line",
                         code=1)
        self.assertRegex(done.stderr, "the log begins at 20")
        done = self.jari("at", "--time", "2999-01-01T00:00:00Z", "--get", "/v1/queues/line")
        self.assertIn("where the log ends: it says nothing later", done.stderr)
        self.assertEqual("line", json.loads(done.stdout)["queue"])

    def test_what_is_none(self):
        get = ("--get", "/v1/queues/line")
        for words, code, why in (
                (("--time", "yesterday", *get), 2, "--time is no time such as"),
                (("--offset", "-1", *get), 2, "must be 0 or more"),
                (("--offset", "x", *get), 2, "offset"),
                (get, 2, "Exactly 1 option from"),
                (("--offset", 1, "--time", "2026-01-01T00:00:00Z", *get), 2, "1"),
                (("--offset", 10**9, "--get", "v1/queues/line"), 2, "begins with /"),
                (("--offset", 10**9, "--get", "/v1/queues/line/events"), 2, "no end"),
                (("--offset", 10**9, "--get", "/v1/queues/none"), 1, "unknown-queue"),
                (("--offset", 10**9, "--get", "/nothing"), 1, "not-found"),
                (("--offset", 10**9, "--listen", "0.0.0.0:0"), 2, "no key is configured")):
            with self.subTest(words):
                done = self.jari("at", *words, code=code)
                self.assertRegex(done.stderr, why)
                self.assertEqual("", done.stdout)

    def test_tokens_are_those_of_the_service_and_of_today(self):
        past = Past(self.service, "--offset", 10**9)
        person = "anybody"
        for token, status, code in (
                (self.service.token(person, "person"), 200, None),
                (self.service.token(person, "person", ttl_seconds=-120), 401, "token-invalid"),
                (None, 401, "token-required")):
            client = Person(past.url, token, self.service.contract)
            client.request("GET", "/v1/me/appointments").expect(status, code)
            client.close()
        past.end()

    def test_of_an_archive_alone(self):
        self.booked()
        self.service.stop()
        self.addCleanup(self.service.start)
        with tempfile.TemporaryDirectory() as folder:
            self.jari("archive", "--into", folder)
            done = self.service.cli("at", "--archive", folder, "--offset", 10**9, "--get",
                                    "/v1/operator/queues/line")
            self.assertEqual("line", json.loads(done.stdout)["queue"])
            done = self.service.cli("at", "--archive", folder, "--offset", 10**9, check=False)
            self.assertEqual(1, done.returncode)
            self.assertIn("no key to verify tokens with", done.stderr)
            person = self.service.cli("timeline", "operator", "ann", "--archive", folder)
            self.assertIn("the first delivery", person.stdout)


class Report(Story):
    """What `jari audit` tells people of operators' acts."""

    def test_it_tells_pauses_rates_and_what_is_over_in_words(self):
        self.booked(slot="pm")
        self.booked(slot="pm")
        slot = self.operator.request("GET", "/v1/sites/north/slots").expect(200).json["slots"]
        starts_at = next(one["starts_at"] for one in slot if one["slot"] == "pm")
        self.operator.put_slot("north", "pm", starts_at=starts_at, capacity=1,
                               reason="a room is closed").expect(200)
        self.operator.patch_queue("line", rate_per_second=7, reason="fewer nurses").expect(200)
        self.operator.patch_queue("line", paused=True, reason="a power cut").expect(200)
        self.operator.patch_queue("line", paused=False, reason="it is back").expect(200)
        with tempfile.TemporaryDirectory() as folder:
            self.jari("audit", "--json", f"{folder}/report.json", "--report", f"{folder}/page.html")
            with open(f"{folder}/report.json", encoding="utf-8") as file:
                figures = json.load(file)["figures"]
            with open(f"{folder}/page.html", encoding="utf-8") as file:
                page = file.read()
        [line] = figures["queues"]
        told = [(one["per_second"], one["paused"], one["reason"]) for one in line["rates"]]
        self.assertEqual(told[1:], [(7, False, "fewer nurses"), (7, True, "a power cut"),
                                    (7, False, "it is back")])
        self.assertEqual({one["by"] for one in line["rates"]}, {"ann"})
        self.assertEqual(sum(one["admitted"] for one in line["rates"]), line["admitted"])
        [cut] = [one["what"] for one in figures["changes"] if one["reason"] == "a room is closed"]
        self.assertEqual(cut, "slot pm of site north went from 3 to 1 places: "
                              "1 booked or held beyond what is there")
        acts = {one["type"]: one["what"] for one in figures["acts"]}
        self.assertEqual(acts["QueueConfigured"], "set up or changed a queue")
        for words in ("paused by an operator", "a power cut", "set up or changed a queue", cut):
            self.assertIn(words, page)
        self.assertNotIn("QueueConfigured", page)


class Timeline(Story):

    def lines(self, *words):
        lines = self.jari("timeline", *words).stdout.splitlines()
        for line in lines:
            self.assertRegex(line, PLACE)
        return [line.split("  ", 2)[2] for line in lines]

    def has(self, lines, *patterns):
        """Each in a line of its own, in this order: of one partition, or one the other's cause. The
        clocks of partitions tell no more of others than some ten milliseconds."""
        left = iter(lines)
        for pattern in patterns:
            self.assertTrue(any(re.search(pattern, line) for line in left),
                            f"{pattern}\n" + "\n".join(lines))

    def test_of_a_person(self):
        person, appointment = self.booked()
        moved = person.reschedule(appointment, "north", "pm", key="move-1").expect(200)
        person.cancel(appointment, position=moved.position).expect(200)
        name = person.name
        told = self.lines("person", name)
        self.has(told, rf"{name} may book in flu: cohort everybody.*asked by ann")
        self.has(told,
                 rf"^ticket \d+ of line, place \d+, asked by {name} \(request ",
                 rf"{name} admitted by line: ticket \d+, place \d+, \d+ s to act, until 20",
                 rf"booking of slot am at north, v of flu for {name}: appointment {appointment}, "
                 "dose 1, version 1, asked by",
                 rf"north asked for a place in slot am .* for {appointment}",
                 rf"north gives {appointment} a place in slot am",
                 rf"appointment {appointment} is booked: slot am at north",
                 rf"appointment {appointment} moved to slot pm at north: version 2, asked by "
                 rf"{name} \(request move-1\)",
                 rf"appointment {appointment} is booked: slot pm at north.*version 2",
                 rf"cancellation of appointment {appointment}: version 3",
                 rf"appointment {appointment} is cancelled \(by person\)")

    def test_of_a_ticket_a_slot_a_site_and_an_operator(self):
        person, appointment = self.booked()
        number = person.my_ticket("line").expect(200).json["ticket"]
        of_ticket = self.lines("ticket", f"line/{number}")
        self.has(of_ticket, rf"^ticket {number} of line", f"admitted by line: ticket {number},",
                 f"session of ticket {number} of line of {person.name} over")
        self.assertEqual(of_ticket, self.lines("ticket", "line", number))
        self.has(self.lines("slot", "north/am"), r"slot am of north published.*"
                 r"\[then slot am: 0 booked, 0 held of 3\]",
                 rf"for {appointment} of {person.name}: granted \[then slot am: \d booked, 0 held "
                 "of 3")
        self.has(self.lines("site", "north"), "site north published", "slot am of north published",
                 r"10 doses of v at north added \[then v: 0 taken of 10 doses\], asked by ann "
                 r'\(request [^)]*\): "the first delivery"')
        of_ann = self.lines("operator", "ann")
        self.has(of_ann, "site north published", "slot am")
        for act in ("settings of programme flu", "settings of queue line",
                    f"{person.name} may book in flu"):
            self.has(of_ann, act)

    def test_as_json(self):
        person, appointment = self.booked()
        done = self.jari("timeline", "person", person.name, "--json")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        asked = next(row for row in rows if row["type"] == "BookingRequested")
        self.assertEqual(person.name, asked["by"])
        self.assertEqual("granted", asked["outcome"]["decision"])
        self.assertEqual(appointment, f"a{asked['partition']}-{asked['offset']}")
        reserve = next(row for row in rows if row["type"] == "Reserve")
        self.assertEqual({name: asked[name] for name in ("topic", "partition", "offset")},
                         reserve["cause"])

    def test_of_whom_the_log_does_not_know(self):
        for words in (("person", "nobody-here"), ("ticket", "line/99999"), ("slot", "north/none"),
                      ("site", "south"), ("operator", "bob")):
            done = self.jari("timeline", *words, code=1)
            self.assertIn("the log says nothing of " + words[0], done.stderr)
            self.assertEqual("", done.stdout)

    def test_what_is_none(self):
        for words in (("person", "a b"), ("ticket", "line"), ("ticket", "line/x"),
                      ("slot", "north"), ("queue", "line"), ("person",), ()):
            done = self.jari("timeline", *words, code=2)
            self.assertEqual("", done.stdout)
        done = self.service.cli("timeline", "person", "p", "--data", "/nowhere", check=False)
        self.assertEqual(1, done.returncode)


if __name__ == "__main__":
    main()
