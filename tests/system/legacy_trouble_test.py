"""Whatever happens to the old database, `jari sync` waits, says so, and catches up; and nobody who
books waits for it.

Errors:  AssertionError, with what the programs said.
"""

import os
import signal
import socket
import struct

from jari_service import main
from legacy_database import eventually
from legacy_story import LegacyStory

AWAY_SECONDS = 15
END_SYNC = ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'jari sync'")
# Whoever inserts takes two locks in turn, and somebody else the same two the other way round.
DEADLOCK = """
CREATE FUNCTION crossed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_advisory_xact_lock(7001);
  PERFORM pg_sleep(0.5);
  PERFORM pg_advisory_xact_lock(7002);
  RETURN NULL;
END $$;
CREATE TRIGGER crossed AFTER INSERT ON appointments EXECUTE FUNCTION crossed();
CREATE PROCEDURE crossing() LANGUAGE plpgsql AS $$ BEGIN
  LOOP
    PERFORM pg_advisory_xact_lock(7002);
    WHILE NOT EXISTS (SELECT FROM pg_locks WHERE objid = 7001 AND granted) LOOP
      PERFORM pg_sleep(0.01);
    END LOOP;
    PERFORM pg_advisory_xact_lock(7001);
    COMMIT;
  END LOOP;
END $$;
"""


def is_let_in(stream, user):
    """Whether a session begins there, said in PostgreSQL's own protocol."""
    start = struct.pack("!i", 196608) + f"user\0{user}\0database\0legacy\0\0".encode()
    stream.write(struct.pack("!i", len(start) + 4) + start)
    stream.flush()
    while (kind := stream.read(1)) not in (b"", b"E", b"Z"):
        [length] = struct.unpack("!i", stream.read(4))
        stream.read(length - 4)
    return kind == b"Z"


class Trouble(LegacyStory):

    def clerk(self, sql):
        """A session of somebody else that has done this, and goes on."""
        clerk = self.database.session()
        self.addCleanup(clerk.communicate)
        clerk.stdin.write(f"{sql}; SELECT 'done';\n")
        clerk.stdin.flush()
        self.assertEqual(clerk.stdout.readline(), "done\n")
        return clerk

    def connect_with(self, **changes):
        """From now on the sync's address has these in place of its own."""
        address = self.database.address
        self.addCleanup(setattr, self.database, "address", address)
        parts = dict(part.split("=") for part in address.split()) | changes
        self.database.address = " ".join(f"{name}={value}" for name, value in parts.items())
        return address

    def poor_role(self, more=""):
        self.database.query(f"CREATE ROLE poor LOGIN {more}")
        self.addCleanup(self.database.query, "DROP OWNED BY poor; DROP ROLE poor")
        self.database.query("GRANT USAGE ON SCHEMA jari TO poor; "
                            "GRANT ALL ON appointments TO poor; "
                            "GRANT ALL ON ALL TABLES IN SCHEMA jari TO poor")

    def caught_up_as_poor(self):
        address = self.connect_with(user="poor")
        self.sync.start()
        self.database.address = address
        appointment = self.book(self.id().rsplit(".", 1)[-1] + "-poor")
        eventually("it has caught up", lambda: self.written(appointment))

    def end_sessions(self):
        """Of the sync: it must connect anew."""
        self.database.query(END_SYNC)
        eventually("they are over", lambda: not self.database.query(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'jari sync'"))

    def take_all(self, user):
        """Every connection that this user can have; ends them again when it is called."""
        parts = dict(part.split("=") for part in self.database.address.split())
        held = []

        def end():
            while held:
                held.pop().close()

        self.addCleanup(end)
        while True:
            with socket.create_connection((parts["host"], int(parts["port"]))) as one:
                stream = one.makefile("rwb")
            if not is_let_in(stream, user):
                stream.close()
                return end
            held.append(stream)

    def test_a_long_lock_of_somebody_else(self):
        """The clerk's report that locks the whole table."""
        self.caught_up()
        clerk = self.clerk("BEGIN; LOCK TABLE appointments IN ACCESS EXCLUSIVE MODE")
        self.trouble("(55P03)", lambda: clerk.communicate("COMMIT;\n"))

    def test_read_only(self):
        """As after a failover, while it is a standby."""
        self.caught_up()
        set_to = "ALTER DATABASE legacy SET default_transaction_read_only = "

        def writable():
            self.database.query("SET default_transaction_read_only = off", set_to + "off")

        self.database.query(set_to + "on")
        self.addCleanup(self.database.query, "SET default_transaction_read_only = off",
                        set_to + "off")
        self.end_sessions()
        self.trouble("(25006)", writable)

    def test_its_role_has_no_connection_left(self):
        """Somebody else has the only one when it must connect anew."""
        self.poor_role("CONNECTION LIMIT 1")
        self.caught_up_as_poor()
        self.end_sessions()
        self.trouble("too many connections for role \"poor\" (53300)", self.take_all("poor"))

    def test_the_server_has_no_connection_left(self):
        self.caught_up()
        self.end_sessions()
        self.trouble("too many clients already (53300)", self.take_all("legacy"))

    def test_what_the_server_has_left_is_not_for_it(self):
        """The last ones are for superusers."""
        self.poor_role()
        self.caught_up_as_poor()
        self.end_sessions()
        self.trouble("connection slots are reserved", self.take_all("poor"))
        self.assertIn("(53300)", self.sync.said())

    def test_deadlocks(self):
        """It loses one after another: it says so after three in a row, and is not ended."""
        self.caught_up()
        self.database.query(DEADLOCK)
        mended = ("DROP TRIGGER IF EXISTS crossed ON appointments; "
                  "DROP FUNCTION IF EXISTS crossed; DROP PROCEDURE IF EXISTS crossing")
        self.addCleanup(self.database.query, mended)
        clerk = self.clerk("SET deadlock_timeout = '1h'; SET application_name = 'crossing'")
        clerk.stdin.write("CALL crossing();\n")
        clerk.stdin.flush()

        def mend():
            self.database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                "WHERE application_name = 'crossing'")
            clerk.communicate()
            self.database.query(mended)

        self.trouble("(40P01)", mend)

    def test_it_is_restarted(self):
        """Its sessions are ended, and it is there again."""
        self.caught_up()
        self.database.call("restart")
        self.trouble("(57P01)", lambda: None)

    def test_it_ends_slowly(self):
        """It lets nobody in any more while somebody is still there; then it is away."""
        self.caught_up()
        self.addCleanup(self.database.call, "restart")
        clerk = self.clerk("")
        os.kill(int(self.database.call("status").stdout.split()[-1]), signal.SIGTERM)
        clerk.stdin.write(f"{END_SYNC};\n")
        clerk.stdin.flush()

        def start():
            clerk.communicate()
            eventually("it is over", lambda: self.database.call("status").stdout == "ended\n")
            eventually("it says so, too", lambda: "Connection refused" in self.sync.said())
            self.database.start()

        self.trouble("the database system is shutting down (57P03)", start)

    def test_it_is_killed_and_away_for_a_while(self):
        """The same `jari sync` waits for it."""
        self.caught_up()
        self.addCleanup(self.database.call, "restart")
        self.database.kill9()

        def start():
            eventually("a while has passed",
                       lambda: self.sync.figure("jari_legacy_lag_seconds") >= AWAY_SECONDS)
            self.database.start()

        self.trouble("Connection refused", start)
        [again] = [line for line in self.sync.said().splitlines() if "written again" in line]
        after = int(again.partition(" after ")[2].partition(" s; ")[0])
        self.assertGreaterEqual(after, AWAY_SECONDS - 5, again)

    def test_a_login_that_is_refused_at_the_start_is_not_waited_for(self):
        """It is for somebody to mend, and it says what and where."""
        self.database.query("CREATE ROLE locked LOGIN PASSWORD 'right'", "CREATE ROLE banned LOGIN",
                            "CREATE ROLE lame")
        self.addCleanup(self.database.query, "DROP ROLE locked", "DROP ROLE banned",
                        "DROP ROLE lame")
        rules = self.database.directory / "data/pg_hba.conf"
        text = rules.read_text()
        self.addCleanup(self.database.call, "restart")
        self.addCleanup(rules.write_text, text)
        rules.write_text("host all locked 127.0.0.1/32 scram-sha-256\n"
                         "host all banned 127.0.0.1/32 reject\n" + text)
        self.database.call("restart")
        for changes, why in (
                ({"user": "locked", "password": "wrong"}, "password authentication failed"),
                ({"user": "locked"}, "no password supplied"),
                ({"user": "nobody"}, "role \"nobody\" does not exist (28000)"),
                ({"user": "lame"}, "is not permitted to log in (28000)"),
                ({"user": "banned"}, "pg_hba.conf rejects connection"),
                ({"dbname": "nothing"}, "database \"nothing\" does not exist (3D000)"),
                ({"hots": "127.0.0.1"}, "invalid connection option \"hots\"")):
            with self.subTest(why):
                address = self.connect_with(**changes)
                done = self.sync.call("--data", str(self.service.directory), "--metrics",
                                      "127.0.0.1:0", check=False)
                self.database.address = address
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(why, done.stderr)
                self.assertIn("~/.pgpass", done.stderr)

    def test_a_login_that_is_refused_later_is_waited_for(self):
        self.poor_role()
        self.caught_up_as_poor()
        self.database.query("ALTER ROLE poor NOLOGIN")
        self.end_sessions()
        self.trouble("is not permitted to log in (28000)",
                     lambda: self.database.query("ALTER ROLE poor LOGIN"))


if __name__ == "__main__":
    main()
