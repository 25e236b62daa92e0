"""The command line, as an operator meets it: what each command says, takes and refuses.

A service for each class of stories; names are drawn, so that no story meets another's."""

import http.server
import json
import os
import pathlib
import tempfile
import threading
import unittest

from jari_service import Service, in_seconds, main, new_key
from log_checks import eventually

SLOTS = "site,slot,starts_at,length_seconds,capacity\n"


class Story(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.service = Service().start()
        cls.operator = cls.service.operator()
        cls.files = tempfile.TemporaryDirectory(prefix="jari-cli-")

    @classmethod
    def tearDownClass(cls):
        cls.files.cleanup()
        cls.service.close()

    def file(self, text, name=None):
        path = pathlib.Path(self.files.name) / (name or new_key("file"))
        path.write_text(text, encoding="utf-8")
        return str(path)

    def jari(self, *words, code=0, **options):
        done = self.service.cli(*words, check=False, **options)
        self.assertEqual(code, done.returncode, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def asked(self, *words, code=0, server=None):
        """A command that speaks to the service."""
        return self.jari(*words, "--server", server or self.service.url,
                         "--data", self.service.directory, code=code)

    def imported(self, kind, file, *more, code=0, reason="cli test", server=None):
        return self.asked("import", kind, file, "--reason", reason, *more, code=code,
                          server=server)

    def site(self):
        name = new_key("site")
        self.operator.put_site(name).expect(200)
        return name

    def slots_of(self, site):
        seen = self.operator.request("GET", f"/v1/sites/{site}/slots",
                                     query={"to": in_seconds(90 * 86400)}).expect(200)
        return [row["slot"] for row in seen.json["slots"]]

    def stock_of(self, site):
        seen = self.operator.request("GET", f"/v1/operator/sites/{site}/stock").expect(200)
        return {row["product"]: row["doses"] for row in seen.json["stock"]}

    def cohort_of(self, person):
        seen = self.operator.request("GET", f"/v1/operator/people/{person}").expect(200)
        return [row["cohort"] for row in seen.json["eligibility"]]


def slot(site, name, length=1800):
    return f"{site},{name},{in_seconds(86400)},{length},5\n"


class Config(Story):

    def test_a_file_may_be_named_before_and_after_every_command(self):
        file = self.file(f'server = "{self.service.url}"\ndata = "{self.service.directory}"\n')
        for words in (["--config", file, "status"], ["status", "--config", file],
                      [f"--config={file}", "status"], ["status", f"--config={file}"],
                      ["token", "--person", "alice", "--config", file],
                      ["export", "--topic", "queue", "--config", file]):
            self.jari(*words)
        for command in ("serve", "import", "queue", "replay", "audit", "load", "backup", "version"):
            self.assertIn("--config", self.jari(command, "--help").stdout)

    def test_a_flag_wins_over_the_environment_and_that_over_the_file(self):
        file = self.file('data = "/from-the-file"\n')
        environment = self.service.environment
        self.service.environment = dict(environment, JARI_DATA="/from-the-environment")
        self.addCleanup(setattr, self.service, "environment", environment)
        words = ["token", "--person", "alice", "--config", file]
        self.assertIn("/from-the-environment", self.jari(*words, code=1).stderr)
        self.assertIn("/from-the-flag", self.jari(*words, "--data", "/from-the-flag",
                                                  code=1).stderr)
        self.service.environment = environment
        self.assertIn("/from-the-file", self.jari(*words, code=1).stderr)

    def test_what_is_no_setting_is_named_with_its_line(self):
        for text, wanted in (('node = "a"\nlissten = "b"\n', ":2: lissten: no such setting"),
                             ('node = "a"\n[serve]\nlisten = "b"\n', ":2: serve: a table")):
            file = self.file(text)
            self.assertIn(file + wanted, self.jari("version", "--config", file, code=2).stderr)


class Imports(Story):

    def test_nothing_is_sent_where_a_row_is_wrong(self):
        site = self.site()
        file = self.file(SLOTS + slot(site, "am") + slot(site, "short", length=5))
        done = self.imported("slots", file, code=1)
        self.assertIn(f"{file}:3: length_seconds: must be an integer from 60 to 86400\n",
                      done.stderr)
        self.assertEqual([], self.slots_of(site))
        self.assertEqual("imported 1, skipped 1\n",
                         self.imported("slots", file, "--skip-bad").stdout)

    def test_it_stops_at_what_the_service_refuses_and_goes_on_there(self):
        site, later = self.site(), new_key("site")
        file = self.file("site,product,doses\n"
                         f"{site},v,10\n{later},v,20\n{site},w,30\n")
        done = self.imported("stock", file, code=1)
        self.assertIn(f"{file}:3: unknown-site: There is no such site.\n", done.stderr)
        self.assertIn("goes on where it stopped", done.stderr)
        self.assertEqual("imported 1, skipped 0\n", done.stdout)
        self.operator.put_site(later).expect(200)
        self.assertEqual("imported 2, skipped 0\n", self.imported("stock", file).stdout)
        self.assertEqual({"v": 10, "w": 30}, self.stock_of(site))
        self.assertEqual({"v": 20}, self.stock_of(later))

    def test_with_skip_bad_it_goes_on(self):
        site = self.site()
        file = self.file(f"site,product,doses\n{site},v,10\n{site},v,-99\n{site},w,5\n")
        done = self.imported("stock", file, "--skip-bad")
        self.assertIn(f"{file}:3: below-booked: Fewer doses", done.stderr)
        self.assertEqual("imported 2, skipped 1\n", done.stdout)
        self.assertEqual({"v": 10, "w": 5}, self.stock_of(site))

    def test_the_same_file_again_adds_nothing_and_says_so(self):
        site = self.site()
        file = self.file(f"site,product,doses\n{site},v,10\n")
        self.imported("stock", file)
        done = self.imported("stock", file)
        self.assertIn("nothing was added", done.stderr)
        self.assertEqual("imported 0, skipped 0\n", done.stdout)
        for more in (["--by", "another"], []):
            reason = "cli test" if more else "another reason"
            done = self.imported("stock", file, *more, reason=reason, code=1)
            self.assertIn("was imported by jari-import at 2", done.stderr)
            self.assertIn("--again", done.stderr)
        self.assertEqual({"v": 10}, self.stock_of(site))
        self.assertEqual("imported 1, skipped 0\n",
                         self.imported("stock", file, "--by", "another", "--again").stdout)
        self.assertEqual({"v": 20}, self.stock_of(site))

    def test_people_of_an_unknown_programme_are_skipped_and_the_others_are_not(self):
        programme, none = new_key("programme"), new_key("none")
        self.operator.put_programme(programme).expect(200)
        file = self.file("programme,person,cohort\n"
                         f"{programme},{programme}-a,everybody\n{none},{none}-b,everybody\n"
                         f"{programme},{programme}-c,everybody\n")
        done = self.imported("eligibility", file, "--skip-bad")
        self.assertIn(f"{file}:3: unknown-programme: ", done.stderr)
        self.assertEqual("imported 2, skipped 1\n", done.stdout)
        self.assertEqual(["everybody"], self.cohort_of(f"{programme}-c"))

    def test_a_file_that_cannot_be_read_says_why(self):
        self.assertIn(f"cannot read {self.files.name}: Is a directory",
                      self.imported("sites", self.files.name, code=1).stderr)
        self.assertIn("cannot read /no/such: No such file",
                      self.imported("sites", "/no/such", code=1).stderr)

    def test_a_reason_must_be_one(self):
        file = self.file("site,product,doses\n")
        self.assertIn("--reason: must be a text of 1 to 200 characters",
                      self.imported("stock", file, reason="", code=2).stderr)


class Scripted(http.server.BaseHTTPRequestHandler):
    """A service that answers each change with the next of `answers` and keeps what it was asked."""

    protocol_version = "HTTP/1.1"
    answers, seen = [], []

    def do_GET(self):
        self.reply(200, {"sites": []})

    def do_PUT(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.headers.get("Idempotency-Key"), body))
        self.reply(*self.answers.pop(0))

    do_POST = do_PUT

    def reply(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status in (429, 503):
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Liar(Scripted):
    """One whose words would forge a line."""

    def do_GET(self):
        self.reply(500, {"code": "two\nlines"})


class Teller(Scripted):
    """One whose status is this."""

    status = {
        "partitions": [
            {"topic": "queue", "partition": 0, "owner": "one", "applied": 42, "durable": 17,
             "end": 43, "digest": "5f2c"},
            {"topic": "sync", "partition": 1, "owner": "one", "applied": 7, "end": 8, "digest": "0",
             "parked": "no"}],
        "legacy": {"records": 3, "seconds": 12, "missing": 2}, "as_of": "now"}

    def do_GET(self):
        self.reply(200, self.status)


def told_by(story, kind):
    """Where one of that kind listens, until the story ends."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    story.addCleanup(server.server_close)
    story.addCleanup(server.shutdown)
    return f"http://127.0.0.1:{server.server_address[1]}"


class ImportsIntoAService(Story):
    """What a service says seldom, said by one that has been told to."""

    def setUp(self):
        Scripted.answers, Scripted.seen = [], []
        self.url = told_by(self, Scripted)

    def test_what_is_busy_is_asked_again_with_the_same_key(self):
        Scripted.answers = [(429, {"code": "slow-down"}), (503, {"code": "overloaded"}), (200, {})]
        file = self.file(f"site,product,doses\n{new_key()},v,10\n")
        done = self.imported("stock", file, server=self.url)
        self.assertEqual("imported 1, skipped 0\n", done.stdout)
        keys = [key for key, _ in Scripted.seen]
        self.assertEqual(3, len(keys))
        self.assertEqual(1, len(set(keys)))

    def test_it_is_not_asked_for_ever(self):
        Scripted.answers = [(503, {"code": "overloaded", "detail": "Busy."})] * 100
        file = self.file(f"site,product,doses\n{new_key()},v,10\n")
        done = self.imported("stock", file, server=self.url, code=1)
        self.assertIn(f"{file}:2: HTTP 503: overloaded", done.stderr)
        self.assertEqual(10, len(Scripted.seen))

    def test_a_batch_is_sent_again_without_the_row_that_is_refused(self):
        refusal = {"code": "invalid-request", "field": "people[1].cohort", "detail": "No."}
        Scripted.answers = [(400, refusal), (200, {})]
        names = [new_key("person") for _ in range(3)]
        file = self.file("programme,person,cohort\n\n" + "".join(f"p,{n},c\n" for n in names))
        done = self.imported("eligibility", file, "--skip-bad", server=self.url)
        self.assertIn(f"{file}:4: cohort: No.\n", done.stderr)
        self.assertEqual("imported 2, skipped 1\n", done.stdout)
        (first, _), (second, body) = Scripted.seen
        self.assertEqual([names[0], names[2]], [one["person"] for one in body["people"]])
        self.assertNotEqual(first, second)

    def test_a_put_has_no_key_since_keys_count(self):
        Scripted.answers = [(200, {})]
        self.imported("slots", self.file(SLOTS + slot(new_key(), "am")), server=self.url)
        self.assertIsNone(Scripted.seen[0][0])

    def test_it_is_remembered_before_the_first_row_is_sent(self):
        Scripted.answers = [(401, {"code": "token-invalid", "detail": "No."})]
        file = self.file(f"site,product,doses\n{new_key()},v,10\n")
        self.imported("stock", file, server=self.url, code=1)
        done = self.imported("stock", file, "--by", "another", server=self.url, code=1)
        self.assertIn("stopped before its first row", done.stderr)
        self.assertEqual(1, len(Scripted.seen))


class Queues(Story):

    def queue(self, **fields):
        name = new_key("queue")
        self.operator.put_queue(name, new_key("programme"), **fields).expect(200)
        return name

    def changed(self, act, queue, *more, code=0):
        done = self.asked("queue", act, queue, "--reason", "cli test", *more, code=code)
        self.assertEqual(1, done.stdout.count("\n"))
        return json.loads(done.stdout), done.stderr

    def test_it_prints_the_public_document_and_what_operators_see(self):
        queue = self.queue(opens_at=in_seconds(-60))
        document, _ = self.changed("pause", queue)
        self.assertEqual("paused", document["state"])
        self.assertTrue(document["paused"])
        self.assertLessEqual({"waiting", "inside", "rejoin", "version", "as_of"}, set(document))
        document, _ = self.changed("resume", queue)
        self.assertFalse(document["paused"])
        self.assertNotEqual("paused", document["state"])
        document, _ = self.changed("set", queue, "--rate", "7", "--message", "soon")
        self.assertEqual((7, "soon"), (document["rate_per_second"], document["message"]))

    def test_to_open_a_queue_that_has_closed_says_what_to_do(self):
        queue = self.queue(opens_at=in_seconds(-60))
        document, _ = self.changed("close", queue)
        self.assertEqual("closed", document["state"])
        _, said = self.changed("open", queue, code=1)
        self.assertIn("stays closed", said)
        self.assertIn("--closes-at", said)
        document, _ = self.changed("set", queue, "--closes-at", in_seconds(3600))
        self.assertEqual("open", document["state"])

    def test_to_set_nothing_is_wrong_usage(self):
        done = self.asked("queue", "set", "q", "--reason", "r", code=2)
        self.assertIn("something to set", done.stderr)


class Lines(Story):
    """What others have written stands on one line, whatever it is."""

    def test_an_export_and_a_directory_are_not_audited_at_once(self):
        done = self.jari("audit", "--data", self.service.directory, "--export", "FILE", code=2)
        self.assertIn("excludes", done.stderr)

    def test_one_bad_row_is_one(self):
        site = self.site()
        done = self.imported("slots", self.file(SLOTS + slot(site, "short", length=5)), code=1)
        self.assertIn("jari import: 1 bad row, nothing was imported", done.stderr)

    def test_a_name_of_two_lines_is_no_operators(self):
        for flag in ("--operator", "--reader"):
            done = self.jari("token", "--data", self.service.directory, flag, "ann\nok: 7 records",
                             code=2)
            self.assertIn("control character", done.stderr)
        file = self.file("site,product,doses\ns,v,1\n")
        done = self.imported("stock", file, reason="a\x1b[2Kb", code=2)
        self.assertIn("control character", done.stderr)

    def test_the_table_of_status_is_what_the_service_says(self):
        """The old database, too, wherever it is asked from."""
        url = told_by(self, Teller)
        shown = self.jari("status", "--server", url, "--token", "t").stdout.splitlines()
        self.assertEqual(shown[0].split(), ["topic", "partition", "owner", "applied", "durable",
                                            "end", "digest", "parked"])
        self.assertEqual(shown[1].split(), ["queue", "0", "one", "42", "17", "43", "5f2c", "-"])
        self.assertEqual(shown[2].split(), ["sync", "1", "one", "7", "-", "8", "0", "no"])
        self.assertEqual(shown[3:], [
            "as of now", "the old database is 3 records behind, 12 s",
            "the old database never gets 2 rows of sync: they are gone, or fit nowhere"])

    def test_what_a_service_says_is_shown_on_one_line(self):
        url = told_by(self, Liar)
        done = self.jari("status", "--server", url, "--token", "t", code=1)
        self.assertEqual("jari status: HTTP 500: two\\x0alines\n", done.stderr)


class ALogInKafka(Story):
    """Named brokers name a log; a directory only has its key."""

    def commands(self):
        """Each that reads a log, and what else it must be told."""
        file = self.file("")
        return (["audit"], ["replay"], ["export"], ["timeline", "person", "alice"],
                ["at", "--offset", "1"], ["checkpoint", "--key", file],
                ["archive", "--into", self.files.name],
                ["receipt", "make", "--checkpoint", file, "--appointment", "a0-1"],
                ["sync", "--legacy", file], ["reconcile", "--legacy", file])

    def test_it_needs_no_directory_where_its_key_is_named(self):
        brokers = ["--kafka-brokers", "127.0.0.1:1", "--kafka-seal-key", "/no/such/key"]
        for words in (["audit"], ["replay"], ["export"], ["timeline", "person", "alice"],
                      ["archive", "--into", self.files.name], ["audit", "--archive", "/nowhere"]):
            self.assertIn("/no/such/key", self.jari(*words, *brokers, code=1).stderr, words)

    def test_it_needs_its_key(self):
        for words in self.commands():
            done = self.jari(*words, "--kafka-brokers", "127.0.0.1:1", code=2)
            self.assertIn("--kafka-seal-key", done.stderr, words)

    def test_no_log_is_wrong_usage(self):
        for words in self.commands():
            self.assertIn("--kafka-brokers", self.jari(*words, code=2).stderr, words)


class Crowds(Story):

    def test_a_crowd_needs_the_key_of_its_tokens_and_no_directory(self):
        file = self.service.directory / "keys" / "hs256.key"
        words = ["load", "--server", self.service.url, "--people", "1", "--seconds", "1"]
        done = self.service.cli(*words, "--token", self.operator.token, check=False)
        self.assertEqual((2, True), (done.returncode, "--hs256-key" in done.stderr))
        self.service.cli("demo", "--server", self.service.url, "--data", self.service.directory)
        done = self.service.cli(*words, "--token", self.operator.token, "--hs256-key", file)
        self.assertIn(" of 1\n", done.stdout)
        self.service.cli(*words, "--hs256-key", file)


class Threads(Story):
    def test_each_says_what_it_does(self):
        """What `top -H` shows at three in the morning."""
        tasks = pathlib.Path(f"/proc/{self.service.pid}/task")

        def all_are_named():  # a thread takes its name once it runs
            names = {(one / "comm").read_text().strip() for one in tasks.iterdir()}
            self.assertLessEqual({"jari-engine", "jari-log", "jari-state", "jari-http"}, names)

        eventually(all_are_named)


class Memory(Story):
    def test_is_in_large_pages_where_the_machine_gives_them_to_who_asks(self):
        enabled = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")
        if not enabled.exists() or "[madvise]" not in enabled.read_text():
            self.skipTest(f"{enabled} does not say [madvise]")
        process = pathlib.Path(f"/proc/{self.service.pid}")
        self.assertIn(b"glibc.malloc.hugetlb=1", (process / "environ").read_bytes())
        self.assertEqual("jari", (process / "comm").read_text().strip())
        large = [line for line in (process / "smaps_rollup").read_text().splitlines()
                 if line.startswith("AnonHugePages:")]
        self.assertNotEqual(["0"], large[0].split()[1:2])


class Words(Story):

    def test_a_command_that_there_is_not_is_named(self):
        self.assertEqual("jari frobnicate: no such command; jari --help lists them\n",
                         self.jari("frobnicate", code=2).stderr)
        self.assertEqual("jari queue opne: no such command; jari queue --help lists them\n",
                         self.jari("queue", "opne", "q", code=2).stderr)

    def test_an_offset_below_zero_is_wrong_usage(self):
        done = self.jari("export", "--data", self.service.directory, "--from", "-1", code=2)
        self.assertIn("--from: must be 0 or more", done.stderr)

    def test_a_token_is_for_an_id(self):
        data = self.service.directory
        for words in (["--person", "a b"], ["--person", ""], ["--operator", "x" * 257]):
            self.assertIn("must be", self.jari("token", "--data", data, *words, code=2).stderr)
        self.jari("token", "--data", data, "--operator", "Anna Berg")

    def test_without_a_key_it_says_where_tokens_come_from(self):
        done = self.jari("token", "--data", self.files.name, "--person", "alice", code=1)
        self.assertIn("there is no key", done.stderr)
        self.assertIn("jari serve", done.stderr)

    def test_a_backup_that_cannot_be_written_says_where_and_why(self):
        done = self.jari("backup", "--data", self.service.directory, "--into", "/proc/x", code=1)
        self.assertIn("jari backup: cannot copy", done.stderr)
        self.assertIn("/proc/x: No such file or directory", done.stderr)
        self.assertNotIn("filesystem error", done.stderr)
        into = os.path.join(self.files.name, "never-made")
        self.jari("backup", "--data", "/no/such", "--into", into, code=1)
        self.assertFalse(os.path.exists(into))


if __name__ == "__main__":
    main()
