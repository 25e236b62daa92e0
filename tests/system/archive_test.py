"""jari archive of the embedded log: written beside the service, in any number of runs of which any
may be killed, and read by `audit`, `replay` and `export` as the log itself is.

Errors:  AssertionError, with what the program said.
Threads: one.
"""

import os
import re
import shutil
import subprocess
import unittest

from jari_service import Service, jari_binary, main
from log_checks import partitions_shown, poll

SINK_TIME = re.compile(r'^(\{"topic":"(?:sync|outcomes)".*?)"time":"[^"]*",')
LINE = re.compile(r".+: (\d+) records more, (\d+) in all")
PEOPLE = int(os.environ.get("JARI_PEOPLE", "300"))


class Archives(unittest.TestCase):
    """One service, and the archive of its log beside it."""

    def setUp(self):
        self.service = Service(contract=None)
        self.service.__enter__()
        self.addCleanup(self.service.__exit__, None, None, None)
        self.data = self.service.directory
        self.service.cli("demo", "--server", self.service.url, "--data", self.data, "--rate", 1000)
        self.into = self.data.with_name(self.data.name + "-archive")
        self.addCleanup(shutil.rmtree, self.into, True)

    def crowd(self, seed):
        """Visitors who take tickets, book, and give back."""
        self.service.cli("load", "--server", self.service.url, "--data", self.data,
                         "--people", PEOPLE, "--seed", seed, "--seconds", 2, "--threads", 4)

    def archive(self, *flags, code=0):
        done = self.service.cli("archive", "--data", self.data, "--into", self.into, *flags,
                                check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def jari(self, *words, code=0):
        done = self.service.cli(*words, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def records(self, *source):
        """All records, in one order. A sink's has the time that its source had when it was read:
        that depends on the order, so it is left out."""
        lines = self.jari("export", *source).stdout.splitlines()
        return sorted(SINK_TIME.sub(r"\1", line) for line in lines)

    def test_it_is_read_as_the_log_is(self):
        """Records, verdict and digests are those of the log, of the archive alone and with the tail."""
        self.crowd(1)
        self.archive("--segment-mb", 1)
        self.assertIn("ok: ", self.jari("audit", "--archive", self.into).stdout)
        self.crowd(2)
        both = ["--archive", self.into, "--data", self.data]
        self.assertIn("ok: ", self.jari("audit", *both).stdout)
        self.service.stop()
        self.assertTrue(self.records(*both) == self.records("--data", self.data))
        self.archive()
        self.assertTrue(self.records("--archive", self.into) == self.records("--data", self.data))
        replayed = self.jari("replay", "--data", self.data).stdout
        self.assertEqual(self.jari("replay", "--archive", self.into).stdout, replayed)
        self.assertEqual(self.jari("replay", *both).stdout, replayed)
        verdict = self.jari("audit", "--data", self.data).stdout
        self.assertEqual(self.jari("audit", "--archive", self.into).stdout, verdict)
        self.service.start()

    def test_a_run_that_is_killed_is_gone_on_with(self):
        """kill -9 while it follows a log that grows, again and again."""
        for seed in range(4):
            follower = subprocess.Popen(
                [jari_binary(), "archive", "--data", self.data, "--into", self.into, "--follow",
                 "--every", "1", "--segment-mb", "1"], stdout=subprocess.PIPE, text=True)
            with follower:
                self.crowd(10 + seed)
                self.assertIn("in all", follower.stdout.readline())
                follower.kill()
            self.assertIn("ok: ", self.jari("audit", "--archive", self.into).stdout)
        self.service.stop()
        self.archive()
        self.assertTrue(self.records("--archive", self.into) == self.records("--data", self.data))
        self.assertIn("ok: ", self.jari("archive", "--into", self.into, "--check").stdout)
        self.service.start()

    def test_a_signal_ends_it_in_good_order(self):
        """SIGTERM finishes what is begun; two at once are one too many."""
        follower = subprocess.Popen(
            [jari_binary(), "archive", "--data", self.data, "--into", self.into, "--follow"],
            stdout=subprocess.PIPE, text=True)
        with follower:
            poll("it has begun", lambda: list(self.into.glob("*/unfinished")), 30)
            self.assertIn("another `jari archive` is at work", self.archive(code=1).stderr)
            follower.terminate()
            self.assertIn("records more", follower.stdout.read())
            self.assertEqual(follower.wait(), 0)
        self.assertEqual(list(self.into.glob("*/unfinished")), [])
        self.assertIn("ok: ", self.jari("audit", "--archive", self.into).stdout)

    def test_a_run_that_is_stopped_is_gone_on_with(self):
        """SIGTERM in the middle of a log that grows, again and again: each run finishes what it has,
        says how much, and leaves the rest to the next."""
        all_told = 0
        for seed in range(3):
            told = self.stopped_in_the_middle(20 + seed)
            self.assertGreater(sum(more for more, _ in told), 0)
            for more, in_all in told:
                all_told += more
                self.assertEqual(in_all, all_told)
            self.assertEqual(list(self.into.glob("*/unfinished")), [])
            self.assertIn(f"ok: {all_told} records",
                          self.jari("archive", "--into", self.into, "--check").stdout)
            self.assertIn("ok: ", self.jari("audit", "--archive", self.into).stdout)
        self.service.stop()
        self.archive()
        self.assertTrue(self.records("--archive", self.into) == self.records("--data", self.data))
        self.service.start()

    def stopped_in_the_middle(self, seed):
        """What a run says of itself, line by line, that has some of a crowd when it is stopped."""
        follow = ["archive", "--data", self.data, "--into", self.into, "--follow", "--every", "1"]
        load = ["load", "--server", self.service.url, "--data", self.data, "--people", PEOPLE,
                "--seed", seed, "--seconds", 5, "--threads", 2]
        crowd = subprocess.Popen([jari_binary(), *map(str, load)], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        follower = subprocess.Popen([jari_binary(), *map(str, follow)], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
        with crowd, follower:
            try:
                said = follower.stdout.readline()
                self.assertIsNone(crowd.poll(), "the crowd was gone before it was stopped")
                follower.terminate()
                rest, error = follower.communicate(timeout=30)
            finally:
                crowd.kill()
                follower.kill()
        self.assertEqual((follower.returncode, error), (0, ""))
        told = [tuple(map(int, LINE.fullmatch(line).groups())) for line in
                (said + rest).splitlines()]
        self.assertGreaterEqual(len(told), 2, "what it had when it was stopped is a line")
        return told

    def test_what_is_not_as_it_was_written_is_refused(self):
        """A changed byte, a file that is missing, another log: what, where, what to do."""
        self.crowd(3)
        self.archive()
        victim = sorted(self.into.glob("bookings-0/*.segment"))[0]
        good = victim.read_bytes()
        bad = bytearray(good)
        bad[len(bad) // 2] ^= 1
        victim.write_bytes(bad)
        for words in (["audit", "--archive", self.into], ["replay", "--archive", self.into],
                      ["export", "--archive", self.into], ["archive", "--into", self.into, "--check"]):
            said = self.jari(*words, code=1).stderr
            self.assertIn(str(victim), said)
            self.assertIn("put this file back from a copy of the archive", said)
        victim.unlink()
        self.assertIn("its last segments are missing",
                      self.jari("audit", "--archive", self.into, code=1).stderr)
        victim.write_bytes(good)
        with Service(contract=None) as other:
            done = other.cli("archive", "--data", other.directory, "--into", self.into, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("each log has an archive of its own", done.stderr)
            done = other.cli("audit", "--data", other.directory, "--archive", self.into, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("name those that belong together", done.stderr)
        self.archive()
        self.assertGreater(len(partitions_shown(self.service)), 0)

    def test_a_command_line_that_names_nothing_is_refused(self):
        """Each command that reads a log says which words it needs."""
        self.assertIn("--data", self.jari("archive", "--into", self.into, code=2).stderr)
        self.assertIn("--data, --archive or --kafka-brokers is required",
                      self.jari("replay", code=2).stderr)
        self.assertIn("--data, --archive or --kafka-brokers is required",
                      self.jari("export", code=2).stderr)
        self.assertIn("--archive DIR", self.jari("audit", code=2).stderr)
        self.assertIn("there is no archive",
                      self.jari("audit", "--archive", "/no/such", code=1).stderr)


if __name__ == "__main__":
    main()
