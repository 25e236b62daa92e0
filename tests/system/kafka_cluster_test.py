"""ops/kafka: what it starts is Kafka, keeps what it was given, and is gone when it is told to go.

Errors:  AssertionError; exit 77 where Java or Kafka's jars cannot be had.
Threads: one.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CANNOT_RUN = 77


class Cluster:
    """A directory for a cluster of its own, and ops/kafka on it."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="jari-kafka-")

    def command(self, *arguments):
        return [ROOT / "ops/kafka", "--dir", self.dir.name, *arguments]

    def do(self, *arguments, **more):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False,
                              **more)
        if done.returncode == CANNOT_RUN:
            print(f"no Kafka here: {done.stderr.strip()}", file=sys.stderr)
            sys.exit(CANNOT_RUN)
        return done

    def processes(self):
        """Of Kafka, started in this directory."""
        found = []
        for process in pathlib.Path("/proc").iterdir():
            try:
                command = (process / "cmdline").read_text() if process.name.isdigit() else ""
                if f"={self.dir.name}/" in command:
                    found.append(int(process.name))
            except OSError:
                pass
        return found

    def close(self):
        self.do("stop")
        self.dir.cleanup()


class Kafka(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster()
        self.addCleanup(self.cluster.close)

    def kcat(self, address, *arguments, given=None):
        return subprocess.run(["kcat", "-b", address, *arguments], input=given, capture_output=True,
                              text=True, check=True, timeout=60).stdout

    def make_topic(self, address, name):
        """Asked again for a while: a broker that a busy machine left without its second is not
        counted among three until it speaks again."""
        tool = ["java", "-cp", f"{ROOT}/build/kafka-jars/*", "org.apache.kafka.tools.TopicCommand"]
        deadline = time.monotonic() + 60
        while True:
            asked = subprocess.run([*tool, "--bootstrap-server", address, "--create", "--topic",
                                    name, "--if-not-exists", "--replication-factor", "3"],
                                   capture_output=True, text=True, check=False, timeout=60)
            if asked.returncode == 0:
                return
            self.assertLess(time.monotonic(), deadline, asked.stdout + asked.stderr)

    def test_three_brokers_keep_what_one_that_is_killed_had(self):
        started = self.cluster.do("--brokers", "3", "start")
        self.assertEqual(started.returncode, 0, started.stderr)
        address = started.stdout.strip()
        self.assertEqual(len(address.split(",")), 3)
        self.assertEqual(len(self.cluster.processes()), 4)
        self.make_topic(address, "kept")
        self.kcat(address, "-P", "-t", "kept", "-X", "acks=all", given="one\ntwo\n")
        self.assertEqual(self.cluster.do("kill", "2").returncode, 0)
        self.assertIn("ended", self.cluster.do("status").stdout.splitlines()[2])
        self.assertEqual(self.kcat(address, "-C", "-t", "kept", "-e", "-q"), "one\ntwo\n")
        self.assertEqual(self.cluster.do("restart", "2").returncode, 0)
        self.assertNotIn("ended", self.cluster.do("status").stdout)
        self.assertEqual(self.cluster.do("stop").returncode, 0)
        self.assertEqual(self.cluster.processes(), [])
        again = self.cluster.do("start")
        self.assertEqual(again.stdout.strip(), address, again.stderr)
        self.assertEqual(self.kcat(address, "-C", "-t", "kept", "-e", "-q"), "one\ntwo\n")
        self.cluster.do("wipe")
        self.assertEqual(self.cluster.processes(), [])

    def test_run_exits_as_its_command_did_and_leaves_nothing(self):
        asked = self.cluster.do("run", "--", "sh", "-c", 'kcat -b "$JARI_KAFKA_BROKERS" -L; exit 5')
        self.assertEqual(asked.returncode, 5, asked.stderr)
        self.assertIn("1 brokers:", asked.stdout)
        self.assertEqual(self.cluster.processes(), [])

    def test_run_that_is_broken_off_or_killed_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with subprocess.Popen(self.cluster.command("run", "sh", "-c", "echo begun; sleep 100"),
                                  stdout=subprocess.PIPE, text=True) as asked:
                self.assertEqual(asked.stdout.readline(), "begun\n")
                self.assertEqual(len(self.cluster.processes()), 1)
                os.kill(asked.pid, number)
                self.assertNotEqual(asked.wait(), 0)
            deadline = time.monotonic() + 10
            while self.cluster.processes():
                self.assertLess(time.monotonic(), deadline, number)
                time.sleep(0.02)

    def test_two_that_ask_at_once_in_a_clean_checkout_share_what_is_fetched(self):
        with tempfile.TemporaryDirectory(prefix="jari-checkout-") as clean:
            shutil.copytree(ROOT / "ops", pathlib.Path(clean) / "ops")
            kafka = pathlib.Path(clean) / "ops/kafka"
            both = [subprocess.Popen([kafka, "--dir", f"{clean}/{name}", "run", "true"],
                                     stderr=subprocess.PIPE, text=True) for name in ("one", "two")]
            said = [asked.communicate()[1] for asked in both]
            self.assertEqual([asked.returncode for asked in both], [0, 0], said)
            self.assertEqual("".join(said).count("fetching"), 1, said)

    def test_says_what_is_wrong_usage(self):
        self.assertEqual(self.cluster.do("kill", "2").returncode, 2)
        self.assertEqual(self.cluster.do("run").returncode, 2)
        self.assertEqual(self.cluster.do("fly").returncode, 2)
        self.assertEqual(self.cluster.do("--help").returncode, 0)


if __name__ == "__main__":
    unittest.main()
