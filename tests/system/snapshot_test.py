"""Snapshots: taken while the service books, proved against the log, and where a node begins again.

A crowd books; `jari snapshot` runs beside it, several times; the service is killed, its state
removed, and `jari restore` puts the newest snapshot there: the next start serves what was there
before, with the digests that a whole replay gives. A snapshot that does not fit its log is refused,
one whose state is wrong is not kept. They are kept in a directory, or in one that is as a mounted
object store (bucket.cc), where runs are killed at each of their steps, or at every
JARI_SNAPSHOT_STRIDE-th (4), from a drawn one on.

Errors:  AssertionError, with what the program said.
"""

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import unittest

from jari_service import Service, jari_binary, main
from log_checks import partitions_shown, poll, ready, replay_ends_with

SEED = int(os.environ.get("JARI_SEED", "23"))
PEOPLE = int(os.environ.get("JARI_PEOPLE", "300"))
STRIDE = int(os.environ.get("JARI_SNAPSHOT_STRIDE", "4"))  # 1: a run is killed at each of its steps
ASAN = "verify_asan_link_order=0:detect_leaks=0"  # as real_locales.py has it


class Story(unittest.TestCase):
    """One service, and where its snapshots are kept."""

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

    def take(self, *options, service=None):
        """One snapshot, when the state has been written behind at least once."""
        service = service or self.service

        def taken():
            done = service.cli("snapshot", "--data", service.directory, "--into", self.into,
                               *options, check=False)
            assert done.returncode == 0 or "written behind" in done.stderr, done.stderr
            return done if done.returncode == 0 else None
        done = poll("a snapshot", taken, seconds=60, every_seconds=1)
        self.assertIn("proved by", done.stdout)
        self.said = done.stderr
        return self.into / done.stdout.split(":")[0].rsplit("/", 1)[-1]

    def left(self):
        """What stands where snapshots are kept."""
        return sorted(path.name for path in self.into.iterdir())

    def begin(self, *options, **how):
        """A run, and what it says."""
        words = ["snapshot", "--data", self.service.directory, "--into", self.into, *options]
        return subprocess.Popen([jari_binary(), *map(str, words)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, **how)

    def of_run(self, name):
        """What a run has on the service's own disk."""
        return self.service.directory / ".snapshot" / name

    @staticmethod
    def is_whole(snapshot):
        subprocess.run(["sha256sum", "--quiet", "-c", "snapshot.sha256"], cwd=snapshot, check=True)

    def begins_with(self, snapshot):
        """The service is killed and loses its state: with the snapshot, and the tail, it has all."""
        described = json.loads((snapshot / "snapshot.json").read_text())
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


class Snapshots(Story):
    """In a directory."""
    def test_a_node_begins_with_one_and_the_tail(self):
        """What was booked before and after it is there, and the state is that of a replay."""
        self.crowd(1)
        snapshot = self.take()
        described = json.loads((snapshot / "snapshot.json").read_text())
        self.assertGreater(sum(one["next_offset"] for one in described["partitions"]), 0)
        self.crowd(2)
        self.begins_with(snapshot)

    def test_one_that_is_damaged_is_refused_and_named(self):
        """A byte changed in any of its files, a file gone, a file more: nothing is restored."""
        self.crowd(6)
        snapshot = self.take()
        self.is_whole(snapshot)
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

    def begin_and_wait(self):
        """A run that has its copy and waits for ticks: the service has stopped, and written all."""
        self.service.stop()
        run = self.begin("--patience", 60)
        poll("it has its copy", self.of_run("copy/snapshot.json").exists, 30)
        return run

    def test_two_at_once_do_not_hurt_each_other(self):
        """The second is refused; the first one's snapshot is whole, and a node begins with it."""
        self.crowd(6)
        first = self.begin_and_wait()
        second = self.service.cli("snapshot", "--data", self.service.directory, "--into", self.into,
                                  "--patience", 0, check=False)
        self.service.start()
        said, why = first.communicate(timeout=90)
        self.assertEqual(first.returncode, 0, why)
        self.assertIn("proved by", said)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another `jari snapshot` is at work on ", second.stderr)
        self.service.kill9()
        shutil.rmtree(self.service.directory / "state")
        self.service.cli("restore", "--from", said.split(":")[0], "--data", self.service.directory)
        self.service.start()
        ready(self.service)

    def test_what_a_killed_run_has_left_is_removed(self):
        """By the next one; the snapshots stay."""
        self.crowd(7)
        first = self.take()
        killed = self.begin_and_wait()
        killed.kill()
        killed.communicate()
        self.assertEqual(self.left(), [first.name])  # nothing comes there before it is proved
        self.assertTrue(self.of_run("copy").exists())
        self.service.start()
        second = self.take()
        self.assertEqual(self.left(), [first.name, second.name])
        self.assertFalse(self.of_run("copy").exists())

    def test_the_disk_of_the_service_has_room_for_the_copy(self):
        """Else none is made: what the service needs free stays free."""
        library = jari_binary().resolve().with_name("libjari_bucket.so")
        self.service.restart()  # its state is written: some bytes more than none
        self.service.environment = dict(self.service.environment, LD_PRELOAD=str(library),
                                        JARI_FREE_MB="512", ASAN_OPTIONS=ASAN)
        done = self.service.cli("snapshot", "--data", self.service.directory, "--into", self.into,
                                check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("needs 513 MB", done.stderr)
        self.assertIn("make room on that disk", done.stderr)
        self.assertFalse(self.into.exists())
        self.assertFalse(self.of_run("copy").exists())

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


TRIES = """
import fcntl, os, sys
os.chdir(sys.argv[1])
with open("file", "wb") as made:
    made.write(b"from front to end")
    made.flush()
    os.fsync(made.fileno())
directory, reads = os.open(".", os.O_RDONLY), os.open("file", os.O_RDONLY)
writes = os.open("new", os.O_WRONLY | os.O_CREAT)
os.write(writes, b"new")
os.mkdir("other")
TRIES = {
    "rename": lambda: os.rename("file", "renamed"),
    "rename of a directory": lambda: os.rename("other", "renamed"),
    "renameat": lambda: os.rename("file", "renamed", src_dir_fd=directory, dst_dir_fd=directory),
    "link": lambda: os.link("file", "linked"),
    "symlink": lambda: os.symlink("file", "linked"),
    "flock": lambda: fcntl.flock(reads, fcntl.LOCK_SH),
    "lock": lambda: fcntl.lockf(writes, fcntl.LOCK_EX | fcntl.LOCK_NB),
    "append": lambda: os.open("file", os.O_WRONLY | os.O_APPEND),
    "read and write": lambda: os.open("file", os.O_RDWR),
    "write again": lambda: os.open("file", os.O_WRONLY),
    "write at a place": lambda: os.pwrite(writes, b"x", 0),
    "go back": lambda: os.lseek(writes, 0, os.SEEK_SET),
    "cut": lambda: os.ftruncate(writes, 1),
    "sync the directory": lambda: os.fsync(directory),
}
for name, tries in TRIES.items():
    try:
        tries()
    except OSError:
        continue
    sys.exit(name + " was let through")
os.close(writes)
assert open("file").read() == "from front to end" and open("new").read() == "new"
for name in ("file", "new"):
    os.remove(name)
os.rmdir("other")
"""


class Bucket(Story):
    """In an object store that is mounted as a file system."""

    def setUp(self):
        super().setUp()
        self.into.mkdir()
        library = jari_binary().resolve().with_name("libjari_bucket.so")
        self.mounted = dict(self.service.environment, LD_PRELOAD=str(library),
                            JARI_BUCKET=str(self.into), ASAN_OPTIONS=ASAN)
        self.service.environment = self.mounted  # of its commands
        self.begun = self.service.directory.with_name(self.service.directory.name + "-begun")
        self.addCleanup(shutil.rmtree, self.begun, True)

    def stopped_at(self, step, number):
        """The environment in which a program gets the signal after so many changes there."""
        return dict(self.mounted, JARI_BUCKET_STEP=str(step), JARI_BUCKET_SIGNAL=str(int(number)))

    def finished(self):
        return sorted(path.parent.name for path in self.into.glob("*/snapshot.sha256")
                      if path.stat().st_size > 0)

    def restored(self):
        """The name of the snapshot that a node begins with."""
        done = self.service.cli("restore", "--from", self.into, "--data", self.begun)
        shutil.rmtree(self.begun)
        return done.stdout.split(":")[0].rsplit("/", 1)[-1]

    def test_it_is_one(self):
        """What such a store cannot do is refused there; what it can do is done."""
        subprocess.run([sys.executable, "-c", TRIES, self.into], env=self.mounted, check=True)
        self.assertEqual(self.left(), [])

    def test_a_node_begins_with_the_newest_kept_there(self):
        """Three are taken, two are kept, and a node begins with the last."""
        self.crowd(8)
        taken = [self.take("--keep", 2) for _ in range(3)]
        self.assertEqual(self.left(), [one.name for one in taken[1:]])
        for one in taken[1:]:
            self.is_whole(one)
        self.crowd(9)
        self.begins_with(taken[2])

    def test_a_run_is_killed_at_each_of_its_steps(self):
        """No snapshot counts that is not whole, none that is whole is lost, nothing is left over."""
        self.crowd(10)
        kept = [self.take().name, self.take().name]
        for step in itertools.count(1 + random.Random(SEED).randrange(STRIDE), STRIDE):
            run = self.begin("--keep", 2, env=self.stopped_at(step, signal.SIGKILL))
            said, why = run.communicate(timeout=90)
            if run.returncode == 0:
                break
            self.assertEqual(run.returncode, -signal.SIGKILL, f"step {step}: {said}{why}")
            finished = self.finished()
            self.assertIn(kept[1], finished, f"step {step}")
            self.assertEqual(self.restored(), finished[-1], f"step {step}")
            for name in finished:
                self.is_whole(self.into / name)
            newest = self.take("--keep", 2).name
            kept = [finished[-1], newest]
            self.assertEqual(self.left(), kept, f"step {step}")
            self.assertEqual(self.said, "", f"step {step}")
            self.assertFalse(self.of_run("copy").exists(), f"step {step}")
        self.assertGreater(step, 20)  # files, directories, and those of the one that went
        print(f"killed before step {step}, at one of {STRIDE} (seed {SEED})", file=sys.stderr)

    def test_runs_of_two_nodes_let_each_other_be(self):
        """What one is writing is neither taken for a snapshot nor removed by the other."""
        self.crowd(11)
        first = self.take()
        slow = self.begin("--keep", 2, env=self.stopped_at(6, signal.SIGSTOP))
        self.addCleanup(slow.kill)
        self.assertTrue(os.WIFSTOPPED(os.waitpid(slow.pid, os.WUNTRACED)[1]))
        unfinished, = set(self.left()) - {first.name}
        again = self.service.cli("snapshot", "--data", self.service.directory, "--into", self.into,
                                 check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("another `jari snapshot` is at work on ", again.stderr)
        with Service(contract=None, environment=self.mounted) as other:
            second = self.take("--keep", 1, service=other)
        self.assertIn(f"{self.into / unfinished} ", self.said)
        self.assertIn("remove it", self.said)
        self.assertEqual(self.left(), sorted([unfinished, second.name]))
        self.assertEqual(self.restored(), second.name)
        slow.send_signal(signal.SIGCONT)
        said, why = slow.communicate(timeout=90)
        self.assertEqual(slow.returncode, 0, why)
        self.assertIn(unfinished, said)
        self.is_whole(self.into / unfinished)
        self.assertEqual(self.left(), sorted([unfinished, second.name]))

    def test_what_nobody_finishes_is_named_and_stays(self):
        """Its node never comes back: a run, and a restore, say so and go on."""
        self.crowd(12)
        first = self.take()
        lost = self.into / "snapshot-29991231T235959.999Z-0123456789abcdef"
        shutil.copytree(first, lost)
        (lost / "snapshot.sha256").write_bytes(b"")  # as it is made, before it is written
        second = self.take("--keep", 1)
        self.assertIn(f"{lost} ", self.said)
        self.assertEqual(self.left(), [second.name, lost.name])
        done = self.service.cli("restore", "--from", self.into, "--data", self.begun)
        self.assertIn(second.name, done.stdout)
        self.assertIn(f"{lost} ", done.stderr)
        done = self.service.cli("restore", "--from", lost, "--data", self.begun / "other",
                                check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{lost}/snapshot.sha256 ", done.stderr)


if __name__ == "__main__":
    main()
