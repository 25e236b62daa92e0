"""Snapshots: taken while the service books, proved against the log, and where a node begins again.

A crowd books; `jari snapshot` runs beside it, several times; the service is killed, its state
removed, and `jari restore` puts the newest snapshot there: the next start serves what was there
before, with the digests that a whole replay gives. A snapshot that does not fit its log is refused,
one whose state is wrong is not kept.

Errors:  AssertionError, with what the program said.
"""

import json
import os
import random
import shutil
import subprocess
import unittest

from jari_service import Service, jari_binary, main
from log_checks import partitions_shown, poll, ready, replay_ends_with

SEED = int(os.environ.get("JARI_SEED", "23"))
PEOPLE = int(os.environ.get("JARI_PEOPLE", "300"))


class Snapshots(unittest.TestCase):
    """One service, its snapshots beside it."""

    def setUp(self):
        self.service = Service(contract=None)
        self.service.__enter__()
        self.addCleanup(self.service.__exit__, None, None, None)
        self.service.cli("demo", "--server", self.service.url, "--data", self.service.directory,
                         "--rate", 1000)
        self.into = self.service.directory.with_name(self.service.directory.name + "-snapshots")
        self.addCleanup(shutil.rmtree, self.into, True)

    def crowd(self, seed):
        """Visitors who take tickets, book, and give back."""
        self.service.cli("load", "--server", self.service.url, "--data", self.service.directory,
                         "--people", PEOPLE, "--seed", seed, "--seconds", 3, "--threads", 4)

    def take(self, *options):
        """One snapshot, when the state has been written behind at least once."""
        def taken():
            done = self.service.cli("snapshot", "--data", self.service.directory, "--into",
                                    self.into, *options, check=False)
            assert done.returncode == 0 or "written behind" in done.stderr, done.stderr
            return done if done.returncode == 0 else None
        done = poll("a snapshot", taken, seconds=60, every_seconds=1)
        self.assertIn("proved by", done.stdout)
        return self.into / done.stdout.split(":")[0].rsplit("/", 1)[-1]

    def test_a_node_begins_with_one_and_the_tail(self):
        """What was booked before and after it is there, and the state is that of a replay."""
        self.crowd(1)
        snapshot = self.take()
        described = json.loads((snapshot / "snapshot.json").read_text())
        self.assertGreater(sum(one["next_offset"] for one in described["partitions"]), 0)
        self.crowd(2)
        self.service.kill9()
        shutil.rmtree(self.service.directory / "state")
        done = self.service.cli("restore", "--from", self.into, "--data", self.service.directory)
        self.assertIn(snapshot.name, done.stdout)
        self.service.start()
        ready(self.service)
        shown = partitions_shown(self.service)
        for one in described["partitions"]:
            applied, _ = shown[(one["topic"], one["partition"])]
            self.assertGreaterEqual(applied, one["next_offset"])
        self.service.stop()
        replay_ends_with(self.service, shown)

    def test_one_that_is_damaged_is_refused_and_named(self):
        """A byte changed in any of its files, a file gone, a file more: nothing is restored."""
        self.crowd(6)
        snapshot = self.take()
        subprocess.run(["sha256sum", "--quiet", "-c", "snapshot.sha256"], cwd=snapshot, check=True)
        self.service.stop()
        shutil.rmtree(self.service.directory / "state")
        draws = random.Random(SEED)
        files = sorted(path for path in snapshot.rglob("*") if path.is_file())
        self.assertGreater(len(files), 4)
        for file in files:
            whole = file.read_bytes()
            at, bit = draws.randrange(max(1, len(whole))), 1 << draws.randrange(8)
            byte = bytes([whole[at] ^ bit]) if whole else b"x"
            file.write_bytes(whole[:at] + byte + whole[at + 1:])
            # Of the list of sums it cannot be told whether the sum is wrong or the file.
            self.is_refused(f"{file} byte {at}", "" if file.suffix == ".sha256" else str(file))
            file.unlink()
            self.is_refused(f"{file} gone", str(file))
            file.write_bytes(whole)
        more = snapshot / "state" / "000000.sst"
        more.write_bytes(b"more")
        self.is_refused("a file more", f"{more} does not belong there")
        more.unlink()
        self.service.cli("restore", "--from", self.into, "--data", self.service.directory)
        self.service.start()
        ready(self.service)

    def is_refused(self, what, words):
        done = self.service.cli("restore", "--from", self.into, "--data", self.service.directory,
                                check=False)
        self.assertEqual(1, done.returncode, f"{what}: {done.stdout}{done.stderr}")
        self.assertIn(words, done.stderr, what)
        self.assertIn("nothing was restored", done.stderr, what)
        left = {path.name for path in self.service.directory.iterdir()}
        self.assertFalse(left & {"state", ".state-restored"}, what)

    def test_the_newest_are_kept(self):
        """Of three, with --keep 2, the first one goes."""
        self.crowd(3)
        all_taken = [self.take("--keep", 2).name for _ in range(3)]
        self.assertEqual(self.left(), all_taken[1:])

    def left(self):
        """What stands where snapshots are kept, but for the lock."""
        return sorted(path.name for path in self.into.iterdir() if path.name != "lock")

    def begin(self):
        """A run that has its copy and waits for ticks: the service has stopped, and written all."""
        self.service.stop()
        words = ["snapshot", "--data", self.service.directory, "--into", self.into, "--patience",
                 60]
        run = subprocess.Popen([jari_binary(), *map(str, words)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        poll("it has its copy", lambda: list(self.into.glob(".making*/snapshot.json")), 30)
        return run

    def test_two_at_once_do_not_hurt_each_other(self):
        """The second is refused; the first one's snapshot is whole, and a node begins with it."""
        self.crowd(6)
        first = self.begin()
        second = self.service.cli("snapshot", "--data", self.service.directory, "--into", self.into,
                                  "--patience", 0, check=False)
        self.service.start()
        said, why = first.communicate(timeout=90)
        self.assertEqual(first.returncode, 0, why)
        self.assertIn("proved by", said)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another `jari snapshot` is at work in ", second.stderr)
        self.service.kill9()
        shutil.rmtree(self.service.directory / "state")
        self.service.cli("restore", "--from", said.split(":")[0], "--data", self.service.directory)
        self.service.start()
        ready(self.service)

    def test_what_a_killed_run_has_left_is_removed(self):
        """By the next one; the snapshots stay."""
        self.crowd(7)
        first = self.take()
        killed = self.begin()
        killed.kill()
        killed.communicate()
        self.assertEqual(len(self.left()), 2, self.left())
        self.service.start()
        second = self.take()
        self.assertEqual(self.left(), [first.name, second.name])

    def test_what_is_not_proved_is_not_kept(self):
        """Without a service there are no ticks; a state of another log does not fit."""
        self.crowd(4)
        self.service.stop()
        done = self.service.cli("snapshot", "--data", self.service.directory, "--into", self.into,
                                "--patience", 0, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("needs the service running", done.stderr)
        with Service(contract=None) as other:
            other.stop()
            shutil.rmtree(self.service.directory / "state")
            shutil.copytree(other.directory / "state", self.service.directory / "state")
        done = self.service.cli("snapshot", "--data", self.service.directory, "--into", self.into,
                                check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not come from this log", done.stderr)
        self.assertEqual(self.left(), [])

    def test_a_state_that_is_there_is_not_overwritten(self):
        """Restoring is for a node that begins."""
        self.crowd(5)
        self.take()
        done = self.service.cli("restore", "--from", self.into, "--data", self.service.directory,
                                check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is there already", done.stderr)
        done = self.service.cli("restore", "--from", self.service.directory, "--data", self.into,
                                check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no snapshot", done.stderr)


if __name__ == "__main__":
    main()
