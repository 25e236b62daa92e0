"""The old database: `jari sync` writes what was booked into a table of a real PostgreSQL, whatever
happens to the two, and nobody who books waits for it.

Errors:  AssertionError, with what the programs said.
"""

import datetime
import random
import time

from jari_service import ROOT, in_seconds, main
from legacy_database import documents, eventually, same, seed_of_the_day
from legacy_story import Booking, LegacyStory

ROUNDS = 10


class Legacy(LegacyStory):

    def test_the_table_is_what_was_booked(self):
        """Booked, moved, cancelled; again after a restart, from where it was."""
        name = self.id()
        kept, moved, cancelled = (self.book(f"{name}-{i}") for i in range(3))
        self.operator.reschedule(moved, "new-york", "pm").expect(200)
        self.operator.cancel(cancelled).expect(200)
        self.sync.once()
        self.assertGreaterEqual(same(self.service, self.database), 3)
        self.assertTrue(self.written(kept))
        self.assertTrue(self.written(moved, 2))
        before = self.database.query("SELECT sum(next_offset) FROM jari.sync_places")
        self.operator.cancel(kept).expect(200)
        self.sync.once()
        same(self.service, self.database)
        after = self.database.query("SELECT sum(next_offset) FROM jari.sync_places")
        self.assertEqual(int(after[0][0]), int(before[0][0]) + 1)

    def test_a_kill_of_either_loses_and_doubles_nothing(self):
        """kill -9 of `jari sync` and of PostgreSQL, at any moment, under load."""
        chance = random.Random(seed_of_the_day())
        bookers = [Booking(self.service, chance.randrange(10**9)) for _ in range(2)]
        for booker in bookers:
            booker.start()
        self.sync.set_pace("batch_rows = 20\n")
        try:
            for _ in range(ROUNDS):
                self.sync.start()
                time.sleep(chance.uniform(0.0, 0.7))  # the moment is what is drawn
                if chance.random() < 0.5:
                    self.database.kill9()
                    time.sleep(chance.uniform(0.0, 0.3))
                    bookers[0].goes_on()
                    if chance.random() < 0.5:
                        self.sync.kill9()
                    self.database.start()
                if self.sync.program is not None:
                    self.sync.kill9()
        finally:
            for booker in bookers:
                booker.stop()
        self.sync.once()
        self.assertGreater(same(self.service, self.database), 20)
        self.assertEqual(self.database.query("SELECT count(*) FROM jari.dead_letters"), [["0"]])

    def test_what_the_table_refuses_goes_aside(self):
        """Listed with its reason, joined by later versions, written once it is mended."""
        self.database.query("ALTER TABLE appointments ADD CONSTRAINT no_mallory "
                            "CHECK (pers_ref NOT LIKE 'mallory%')")
        self.addCleanup(self.database.query, "ALTER TABLE appointments DROP CONSTRAINT IF EXISTS "
                        "no_mallory")
        bad, good = self.book("mallory-1"), self.book("trent-1")
        self.sync.once()
        self.assertTrue(self.written(good))
        same(self.service, self.database, but=[bad])
        listed = self.sync.call("dead-letters", check=False)
        self.assertEqual(listed.returncode, 1)
        self.assertIn(bad, listed.stdout)
        self.assertIn("no_mallory", listed.stdout)
        log = (self.database.directory / "log").read_text()  # as ops/PRIVACY.md warns
        self.assertRegex(log, r"Failing row contains \(.*mallory-1")
        self.operator.reschedule(bad, "utc", "pm").expect(200)
        self.sync.once()
        same(self.service, self.database, but=[bad])
        self.assertIn(f"{bad} 2 ", self.sync.call("dead-letters", check=False).stdout)
        again = self.sync.call("dead-letters", "--retry", check=False)
        self.assertEqual((again.returncode, again.stdout), (1, "mended 0, refused 1\n"))
        self.database.query("ALTER TABLE appointments DROP CONSTRAINT no_mallory")
        again = self.sync.call("dead-letters", "--retry")
        self.assertEqual(again.stdout, "mended 1, refused 0\n")
        same(self.service, self.database)
        self.assertEqual(self.sync.call("dead-letters").stdout, "")

    def test_whatever_code_a_row_is_refused_with_goes_aside(self):
        """A trigger's own, PL/pgSQL's, that of a policy (42501, as of a right that is missing)."""
        self.database.query(
            "CREATE ROLE careful",
            "GRANT USAGE ON SCHEMA jari TO careful; "
            "GRANT ALL ON ALL TABLES IN SCHEMA jari, public TO careful",
            "ALTER TABLE appointments ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY judged ON appointments USING (pers_ref NOT LIKE 'c42501%')",
            "CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF NEW.pers_ref LIKE 'cP0001%' THEN RAISE EXCEPTION 'no'; END IF; "
            "IF NEW.pers_ref LIKE 'cU0001%' THEN RAISE SQLSTATE 'U0001'; END IF; "
            "IF NEW.pers_ref LIKE 'c20000%' THEN CASE 1 WHEN 2 THEN NULL; END CASE; END IF; "
            "RETURN NEW; END $$",
            "CREATE TRIGGER judge BEFORE INSERT ON appointments FOR EACH ROW "
            "EXECUTE FUNCTION judge()")
        mended = ("DROP TRIGGER IF EXISTS judge ON appointments; DROP FUNCTION IF EXISTS judge; "
                  "DROP POLICY IF EXISTS judged ON appointments; "
                  "ALTER TABLE appointments DISABLE ROW LEVEL SECURITY")
        self.addCleanup(self.database.query, mended, "DROP OWNED BY careful; DROP ROLE careful")
        address = self.database.address
        self.addCleanup(setattr, self.database, "address", address)
        self.database.address = address + " options='-c role=careful'"
        codes = ("42501", "P0001", "U0001", "20000")
        bad = {code: self.book(f"c{code}-1") for code in codes}
        good = self.book("trent-2")
        errors = self.sync.once().stderr
        self.database.address = address
        self.assertTrue(self.written(good))
        same(self.service, self.database, but=list(bad.values()))
        listed = self.sync.call("dead-letters", check=False).stdout.splitlines()
        for code, appointment in bad.items():
            self.assertTrue(any(line.startswith(f"{appointment} 1 ") and f"({code})" in line
                                for line in listed), (code, listed))
            self.assertIn(f"the table refuses {appointment} version 1: ", errors)
        self.database.query(mended)
        again = self.sync.call("dead-letters", "--retry")
        self.assertEqual(again.stdout, "mended 4, refused 0\n")
        same(self.service, self.database)

    def test_what_the_tables_encoding_cannot_hold_goes_aside(self):
        """A database in LATIN1, and a name in Korean: nothing of it is cut or replaced."""
        self.database.query("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' "
                            "TEMPLATE template0")
        address = self.database.address
        self.addCleanup(self.database.query, "DROP DATABASE latin WITH (FORCE)")
        self.addCleanup(setattr, self.database, "address", address)
        self.database.address = address.replace("dbname=legacy", "dbname=latin")
        for file in ("legacy-table.sql", "legacy-sync.sql"):
            with self.database.session("-f", str(ROOT / "ops" / file)) as psql:
                self.assertEqual(psql.communicate()[1], "")
        plain = self.sync.file.read_text()
        names = ('slot_no = { field = "slot", values = '
                 '{ am = "am", pm = "apr\u00e8s", night = "%s" } }')
        self.sync.file.write_text(plain.replace('slot_no = "slot"', names % "\uc57c\uac04"))
        self.operator.put_slot("seoul", "night", capacity=10,
                               starts_at=in_seconds(90_000)).expect(200)
        bad, good = self.book("latin-1", "night"), self.book("latin-2", "pm")
        self.assertIn(f"the table refuses {bad} version 1: ", self.sync.once().stderr)
        self.assertEqual(self.database.query(
            "SELECT slot_no = 'apr' || chr(232) || 's' FROM appointments "
            f"WHERE appt_no = '{good}'"), [["t"]])
        [line] = self.sync.call("dead-letters", check=False).stdout.splitlines()
        self.assertTrue(line.startswith(f"{bad} 1 ") and line.endswith("(22P05)"), line)
        self.sync.file.write_text(plain.replace('slot_no = "slot"', names % "nuit"))
        self.assertEqual(self.sync.call("dead-letters", "--retry").stdout,
                         "mended 1, refused 0\n")
        self.assertTrue(self.written(bad))

    def test_the_pace_is_read_again_while_it_runs(self):
        """One row a second, until SIGHUP."""
        for i in range(30):
            self.book(f"paced-{i}")
        self.sync.set_pace("rows_per_second = 1\n")
        self.sync.start()
        eventually("it begins", lambda: self.database.table())
        begun = time.monotonic()
        eventually("a few more", lambda: len(self.database.table()) >= 4)
        self.assertGreater(time.monotonic() - begun, 1.5)
        self.sync.set_pace("rows_per_second = 0\n")
        self.sync.hang_up()
        wanted = len(documents(self.service))
        eventually("all of it", lambda: len(self.database.table()) == wanted, 10)
        self.sync.stop()
        same(self.service, self.database)

    def read_again(self, pace):
        before = self.sync.said().count("the pace was read again")
        self.sync.set_pace(pace)
        self.sync.hang_up()
        eventually("it is read again",
                   lambda: self.sync.said().count("the pace was read again") > before)

    def test_hours_and_batches_are_read_again_while_it_runs(self):
        """Shut by SIGHUP what is booked waits; open again it is written, in batches as they are
        set then."""
        hour = datetime.datetime.now().hour
        shut = f'hours = ["{(hour + 2) % 24:02}:00-{(hour + 3) % 24:02}:00"]\n'
        self.book("hours-0")
        self.sync.start()
        figure = self.sync.figure
        eventually("it has caught up", lambda: self.database.table()
                   and figure("jari_legacy_lag_records") == 0)
        self.assertNotIn("`hours`", self.sync.said())
        for rows, batches in ((3, 4), (1000, 1)):
            self.read_again(shut)
            written = figure("jari_sync_batches_total")
            booked = [self.book(f"hours-{rows}-{i}") for i in range(12)]
            eventually("they wait", lambda: figure("jari_legacy_lag_records") == 12
                       and figure("jari_sync_waiting") == 1)
            self.assertFalse(self.database.table().keys() & booked)
            self.read_again(f'batch_rows = {rows}\nhours = ["00:00-24:00"]\n')
            eventually("they are written", lambda: figure("jari_legacy_lag_records") == 0)
            self.assertEqual(figure("jari_sync_batches_total") - written, batches, rows)
        self.assertIn("outside of them the lag grows", self.sync.said())
        self.sync.stop()
        same(self.service, self.database)

    def test_wrong_settings_are_said_and_not_waited_for(self):
        """Usage is 2; a table that is not there is 1."""
        text = self.sync.file.read_text()
        for change, code, why in (
                (("stat_cd = {", "stat = {"), 1, "no column stat"),
                (("table = \"appointments\"", "table = \"nothing\""), 1, "no table nothing"),
                (("\"appointment\"", "\"appointmen\""), 2, "no field appointmen"),
                (("missed = \"M\"", "mist = \"M\""), 2, "missed"),
                (("[pace]", "[pace]\nhours = [\"8-9\"]"), 2, "hours")):
            self.sync.file.write_text(text.replace(*change))
            done = self.sync.call("--data", str(self.service.directory), "--once", check=False)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(why, done.stderr)


if __name__ == "__main__":
    main()
