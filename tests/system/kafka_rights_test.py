"""What an existing cluster must allow: the table of rights in ops/SIZING.md, each row, on a broker
that asks who comes (SASL/PLAIN) and lets nobody do what it was not told to (StandardAuthorizer).

With its rights each does its work: topics are made, a node serves, a front end appends and reads
its answer, `sync` is read by a group, every command that reads the log reads it, a barrier is asked
for, the log is trimmed. With one right less it is refused in words that name the right.

Errors:  AssertionError; exit 77 where Kafka, its clients or PostgreSQL cannot be had.
Threads: one.
"""

import json
import shutil
import subprocess
import unittest

from front_end_example import DEBIANS_PYTHON, EXAMPLE, need_the_example
from jari_cluster import Cluster, main
from jari_service import Service, in_seconds, jari_binary, one_dose
from legacy_database import LegacyDatabase, Sync, same
from log_checks import counted, poll

PREFIX = "jari."
PROGRAMME, QUEUE, SITE, SLOT, PRODUCT = "rights", "rights-line", "rights-site", "am", "vaccine-a"

# As the table has it. READ, WRITE and DELETE bring DESCRIBE along; it is granted beside them so
# that without one of them it is that one which is missing.
EVERYWHERE = {
    "maker": ("Create", "Describe", "DescribeConfigs", "Read", "Write"),
    "node": ("Describe", "DescribeConfigs", "Read", "Write"),
    "reader": ("Describe", "DescribeConfigs", "Read"),
    "trimmer": ("Describe", "DescribeConfigs", "Read", "Delete"),
    "barrier": ("Describe", "DescribeConfigs", "Read"),
    "halved": ("Describe", "DescribeConfigs", "Read"),
}
WITHOUT = [("maker", "Create"), ("maker", "DescribeConfigs"), ("maker", "Read"), ("maker", "Write"),
           ("node", "DescribeConfigs"), ("node", "Read"), ("node", "Write"),
           ("reader", "DescribeConfigs"), ("reader", "Read")]
OF_TOPICS = {"front": {"Write": ("queue", "bookings"), "Read": ("outcomes",)},
             "mute": {"Read": ("outcomes",), "Describe": ("queue",)},
             "deaf": {"Write": ("queue",), "Describe": ("outcomes",)},
             "barrier": {"Write": ("programmes",)},
             "halved": {"Write": ("programmes", "queue", "bookings", "sync", "outcomes")},
             "follower": {"Read": ("sync",)},
             "loner": {"Read": ("sync",)}}
GROUP = "followers"
LINES_MAX = 100  # of stderr, until it has said twice what it lacks: 5 s
LACKING = {f"{who}-no-{right}": [one for one in EVERYWHERE[who] if one != right]
           for who, right in WITHOUT}
BEGINS_A_TRANSACTION = """
import sys, confluent_kafka
brokers, topic, properties = sys.argv[1:]
settings = dict(line.split("=", 1) for line in open(properties).read().split())
producer = confluent_kafka.Producer({**settings, "bootstrap.servers": brokers,
                                     "transactional.id": "front"})
try:
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, b"no request", partition=0)
    producer.commit_transaction(30)
    print("committed")
except confluent_kafka.KafkaException as refused:
    print("refused: " + refused.args[0].name().lstrip("_"))
"""
USERS = sorted({*EVERYWHERE, *LACKING, *OF_TOPICS, "nobody"})


class Guarded(Cluster):
    """A cluster that lets each do what the table says. Commands come as `user`."""

    def __init__(self):
        super().__init__(brokers=1, nodes=1, partitions=1)
        self.kafka_flags = ["--users", ",".join(USERS)]
        self.user = "maker"

    def properties(self, user):
        """A file for librdkafka, of a user whose password is the name."""
        file = self.directory / f"{user}.properties"
        file.write_text("security.protocol=SASL_PLAINTEXT\nsasl.mechanisms=PLAIN\n"
                        f"sasl.username={user}\nsasl.password={user}\n")
        return file

    def where_of(self, user, prefix=PREFIX):
        return [*super().where, "--kafka-prefix", prefix,
                "--kafka-properties", self.properties(user)]

    @property
    def where(self):
        return self.where_of(self.user)

    def kafka(self, *arguments):
        printed = super().kafka(*arguments)
        if arguments == ("start",):
            self.grant()
        return printed

    def begin(self, node, flags=()):
        self.user = "node"
        super().begin(node, flags)

    def allow(self, users, *flags):
        who = [part for user in users for part in ("--allow-principal", f"User:{user}")]
        self.kafka("allow", "--add", *who, *flags)

    def grant(self):
        """A call for each right, of all who have it."""
        has = {**EVERYWHERE, **LACKING}
        for right in sorted({right for rights in has.values() for right in rights}):
            users = [who for who, rights in has.items() if right in rights]
            self.allow(users, "--operation", right, "--topic", PREFIX,
                       "--resource-pattern-type", "prefixed")
        for who, rights in OF_TOPICS.items():
            for right, topics in rights.items():
                named = [part for topic in topics for part in ("--topic", PREFIX + topic)]
                self.allow([who], "--operation", right, *named)
        self.allow(["follower"], "--operation", "Read", "--group", GROUP)


class Rights(unittest.TestCase):
    """One cluster for all stories."""

    @classmethod
    def setUpClass(cls):
        need_the_example()
        cls.cluster = Guarded()
        cls.cluster.__enter__()
        cls.addClassCleanup(cls.cluster.__exit__, None, None, None)
        cls.cluster.settled()
        cls.node = cls.cluster.nodes[0]
        operator = cls.node.operator()
        operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        operator.put_queue(QUEUE, PROGRAMME, rate_per_second=0).expect(200)
        operator.put_site(SITE, zone="Asia/Seoul").expect(200)
        operator.add_stock(SITE, PRODUCT, 10).expect(200)
        operator.put_slot(SITE, SLOT, capacity=10, starts_at=in_seconds(86400)).expect(200)
        operator.grant(PROGRAMME, ["somebody"]).expect(200)
        cls.appointment = operator.book_for("somebody", PROGRAMME, SITE, SLOT,
                                            PRODUCT).expect(201).json["appointment"]

    def jari(self, user, *words, code=0, program=None, prefix=PREFIX):
        command = [program or jari_binary(), *words, "--data", self.node.directory,
                   *self.cluster.where_of(user, prefix)]
        done = subprocess.run([*map(str, command)], text=True, capture_output=True, check=False,
                              timeout=120)
        self.assertEqual(done.returncode, code, f"{user}: {words}: {done.stdout}{done.stderr}")
        return done

    def refused(self, user, right, *words, code=1, **more):
        said = self.jari(user, *words, code=code, **more).stderr
        self.assertRegex(said, rf"uthorization failed.* needs {right} of ", (user, words))
        return said

    def kcat(self, user, *arguments, **more):
        settings = self.cluster.properties(user).read_text().split()
        flags = [part for setting in settings for part in ("-X", setting)]
        return subprocess.run(["kcat", "-b", self.cluster.address, *flags, *map(str, arguments)],
                              capture_output=True, check=False, text=True, errors="replace",
                              timeout=60, **more)

    # Each row of the table

    def test_topics_are_made_by_who_may(self):
        self.jari("maker", "topics", "create")  # again: they are there
        self.jari("reader", "topics", "check")
        self.refused("maker-no-DescribeConfigs", "DESCRIBE_CONFIGS", "topics", "create")
        self.refused("maker-no-Read", "READ", "topics", "create")
        self.refused("reader-no-DescribeConfigs", "DESCRIBE_CONFIGS", "topics", "check")
        self.refused("reader-no-Read", "READ", "topics", "check")
        self.refused("nobody", "DESCRIBE", "topics", "check")
        self.refused("maker-no-Create", "CREATE", "topics", "create", prefix=PREFIX + "b.", code=2)
        self.refused("maker-no-Write", "WRITE", "topics", "create", prefix=PREFIX + "c.")

    def test_a_node_serves_and_says_what_it_lacks(self):
        self.assertEqual(self.node.person("somebody").appointment(self.appointment).expect(200)
                         .json["state"], "booked")
        for right, said in (("DescribeConfigs", "DESCRIBE_CONFIGS"), ("Read", "READ")):
            self.refused(f"node-no-{right}", said, "serve", "--listen", "127.0.0.1:0", "--log",
                         "kafka", "--node", "another")
        for user, lacks in (("node-no-Write", "the log's topics"),
                            ("halved", PREFIX + "inventory")):
            self.says_what_it_may_not_write(user, lacks)
        self.cluster.settled()

    def says_what_it_may_not_write(self, user, lacks):
        """It begins, owns nothing there, and says so now and then, not all the time. Once it may,
        it goes on by itself."""
        node = Service(self.cluster.directory / user, contract=None)
        self.addCleanup(node.close)
        shutil.copytree(self.node.directory / "keys", node.directory / "keys")
        node.start(["--log", "kafka", *map(str, self.cluster.where_of(user)), "--node", user,
                    "--drain-seconds", "0"])
        self.node.stop()  # what it owned is to be claimed

        def said_twice():
            said = node.stderr_tail(1_000_000)
            return said.count(f"needs WRITE of {lacks} ") > 1 and said
        said = poll("it says what it lacks", said_twice, 60)
        self.assertNotEqual(self.cluster.owners(node)["inventory", 0], user)
        self.assertLess(len(said.splitlines()), LINES_MAX, said[-3000:])
        self.cluster.allow([user], "--operation", "Write", "--topic", PREFIX,
                           "--resource-pattern-type", "prefixed")
        poll("it owns all", lambda: set(self.cluster.owners(node).values()) == {user},
             60)
        self.node.start()
        node.stop()

    def test_what_only_reads_the_log_reads_it(self):
        outside = self.cluster.directory
        point = outside / "point.checkpoint"
        self.jari("reader", "checkpoint", "key")
        point.write_text(self.jari("reader", "checkpoint").stdout)
        for words in (["audit"], ["replay"], ["export"], ["archive", "--into", outside / "one"],
                      ["timeline", "site", SITE],
                      ["at", "--offset", 10**12, "--get", f"/v1/queues/{QUEUE}"],
                      ["receipt", "make", "--appointment", self.appointment,
                       "--checkpoint", point]):
            with self.subTest(words[0]):
                self.jari("reader", *words)
                said = self.refused("reader-no-Read", "READ", *words)
                self.assertRegex(said, rf"topic {PREFIX}\w+ cannot be read: ")
                self.refused("reader-no-DescribeConfigs", "DESCRIBE_CONFIGS", *words)

    def test_the_old_database_is_written_and_compared_by_who_reads_all(self):
        with LegacyDatabase() as database:
            def sync(user):
                sync = Sync(self.node, database, flags=map(str, self.cluster.where_of(user)))
                self.addCleanup(sync.remove)
                return sync
            sync("reader").once()
            self.assertEqual(same(self.node, database), len(database.table()))
            legacy = ["--legacy", sync("reader").file, "--legacy-database", database.address]
            self.jari("reader", "reconcile", *legacy)
            for who, right in (("reader-no-Read", "READ"), ("follower", "DESCRIBE"),
                               ("reader-no-DescribeConfigs", "DESCRIBE_CONFIGS")):
                self.refused(who, right, "reconcile", *legacy)
                self.refused(who, right, "sync", "--once", *legacy)

    def test_a_barrier_needs_to_write_the_programmes(self):
        """The node does not know the version, and refuses what was asked for."""
        words = ["barrier", "--version", 2, "--reason", "the next release"]
        later = jari_binary().with_name("jari_next")
        self.assertIn("asked for version 2", self.jari("barrier", *words, program=later).stdout)
        self.refused("reader", "WRITE", *words, program=later)

    def test_when_all_else_is_done_the_log_is_trimmed_by_who_may_delete(self):
        archive, snapshots = self.cluster.directory / "whole", self.cluster.directory / "snapshots"
        self.jari("reader", "archive", "--into", archive)

        def taken():
            done = self.node.cli("snapshot", "--data", self.node.directory, "--into", snapshots,
                                 *self.cluster.where_of("reader"), check=False)
            assert done.returncode == 0 or "written behind" in done.stderr, done.stderr
            return done.returncode == 0
        poll("a snapshot", taken, 60, 1)
        words = ["topics", "trim", "--archive", archive, "--snapshots", snapshots, "--nodes",
                 self.node.url]
        self.refused("reader", "DELETE", *words)
        self.assertIn("trimmed ", self.jari("trimmer", *words).stdout)

    # Others' programs

    def front_end(self, user, key):
        return subprocess.run(
            [DEBIANS_PYTHON, EXAMPLE, "--brokers", self.cluster.address, "--prefix", PREFIX,
             "--properties", self.cluster.properties(user), "--queue", QUEUE, "--person", key,
             "--key", key], text=True, capture_output=True, check=False, timeout=120)

    def test_a_front_end_appends_and_reads_its_answer_and_no_more(self):
        done = self.front_end("front", "rights-key-00000001")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["status"], 201)
        done = self.front_end("mute", "rights-key-00000002")
        self.assertRegex(done.stderr, "uthorization failed")
        self.assertIn("front_end.py: cannot append to jari.queue: ", done.stderr)
        done = self.front_end("deaf", "rights-key-00000003")
        self.assertRegex(done.stderr, "cannot read jari.outcomes: .*authorization failed")
        for topic in ("inventory", "programmes", "sync", "outcomes"):
            done = self.kcat("front", "-P", "-t", PREFIX + topic, "-p", 0, input="no request")
            self.assertRegex(done.stderr, "uthorization failed", topic)
        for topic in ("queue", "bookings", "sync"):
            done = self.kcat("front", "-C", "-t", PREFIX + topic, "-e", "-q")
            self.assertEqual(done.stdout, "", topic)
            self.assertRegex(done.stderr, "uthorization failed", topic)

    def test_a_front_end_may_not_write_in_a_transaction(self):
        """Its marker would be a hole that parks the partition. The broker refuses to begin one."""
        done = subprocess.run(
            [DEBIANS_PYTHON, "-c", BEGINS_A_TRANSACTION, self.cluster.address, PREFIX + "queue",
             self.cluster.properties("front")],
            text=True, capture_output=True, check=False, timeout=120)
        self.assertEqual(done.stdout, "refused: TRANSACTIONAL_ID_AUTHORIZATION_FAILED\n",
                         done.stderr)
        done = self.front_end("front", "rights-key-00000004")  # the same rights, without one
        self.assertEqual((done.returncode, json.loads(done.stdout)["status"]), (0, 201), done)
        self.assertEqual(counted(self.node, "jari_partition_parked"), 0)

    def test_sync_is_read_by_a_group_that_may(self):
        done = self.kcat("follower", "-G", GROUP, "-X", "auto.offset.reset=earliest", "-e", "-q",
                         PREFIX + "sync")
        self.assertIn(self.appointment, done.stdout, done.stderr)
        done = self.kcat("loner", "-G", GROUP, "-e", "-q", PREFIX + "sync")
        self.assertRegex(done.stderr, "Group authorization failed")
        done = self.kcat("follower", "-C", "-t", PREFIX + "bookings", "-e", "-q")
        self.assertRegex(done.stderr, "uthorization failed")


if __name__ == "__main__":
    main()
