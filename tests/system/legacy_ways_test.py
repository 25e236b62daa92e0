"""The old database, both ways: what clerks change there comes back as requests, `jari reconcile`
finds what differs, and the service knows how far behind it is.

Errors:  AssertionError, with what the programs said.
"""

import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request

from jari_service import ROOT, Service, in_seconds, main
from legacy_database import LegacyDatabase, eventually, same
from legacy_story import LegacyStory

TAKE = ("INSERT INTO appointments (appt_no, prog_cd, pers_ref, ctr_cd, slot_no, vac_cd, dose_no, "
        "appt_dt, appt_tm, stat_cd, ver_no, upd_ts) VALUES ('{key}', 'flu', '{person}', 'seoul', "
        "'{slot}', 'vaccine-a', 1, current_date, '09:00', 'B', 0, now())")

WATCH = ROOT / "ops" / "legacy-watch.sql"
# A team's own table: other names, codes for programme, site and state (which the table shows as 1, 9
# and 17), no mark of whose a row is.
OWN_TABLE = """CREATE TABLE booking.visits (nr text PRIMARY KEY, prog text, who text, place integer,
    slot text, product text, "State" integer, v integer)"""
OWN_FILE = """table = "booking.visits"
[columns]
nr = "appointment"
prog = { field = "programme", values = { flu = "F" } }
who = "person"
place = { field = "site", values = { seoul = "017" } }
slot = "slot"
product = "product"
"State" = { field = "state", values = { booked = "01", cancelled = "09", attended = "02", missed = "03" } }
v = "version"
"""


class BothWays(LegacyStory):
    """One database and one service for all; each story begins with an empty table."""

    @classmethod
    def setUpClass(cls):
        cls.database = cls.enterClassContext(LegacyDatabase())
        cls.service = cls.enterClassContext(
            Service(contract=None, flags=["--legacy-hold-seconds", "2"]))
        cls.operator = cls.service.operator("ops")
        cls.operator.put_programme("flu").expect(200)
        cls.operator.put_site("seoul", zone="Asia/Seoul").expect(200)
        cls.operator.add_stock("seoul", "vaccine-a", 1000).expect(200)
        cls.operator.put_slot("seoul", "am", capacity=1000,
                              starts_at=in_seconds(86400)).expect(200)
        cls.operator.put_slot("seoul", "pm", capacity=1000,
                              starts_at=in_seconds(90000)).expect(200)
        cls.operator.put_slot("seoul", "one", capacity=1, starts_at=in_seconds(86400)).expect(200)

    def setUp(self):
        super().setUp()
        self.database.query("TRUNCATE jari.changes")

    def test_psql_takes_its_own_options(self):
        shown = self.database.call("psql", "-A", "-t", "-c", "SELECT count(*) FROM appointments")
        self.assertEqual(shown.stdout, "0\n")

    def watching(self, file=None):
        """`jari sync watch`, ended with the story."""
        command = self.sync.command("watch", "--data", str(self.service.directory), "--server",
                                    self.service.url)
        command = [str(file) if file and one == str(self.sync.file) else one for one in command]
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.addCleanup(program.communicate)
        self.addCleanup(program.terminate)
        self.assertTrue(program.stdout.readline().startswith("watching "))
        return program

    def changes(self):
        return self.database.query("SELECT what, row_key, state FROM jari.changes ORDER BY id")

    def test_a_cancellation_by_phone_comes_back_and_does_not_go_round(self):
        appointment = self.book("phone-1")
        self.sync.start()
        eventually("it is written", lambda: appointment in self.database.table())
        self.database.query(
            f"UPDATE appointments SET stat_cd = 'C' WHERE appt_no = '{appointment}'")
        self.watching()
        eventually("it is cancelled", lambda: self.operator.read(
            "/v1/operator/people/phone-1").json["appointments"][0]["state"] == "cancelled")
        eventually("the table has Jari's own version",
                   lambda: self.database.table()[appointment][11] == "2")
        self.assertEqual(self.changes(), [["cancelled", appointment, "done"]])
        self.assertEqual(self.database.table()[appointment][10], "O")
        self.sync.stop()
        same(self.service, self.database)

    def test_a_place_taken_becomes_an_appointment_under_its_own_id(self):
        self.operator.grant("flu", ["walk-in"]).expect(200)
        self.database.query(TAKE.format(key="CL-1", person="walk-in", slot="am"))
        self.sync.start()
        self.watching()
        eventually("it is booked", lambda: self.operator.read(
            "/v1/operator/people/walk-in").json["appointments"])
        eventually("the clerk's row is Jari's", lambda: "CL-1" not in self.database.table())
        self.sync.stop()
        self.sync.once()
        same(self.service, self.database)
        self.assertEqual(self.changes(), [["taken", "CL-1", "done"]])

    def test_a_place_taken_in_two_steps_and_moved_is_booked_where_it_is(self):
        self.operator.grant("flu", ["stepping"]).expect(200)
        provisional = TAKE.replace("'B'", "'M'")
        self.database.query(provisional.format(key="CL-3", person="stepping", slot="am"))
        self.database.query("UPDATE appointments SET stat_cd = 'B' WHERE appt_no = 'CL-3'")
        self.database.query("UPDATE appointments SET slot_no = 'pm' WHERE appt_no = 'CL-3'")
        self.sync.start()
        self.watching()
        eventually("it is done", lambda: self.changes() == [["taken", "CL-3", "done"]])
        [[key]] = self.database.query("SELECT appointment FROM jari.changes")
        eventually("Jari has written it", lambda: self.database.table()[key][12] == "JARI")
        self.sync.stop()
        same(self.service, self.database)
        self.assertEqual(self.database.table()[key][4], "pm")
        self.database.query(f"UPDATE appointments SET stat_cd = 'C' WHERE appt_no = '{key}'")
        eventually("it is cancelled", lambda: self.changes()[-1] == ["cancelled", key, "done"])
        self.database.query(f"UPDATE appointments SET stat_cd = 'B' WHERE appt_no = '{key}'")
        listed = self.sync.call("conflicts", check=False)
        self.assertEqual(listed.returncode, 1)
        self.assertIn(f"cancelled {key} by legacy: the row was booked again", listed.stdout)

    def test_a_place_that_is_gone_is_a_conflict_for_a_human(self):
        self.book("first", slot="one")
        self.operator.grant("flu", ["second"]).expect(200)
        self.database.query(TAKE.format(key="CL-2", person="second", slot="one"))
        watching = self.watching()
        self.assertIn("slot-full", watching.stdout.readline())
        self.assertEqual(self.changes(), [["taken", "CL-2", "conflict"]])
        listed = self.sync.call("conflicts", check=False)
        self.assertEqual(listed.returncode, 1)
        self.assertIn("CL-2", listed.stdout)
        self.assertIn("slot-full", listed.stdout)
        self.assertIn("CL-2", self.database.table())  # it is not hidden there either

    def test_a_place_taken_and_taken_back_is_not_asked_for(self):
        people = ["back-1", "back-2", "back-3"]
        self.operator.grant("flu", people).expect(200)
        took = [TAKE.format(key=f"CL-{name}", person=name, slot="am") for name in people]
        self.database.query(f"BEGIN; {took[0]}; UPDATE appointments SET stat_cd = 'C' "
                            "WHERE appt_no = 'CL-back-1'; COMMIT")
        self.database.query(took[1])
        self.database.query("DELETE FROM appointments WHERE appt_no = 'CL-back-2'")
        self.database.query(took[2])  # in order: once this one is done, the others were not asked
        self.watching()
        eventually("the third is done", lambda: self.changes()[-1][2] == "done")
        self.assertEqual([row[2] for row in self.changes()], ["taken back", "taken back", "done"])
        for name, booked in zip(people, (0, 0, 1)):
            shown = self.operator.read(f"/v1/operator/people/{name}").json
            self.assertEqual(len(shown["appointments"]), booked, name)

    def test_a_place_taken_back_after_it_was_booked_is_cancelled(self):
        self.operator.grant("flu", ["late-back"]).expect(200)
        self.database.query(TAKE.format(key="CL-late", person="late-back", slot="am"))
        self.watching()  # and no sync yet: the row is the clerk's own, under Jari's id
        eventually("it is done", lambda: self.changes() == [["taken", "CL-late", "done"]])
        self.database.query("UPDATE appointments SET stat_cd = 'C' WHERE pers_ref = 'late-back'")
        eventually("it is cancelled", lambda: self.operator.read(
            "/v1/operator/people/late-back").json["appointments"][0]["state"] == "cancelled")

    def test_a_place_taken_back_while_it_is_asked_for_is_cancelled(self):
        self.operator.grant("flu", ["mid-back"]).expect(200)
        self.database.query(TAKE.format(key="CL-mid", person="mid-back", slot="am"))
        os.kill(self.service.pid, signal.SIGSTOP)
        try:
            self.watching()
            eventually("it is asked for", lambda: self.database.query(
                "SELECT id FROM jari.changes WHERE asked_at IS NOT NULL"))
            self.database.query("DELETE FROM appointments WHERE appt_no = 'CL-mid'")
            self.assertEqual(self.changes(), [["taken", "CL-mid", "taken back"]])
        finally:
            os.kill(self.service.pid, signal.SIGCONT)
        eventually("both are done",
                   lambda: [row[2] for row in self.changes()] == ["done", "done"])
        shown = self.operator.read("/v1/operator/people/mid-back").json["appointments"]
        self.assertEqual([one["state"] for one in shown], ["cancelled"])

    def test_a_watch_that_dies_between_answer_and_note_asks_under_the_same_key(self):
        """kill -9 while somebody's lock keeps it from noting what it was told."""
        self.operator.grant("flu", ["once"]).expect(200)
        self.database.query(TAKE.format(key="CL-once", person="once", slot="am"))
        os.kill(self.service.pid, signal.SIGSTOP)
        try:
            watching = self.watching()
            eventually("it is asked for", lambda: self.database.query(
                "SELECT id FROM jari.changes WHERE asked_at IS NOT NULL"))
            somebody = self.database.session()
            self.addCleanup(somebody.communicate)
            somebody.stdin.write("BEGIN; SELECT 'locked' FROM jari.changes FOR UPDATE;\n")
            somebody.stdin.flush()
            self.assertEqual(somebody.stdout.readline(), "locked\n")
        finally:
            os.kill(self.service.pid, signal.SIGCONT)
        of_watch = "FROM pg_stat_activity WHERE application_name = 'jari sync watch'"
        eventually("it has its answer, and waits to note it", lambda: self.database.query(
            f"SELECT pid {of_watch} AND wait_event_type = 'Lock'"))
        watching.kill()
        self.database.query(f"SELECT pg_terminate_backend(pid) {of_watch}")
        eventually("nothing of it is left", lambda: not self.database.query(
            f"SELECT pid {of_watch}"))
        somebody.communicate("COMMIT;\n")
        self.assertEqual(self.changes(), [["taken", "CL-once", "new"]])

        def booked():
            return self.operator.read("/v1/operator/people/once").json["appointments"]

        [appointment] = [one["appointment"] for one in booked()]
        self.watching()
        eventually("it is noted", lambda: self.changes() == [["taken", "CL-once", "done"]])
        self.assertEqual([one["appointment"] for one in booked()], [appointment])
        self.assertEqual(self.database.query("SELECT appointment FROM jari.changes"),
                         [[appointment]])

    def test_changes_wait_for_a_service_that_is_away(self):
        appointment = self.book("patient-1")
        self.sync.once()
        self.service.kill9()
        self.database.query(
            f"UPDATE appointments SET stat_cd = 'C' WHERE appt_no = '{appointment}'")
        watching = self.watching()
        self.assertIn("changes wait", watching.stderr.readline())
        self.service.start()
        # Another port: the command is started anew, as its supervisor would.
        watching.terminate()
        self.watching()
        eventually("it is cancelled", lambda: self.changes() == [["cancelled", appointment,
                                                                  "done"]])

    def printed_trigger(self, file):
        """The SQL that `jari sync watch --print-trigger` prints for that file."""
        done = self.service.cli("sync", "watch", "--print-trigger", "--legacy", file)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def test_the_trigger_is_made_of_the_file(self):
        """ops/legacy-watch.sql is what is printed for the example; a table of other names and
        codes, without a condition for its own rows, is watched by what is printed for it."""
        self.assertEqual(self.printed_trigger(self.sync.file), WATCH.read_text())
        self.assertIn("'taken', new_key", WATCH.read_text())
        self.database.query("CREATE SCHEMA booking", OWN_TABLE)
        self.addCleanup(self.database.query, WATCH.read_text())
        self.addCleanup(self.database.query, "DROP SCHEMA booking CASCADE")
        own = pathlib.Path(str(self.service.directory) + ".own.toml")
        self.addCleanup(own.unlink)
        own.write_text(OWN_FILE)
        self.database.query(self.printed_trigger(own))
        take = "INSERT INTO booking.visits VALUES ('{key}', 'F', '{key}', 17, 'am', 'vaccine-a', 1, 1)"
        self.operator.grant("flu", ["own-1", "own-2"]).expect(200)
        self.database.query(take.format(key="own-1"), take.format(key="own-2"))
        self.database.query("UPDATE booking.visits SET \"State\" = 9 WHERE nr = 'own-2'")
        self.assertEqual(self.changes(),
                         [["taken", "own-1", "new"], ["taken", "own-2", "taken back"]])
        self.assertEqual(self.database.query(
            "SELECT programme, person, site, slot, product FROM jari.changes WHERE id = "
            "(SELECT min(id) FROM jari.changes)"), [["flu", "own-1", "seoul", "am", "vaccine-a"]])
        self.watching(own)
        eventually("it is booked", lambda: self.changes()[0] == ["taken", "own-1", "done"])
        [[key]] = self.database.query("SELECT nr FROM booking.visits WHERE who = 'own-1'")
        self.assertRegex(key, r"^a\d+-\d+$")
        self.database.query(f"DELETE FROM booking.visits WHERE nr = '{key}'")
        eventually("it is cancelled", lambda: self.changes()[-1] == ["cancelled", key, "done"])
        own.write_text(OWN_FILE.replace('"State" =', '# "State" ='))
        done = self.service.cli("sync", "watch", "--print-trigger", "--legacy", own, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no column shows the state", done.stderr)
        own.write_text(OWN_FILE.replace('product = "product"', ""))
        done = self.service.cli("sync", "watch", "--print-trigger", "--legacy", own)
        self.assertIn("no column for product", done.stderr)
        self.assertNotIn("'taken', new_key", done.stdout)

    def reconcile(self, *flags):
        done = self.service.cli("reconcile", "--data", self.service.directory, "--legacy",
                                self.sync.file, "--legacy-database", self.database.address, *flags,
                                check=False)
        return done.returncode, done.stdout.splitlines(), done.stderr

    def test_reconcile_finds_exactly_what_was_tampered_with(self):
        names = [self.book(f"tampered-{i}") for i in range(6)]
        self.sync.once()
        code, lines, errors = self.reconcile()
        self.assertEqual((code, lines[-1].split(",")[1]), (0, " 0 differ"), errors)
        self.database.query(f"DELETE FROM appointments WHERE appt_no = '{names[0]}'")
        self.database.query(f"UPDATE appointments SET slot_no = 'xx' WHERE appt_no = '{names[1]}'")
        self.database.query(f"UPDATE appointments SET ver_no = 0 WHERE appt_no = '{names[2]}'")
        code, lines, errors = self.reconcile()
        self.assertEqual(code, 1, errors)
        self.assertEqual(sorted(" ".join(line.split()[:2]) for line in lines[:-1]),
                         sorted([f"missing {names[0]}", f"changed {names[1]}",
                                 f"stale {names[2]}"]))
        code, lines, errors = self.reconcile("--repair")
        self.assertEqual((code, lines[-1]), (0, "repaired 3, refused 0"), errors)
        self.assertEqual(self.reconcile()[0], 0)
        same(self.service, self.database)

    def test_a_database_that_does_not_answer_is_told_while_it_is_waited_for(self):
        """Its backend stands still in the middle of a transaction: the figures go on, it is said
        once, and SIGTERM is heard."""
        figure = self.sync.figure
        first = self.book("still-0")
        self.sync.start()
        eventually("it has caught up", lambda: first in self.database.table())
        [[backend]] = self.database.query(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'jari sync'")
        os.kill(int(backend), signal.SIGSTOP)
        try:
            self.book("still-1")
            eventually("the figures have it", lambda: figure("jari_legacy_lag_records") == 1, 10)
            last = self.book("still-2")
            eventually("the next one, too", lambda: figure("jari_legacy_lag_records") == 2, 10)
            eventually("it says so", lambda: "has not answered for 5 s" in self.sync.said(), 20)
            self.assertGreaterEqual(figure("jari_legacy_lag_seconds"), 4)
        finally:
            os.kill(int(backend), signal.SIGCONT)
        eventually("all is written", lambda: last in self.database.table())
        eventually("it says so, too", lambda: "is written again" in self.sync.said())
        self.assertEqual(self.sync.said().count("not answered"), 1)
        os.kill(int(backend), signal.SIGSTOP)
        try:
            self.book("still-3")
            eventually("it waits", lambda: figure("jari_legacy_lag_records") == 1, 10)
            begun = time.monotonic()
            self.sync.stop()
            self.assertLess(time.monotonic() - begun, 20)
        finally:
            os.kill(int(backend), signal.SIGCONT)

    def test_the_lag_is_told(self):
        """By its own metrics, by `jari status`, and to the queues when it is too long."""
        self.book("lagging-0")
        self.sync.start()
        eventually("it has caught up", lambda: len(self.database.table()) > 0)
        with urllib.request.urlopen(self.sync.metrics) as page:
            figures = page.read().decode()
        self.assertIn("jari_legacy_lag_records", figures)
        self.assertIn("jari_sync_rows_written_total", figures)
        self.database.kill9()
        self.book("lagging-1")

        def status(*whose):
            return self.service.cli("status", *whose, "--server", self.service.url).stdout

        here, token = ("--data", self.service.directory), self.service.token("r", "reader")
        for whose in here, ("--token", token):
            eventually("status says it",
                       lambda: "the old database is 1 records behind" in status(*whose))
        reader = self.service.reader()

        def shown():
            return reader.request("GET", "/v1/operator/status").expect(200).json.get("legacy")

        eventually("the service's own status has it", lambda: shown() and shown()["records"] == 1)

        def held():
            lines = self.service.cli("export", "--data", self.service.directory, "--topic",
                                     "queue").stdout.splitlines()
            return [record["body"] for record in map(json.loads, lines)
                    if record["type"] == "AdmissionHeld"]

        eventually("admissions are held", lambda: held())
        self.assertRegex(held()[0]["why"], r"^the old database is behind \(jari, [^()]+Z\)$")
        self.database.start()
        eventually("it is written", lambda: "is 0 records behind, 0 s" in status(*here))
        eventually("the service says so", lambda: shown() == {
            "records": 0, "seconds": 0, "missing": 0})
        eventually("admissions go on", lambda: not held()[-1]["on"])
        self.sync.stop()


if __name__ == "__main__":
    main()
