"""jari topics, against a real broker: what it makes, what it finds wrong, and in which words.

Errors:  AssertionError; exit 77 where Java or Kafka's jars cannot be had.
Threads: one.
"""

import os
import pathlib
import stat
import subprocess
import tempfile
import unittest

from jari_service import Service, jari_binary, main, new_key
from kafka_cluster_test import ROOT, Cluster
from log_checks import poll

ROUNDS = 3  # of several at once
TOOLS = ["java", "-cp", f"{ROOT}/build/kafka-jars/*"]


class Topics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.brokers = cls.cluster.do("start").stdout.strip()

    def setUp(self):
        self.data = tempfile.TemporaryDirectory(prefix="jari-topics-")
        self.addCleanup(self.data.cleanup)
        self.prefix = self.id().rsplit(".", 1)[1] + "."

    def jari(self, what, *flags, brokers=None):
        return subprocess.run(
            [jari_binary(), "topics", what, "--data", self.data.name, "--kafka-brokers",
             brokers or self.brokers, "--kafka-prefix", self.prefix, *flags],
            capture_output=True, text=True, check=False, timeout=90)

    def create(self, *flags):
        return self.jari("create", "--kafka-replication", "1", *flags)

    def check(self, *flags):
        return self.jari("check", "--kafka-replication", "1", *flags)

    def tool(self, name, *arguments):
        return subprocess.run([*TOOLS, name, "--bootstrap-server", self.brokers, *arguments],
                              capture_output=True, text=True, check=True, timeout=60).stdout

    def key_file(self):
        return pathlib.Path(self.data.name) / "keys/kafka-seal.key"

    def test_creates_topics_a_log_in_them_and_the_clusters_key(self):
        made = self.create("--partitions-of", "bookings=6")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertRegex(made.stdout, r"^made 6 topics, 23 partitions, incarnation [0-9a-f]{32}\n$")
        self.assertEqual(stat.S_IMODE(os.stat(self.key_file()).st_mode), 0o600)
        key = self.key_file().read_text()
        listed = subprocess.run(["kcat", "-b", self.brokers, "-L"], capture_output=True, text=True,
                                check=True, timeout=30).stdout
        self.assertIn(f'"{self.prefix}bookings" with 6 partitions', listed)
        self.assertIn(f'"{self.prefix}programmes" with 1 partitions', listed)
        again = self.create()
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(again.stdout, made.stdout.replace("made ", "there already: "))
        self.assertEqual(self.key_file().read_text(), key)
        checked = self.check()
        self.assertEqual(checked.stdout, "ok: 6 topics\n", checked.stderr)
        self.assertEqual(checked.returncode, 0)

    def test_sinks_keep_what_they_have_unless_somebody_sets_them_otherwise(self):
        """The brokers' default is a week: `sync --begin-again` and the audit had nothing to read
        then. Whoever wants it so is warned, and nodes start."""
        self.assertEqual(self.create().returncode, 0)
        for topic in ("sync", "outcomes", "bookings"):
            told = self.tool("kafka.admin.ConfigCommand", "--describe", "--entity-type", "topics",
                             "--entity-name", self.prefix + topic)
            self.assertIn("retention.ms=-1 ", told)
            self.assertIn("retention.bytes=-1 ", told)
        self.assertEqual(self.check().stderr, "")
        self.tool("kafka.admin.ConfigCommand", "--alter", "--entity-type", "topics",
                  "--entity-name", f"{self.prefix}sync", "--add-config", "retention.ms=604800000")
        checked = self.check()
        self.assertEqual((checked.returncode, checked.stdout), (0, "ok: 6 topics\n"))
        self.assertRegex(checked.stderr, rf"^warning: {self.prefix}sync: retention.ms is 604800000"
                                         ", should be -1: what the brokers delete .*\n$")

    def test_says_which_line_is_wrong(self):
        self.assertEqual(self.create().returncode, 0)
        self.tool("kafka.admin.ConfigCommand", "--alter", "--entity-type", "topics",
                  "--entity-name", f"{self.prefix}bookings", "--add-config",
                  "cleanup.policy=compact,retention.ms=1000,retention.bytes=5000000,"
                  "unclean.leader.election.enable=true,max.message.bytes=1000000,"
                  "message.timestamp.type=CreateTime")
        self.tool("org.apache.kafka.tools.TopicCommand", "--alter", "--partitions", "5",
                  "--topic", f"{self.prefix}queue")
        checked = self.check()
        self.assertEqual(checked.returncode, 1)
        wrong = checked.stdout.splitlines()
        self.assertEqual(wrong, [
            f"{self.prefix}bookings: cleanup.policy is compact, must be delete",
            f"{self.prefix}bookings: unclean.leader.election.enable is true, must be false",
            f"{self.prefix}bookings: max.message.bytes is 1000000, must be at least 8388608",
            f"{self.prefix}bookings: message.timestamp.type is CreateTime, must be LogAppendTime",
            f"{self.prefix}bookings: retention.ms is 1000, must be -1",
            f"{self.prefix}bookings: retention.bytes is 5000000, must be -1",
            f"{self.prefix}queue: partitions is 5, must be 4 as its genesis says: "
            "they are fixed when a log is made"])
        self.assertEqual(self.create().returncode, 1)
        node = subprocess.run(
            [jari_binary(), "serve", "--data", self.data.name, "--log", "kafka", "--listen",
             "127.0.0.1:0", "--kafka-brokers", self.brokers, "--kafka-prefix", self.prefix,
             "--kafka-replication", "1"],
            capture_output=True, text=True, check=False, timeout=90)
        self.assertEqual(node.returncode, 1, node.stdout)
        for line in wrong[:6]:  # it looks at what is in the topics once they are set rightly
            self.assertIn(line, node.stderr, "a node starts on none of it, and says each line")

    def test_a_node_that_runs_says_that_partitions_were_added_and_goes_on(self):
        self.assertEqual(self.create("--partitions", "1").returncode, 0)
        flags = ["--log", "kafka", "--kafka-brokers", self.brokers, "--kafka-prefix", self.prefix,
                 "--kafka-replication", "1"]
        with Service(self.data.name, flags, contract=None) as node:
            ready = lambda: node.operator().request("GET", "/readyz", check=False).status == 200
            poll("it is ready", ready, 30)
            self.tool("org.apache.kafka.tools.TopicCommand", "--alter", "--partitions", "2",
                      "--topic", f"{self.prefix}queue")
            said = f"{self.prefix}queue has 2 partitions, its log was made with 1: nobody reads"
            poll("it says so", lambda: said in node.stderr_tail(), 30)
            subprocess.run(["kcat", "-P", "-b", self.brokers, "-t", f"{self.prefix}queue", "-p", "1"],
                           input=b"what nobody reads", check=True, timeout=30)
            node.operator().put_programme("flu", queue="line").expect(200)
            node.operator().put_queue("line", "flu", rate_per_second=0).expect(200)
            key = new_key("ask")
            ticket = node.person("alice").take_ticket("line", key=key).expect(201).json["ticket"]
            self.assertEqual(node.stderr_tail().count(said), 1, "once")
            node.stop()
            self.made_again_from_an_archive(f"{self.prefix}queue")
            node.start()
            poll("it is ready", ready, 30)
            again = node.person("alice").take_ticket("line", key=key).expect(201).json["ticket"]
            self.assertEqual(ticket, again)

    def made_again_from_an_archive(self, topic):
        """As the runbook has it."""
        where = ["--data", self.data.name, "--kafka-brokers", self.brokers, "--kafka-prefix",
                 self.prefix, "--kafka-replication", "1"]
        archive = os.path.join(self.data.name, "archive")

        def run(*words):
            done = subprocess.run([jari_binary(), *words], capture_output=True, text=True,
                                  check=False, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        run("archive", *where, "--into", archive)
        self.tool("org.apache.kafka.tools.TopicCommand", "--delete", "--topic", topic)
        run("topics", "restore", *where, "--archive", archive, "--topics", "queue")
        self.assertEqual(self.check().returncode, 0)
        run("audit", *where)

    def test_says_what_is_missing_and_what_is_too_few(self):
        self.assertEqual(self.create().returncode, 0)
        few = self.jari("check")  # as a cluster must be: three replicas
        self.assertEqual(few.returncode, 1)
        self.assertIn(f"{self.prefix}sync: replication is 1, must be at least 3\n", few.stdout)
        self.assertIn(f"{self.prefix}sync: min.insync.replicas is 1, must be at least 2\n",
                      few.stdout)
        self.tool("org.apache.kafka.tools.TopicCommand", "--delete", "--topic",
                  f"{self.prefix}sync")
        missing = self.check()
        self.assertEqual(missing.returncode, 1)
        self.assertEqual(missing.stdout, f"{self.prefix}sync: there is no such topic\n")

    def test_says_what_more_in_sync_than_there_are_replicas_would_stop(self):
        """Kafka takes such a setting, and then no append any more."""
        self.assertEqual(self.create().returncode, 0)
        self.tool("kafka.admin.ConfigCommand", "--alter", "--entity-type", "topics",
                  "--entity-name", f"{self.prefix}queue", "--add-config", "min.insync.replicas=2")
        checked = self.check()
        self.assertEqual((checked.returncode, checked.stdout), (
            1, f"{self.prefix}queue: min.insync.replicas is 2, must be at most 1, its replication: "
            "nothing could be appended there\n"), checked.stderr)

    def test_another_clusters_key_is_refused(self):
        self.assertEqual(self.create().returncode, 0)
        self.key_file().unlink()
        absent = self.check()
        self.assertNotEqual(absent.returncode, 0)
        self.assertIn("`jari topics create` makes it", absent.stderr)
        other = self.create()  # makes a key, which is not the one the log was sealed with
        self.assertEqual(other.returncode, 1)
        self.assertIn("not sealed with this cluster's key", other.stderr)

    # Several at once: one log comes of it, and whoever did not make it says so.

    def begin(self, number, data, partitions):
        return subprocess.Popen(
            [jari_binary(), "topics", "create", "--data", data, "--kafka-brokers", self.brokers,
             "--kafka-prefix", f"{self.prefix}{number}.", "--kafka-replication", "1",
             "--partitions", str(partitions)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def at_once(self, number, datas):
        """[(exit code, stdout, stderr)], each asked for another number of partitions."""
        begun = [self.begin(number, data, 3 + n) for n, data in enumerate(datas)]
        said = [one.communicate(timeout=90) for one in begun]
        return [(one.returncode, *words) for one, words in zip(begun, said)]

    def is_well(self, number, data):
        checked = subprocess.run(
            [jari_binary(), "topics", "check", "--data", data, "--kafka-brokers", self.brokers,
             "--kafka-prefix", f"{self.prefix}{number}.", "--kafka-replication", "1"],
            capture_output=True, text=True, check=False, timeout=90)
        self.assertEqual((0, "ok: 6 topics\n"), (checked.returncode, checked.stdout),
                         checked.stderr)

    def test_several_at_once_with_one_key_make_one_log(self):
        self.assertEqual(self.create().returncode, 0)  # makes the key
        for number in range(ROUNDS):
            ends = self.at_once(number, [self.data.name] * 3)
            self.assertEqual([0, 0, 0], [code for code, _, _ in ends], ends)
            self.assertEqual(1, len({out.split()[-1] for _, out, _ in ends}), ends)
            self.assertEqual(1, sum(out.startswith("made ") for _, out, _ in ends), ends)
            self.is_well(number, self.data.name)

    def test_several_at_once_with_keys_of_their_own_make_one_log(self):
        for number in range(ROUNDS):
            others = [tempfile.mkdtemp(dir=self.data.name) for _ in range(3)]
            ends = self.at_once(number, others)
            self.assertEqual([0, 1, 1], sorted(code for code, _, _ in ends), ends)
            for data, (code, out, err) in zip(others, ends):
                if code == 0:
                    self.assertTrue(out.startswith("made "), out)
                    self.is_well(number, data)
                    continue
                self.assertIn("not sealed with this cluster's key", err)
                self.assertIn(f"{data}/keys/kafka-seal.key was made just now", err)

    def test_several_at_once_on_topics_that_stand_empty_make_one_log(self):
        """As where the topics were made by hand, or whoever had made them was killed there."""
        self.assertEqual(self.create().returncode, 0)  # makes the key
        prefix, self.prefix = self.prefix, self.prefix + "0."
        settings = {"cleanup.policy": "delete", "min.insync.replicas": "1", "retention.ms": "-1",
                    "retention.bytes": "-1", "unclean.leader.election.enable": "false",
                    "max.message.bytes": "8388608", "message.timestamp.type": "LogAppendTime"}
        flags = [flag for name, value in settings.items()
                 for flag in ("--config", f"{name}={value}")]
        for topic in ("queue", "bookings", "inventory", "programmes", "sync", "outcomes"):
            self.tool("org.apache.kafka.tools.TopicCommand", "--create", "--topic",
                      self.prefix + topic, "--partitions", "1", "--replication-factor", "1", *flags)
        self.prefix = prefix
        begun = [self.begin(0, self.data.name, 1) for _ in range(3)]
        said = [one.communicate(timeout=90) for one in begun]
        self.assertEqual([0, 0, 0], [one.returncode for one in begun], said)
        self.assertEqual(1, len({out.split()[-1] for out, _ in said}), said)
        self.is_well(0, self.data.name)

    def test_refuses_settings_that_would_break_the_log(self):
        properties = pathlib.Path(self.data.name) / "kafka.properties"
        properties.write_text("# ours\nclient.id=check\nacks=1\n")
        refused = self.create("--kafka-properties", str(properties))
        self.assertEqual(refused.returncode, 2)
        self.assertIn(f"{properties}: line 3: acks is not to be set: ", refused.stderr)
        properties.write_text("no.such.thing=1\n")
        refused = self.create("--kafka-properties", str(properties))
        self.assertEqual(refused.returncode, 2)
        self.assertIn("no.such.thing", refused.stderr)
        properties.write_text(f"bootstrap.servers={self.brokers}\n")
        made = subprocess.run([jari_binary(), "topics", "create", "--data", self.data.name,
                               "--kafka-properties", str(properties), "--kafka-prefix", self.prefix,
                               "--kafka-replication", "1"], capture_output=True, text=True,
                              check=False, timeout=90)
        self.assertEqual(made.returncode, 0, made.stderr)

    def test_says_that_nobody_answers_and_what_is_wrong_usage(self):
        silent = self.jari("create", "--kafka-replication", "1", brokers="127.0.0.1:1")
        self.assertEqual(silent.returncode, 1)
        self.assertIn("no broker of the Kafka cluster answers", silent.stderr)
        self.assertEqual(self.create("--partitions-of", "programmes=2").returncode, 2)
        self.assertEqual(self.create("--partitions-of", "queue=-2").returncode, 2)
        self.assertEqual(self.create("--partitions", "0").returncode, 2)


if __name__ == "__main__":
    main()
