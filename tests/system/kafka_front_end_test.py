"""The topics as anybody sees them: front ends that append, and tools that read.

One broker, one node. The example of a front end (ops/examples/front_end.py) takes a ticket by
appending its request; `sync` and `outcomes` are read with kcat and with Kafka's own console
consumer. Then requests of a version or a type that there is not, and records that are none: every
one becomes a dead letter, changes nothing, and the partition goes on. What only nodes may append:
kafka_forged_test.py.

Errors:  AssertionError; exit 77 where Kafka or its clients for Python cannot be had.
Threads: one.
"""

import importlib.util
import json
import os
import subprocess
import time
import unittest

from front_end_example import DEBIANS_PYTHON, EXAMPLE, need_the_example
from jari_cluster import Cluster, main
from jari_service import ROOT, one_dose, skip
from log_checks import eventually, poll
from partitioning import one_of

try:
    from kafka_records import Appender
except ImportError as missing:
    skip(f"python3-confluent-kafka cannot be had: {missing}")

PROGRAMME, QUEUE, SITE, SLOT, PRODUCT = "front", "front-line", "front-site", "am", "vaccine-a"


def front_end():
    """The example, as a module."""
    spec = importlib.util.spec_from_file_location("front_end", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FrontEnds(unittest.TestCase):
    """One cluster for all stories."""

    @classmethod
    def setUpClass(cls):
        need_the_example()
        cls.cluster = Cluster(brokers=1, nodes=1)
        cls.cluster.__enter__()
        cls.addClassCleanup(cls.cluster.__exit__, None, None, None)
        cls.cluster.settled()
        cls.node = cls.cluster.nodes[0]
        operator = cls.node.operator()
        operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        cls.lines = [one_of(partition, QUEUE, cls.cluster.partitions)
                     for partition in range(cls.cluster.partitions)]
        for queue in {QUEUE, *cls.lines}:
            operator.put_queue(queue, PROGRAMME, rate_per_second=0).expect(200)
        operator.put_site(SITE).expect(200)
        operator.add_stock(SITE, PRODUCT, 10).expect(200)
        operator.put_slot(SITE, SLOT, capacity=10).expect(200)
        operator.grant(PROGRAMME, ["front-booked"]).expect(200)

    def kcat(self, *arguments, **options):
        return subprocess.run(["kcat", "-b", self.cluster.address, *map(str, arguments)],
                              capture_output=True, check=True, timeout=60, **options).stdout

    def example(self, person, key):
        done = subprocess.run([DEBIANS_PYTHON, EXAMPLE, "--brokers", self.cluster.address,
                               "--queue", QUEUE, "--person", person, "--key", key], text=True,
                              capture_output=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def dead_letters(self):
        status = self.node.reader("watch").request("GET", "/v1/operator/dead-letters")
        return status.expect(200).json["dead_letters"]

    def test_a_front_end_appends_and_reads_its_answer(self):
        """Its ticket is the one that the API shows."""
        said = self.example("front-1", "front-key-000000001")
        self.assertEqual((said["decision"], said["status"]), ("granted", 201), said)
        person = self.node.person("front-1")  # the node may read it a moment later
        shown = eventually(lambda: person.request(
            "GET", f"/v1/queues/{QUEUE}/tickets/me").expect(200), 30).json
        self.assertEqual(shown["ticket"], said["ticket"])

    def test_sync_is_read_by_kafkas_own_tools(self):
        """A booking's document, under its appointment's id, by kcat and the console consumer."""
        booked = self.node.person("front-booked").book(PROGRAMME, SITE, SLOT, PRODUCT)
        appointment = booked.expect(201).json["appointment"]

        def seen_by_kcat():
            lines = self.kcat("-C", "-t", "sync", "-e", "-q", "-f", "%k %s\n")
            lines = lines.decode(errors="replace").splitlines()  # genesis is none
            return next((line for line in lines if line.startswith(appointment + " ")), None)
        line = poll("the document in sync", seen_by_kcat)
        document = json.loads(line.split(" ", 1)[1])
        self.assertEqual((document["appointment"], document["state"]), (appointment, "booked"))
        self.assertIn(f"\n{appointment}\t{line.split(' ', 1)[1]}\n", self.console("sync"))

    def test_outcomes_are_read_by_kafkas_own_tools(self):
        """A decision's row, under the person's reference, by kcat and the console consumer."""
        front, person, key = front_end(), "front-2", "front-key-000000002"
        said = self.example(person, key)
        schema = front.generated()
        found = poll("the outcome", lambda: self.outcome(front, schema, key, person))
        self.assertEqual(found, said)
        keys = self.kcat("-C", "-t", "outcomes", "-e", "-q", "-f", "%k\n").decode().split("\n")
        self.assertEqual(keys.count(person), 1, keys)
        printed = self.console("outcomes")
        self.assertIn(f"{person}\t", printed)
        self.assertIn(key, printed.split(f"{person}\t", 1)[1])

    def console(self, topic):
        """What Kafka's own console consumer prints of a topic: keys, tabs and values."""
        jars = ROOT / "build" / "kafka-jars"
        console = subprocess.run(
            ["java", "-cp", f"{jars}/*", "org.apache.kafka.tools.consumer.ConsoleConsumer",
             "--bootstrap-server", self.cluster.address, "--topic", topic, "--from-beginning",
             "--formatter-property", "print.key=true", "--timeout-ms", "8000"],
            capture_output=True, text=True, errors="replace", check=False, timeout=60)
        return console.stdout

    def outcome(self, front, schema, key, person):
        """What `outcomes` has of a request, as kcat reads it; None: nothing yet."""
        printed = self.kcat("-C", "-t", "outcomes", "-e", "-q", "-f", "%S %s")
        while printed:
            size, printed = printed.split(b" ", 1)
            record, printed = printed[:int(size)], printed[int(size):]
            if found := front.outcome_of(schema, record, key, person):
                return found
        return None

    def append(self, topic, partition, record):
        path = self.cluster.directory / "record"
        path.write_bytes(record)
        self.kcat("-P", "-t", topic, "-p", partition, path)

    def test_what_no_partition_knows_is_a_dead_letter(self):
        """A request of another version or type is kept, one in another partition refused."""
        front = front_end()
        schema = front.generated()
        ticket = schema["Record"].Record.TicketRequested
        home = front.partition_of(QUEUE, self.cluster.partitions)
        letters = len(self.dead_letters())
        for version, kind, partition in ((0, ticket, home), (2, ticket, home), (1, 999, home),
                                         (1, ticket, (home + 1) % self.cluster.partitions)):
            person, front.VERSION = f"front-{version}-{kind}-{partition}", version
            key, body = f"key-of-{person}", front.ticket_body(schema, QUEUE, person)
            self.append("queue", partition, front.request_record(schema, kind, body, person, key))
        poll("dead letters", lambda: len(self.dead_letters()) >= letters + 3)
        refused = poll("the outcome of the one in another partition",
                       lambda: self.outcome(front, schema, key, person))
        self.assertEqual((refused["decision"], refused["status"]), ("refused", 400), refused)
        self.goes_on()
        self.assertEqual(len(self.dead_letters()), letters + 3)
        self.assertEqual(self.node.person(person).request(
            "GET", f"/v1/queues/{QUEUE}/tickets/me").status, 404)
        self.cluster.audit()

    def test_what_is_no_record_is_a_dead_letter(self):
        """Rubbish, half a record, an empty one, one without a value: the partition goes on."""
        letters = len(self.dead_letters())
        genesis = self.kcat("-C", "-t", "queue", "-p", 0, "-c", 1, "-q", "-f", "%s")
        rubbish = [b"rubbish", os.urandom(300), genesis[:20]]
        for record in rubbish:
            self.append("queue", 1, record)
        appender = Appender(self.cluster.address)
        for record in (b"", None):
            appender.append("queue", 1, record)
        empty = {offset for _, _, offset in appender.flush()}
        self.assertEqual(len(empty), 2)
        count = letters + len(rubbish) + len(empty)
        poll("dead letters", lambda: len(self.dead_letters()) >= count)
        self.assertLessEqual(empty, {letter["offset"] for letter in self.dead_letters()
                                     if (letter["topic"], letter["partition"]) == ("queue", 1)})
        self.goes_on()
        self.assertEqual(len(self.dead_letters()), count)

    def goes_on(self):
        """Every partition of lines still gives tickets, and none of any topic is parked."""
        for queue in self.lines:
            person = f"front-{time.monotonic_ns()}"
            answer = self.node.person(person).request("POST", f"/v1/queues/{queue}/tickets", {},
                                                      key=f"goes-on-{person}", prefer="wait=30")
            self.assertEqual(answer.status, 201, answer)
        status = self.cluster.status(self.node)
        self.assertEqual({at: p["parked"] for at, p in status.items() if p.get("parked")}, {})


if __name__ == "__main__":
    main()
