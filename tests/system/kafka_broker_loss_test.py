"""How long bookings wait when a broker is killed, and how much of that is Kafka's own.

Three nodes on three brokers. JARI_BROKER_LOSSES times (2; the figure in the documents is of 8): a
broker that leads partitions of bookings or inventory is killed with -9 while people book at every
partition, and bare writers (librdkafka with the settings of the log, acks=all) append to a topic
with as many replicas, one for each broker that leads. All wait: those whose leader is gone for
another, the others until the dead one no longer counts as in sync. Measured for each: from the kill
to when the first that was asked after it was granted, or acknowledged. What Jari adds is a pair's
time less that of the slowest bare writer whose leader, too, was gone, or stayed.
Figures are printed; the test fails only where something is not granted at all, or lost.

Units:   seconds.
Errors:  AssertionError; exit 77 where Kafka or its client for Python cannot be had.
Threads: the bookers', one of each bare writer, and the one that kills.
"""

import os
import random
import threading
import time
import unittest

from bookers import at_share, start_bookers, stop_all
from fleet import Fleet
from jari_cluster import Cluster, main
from jari_service import skip
from log_checks import poll

try:
    from confluent_kafka import KafkaException, Producer
    from confluent_kafka.admin import AdminClient, NewTopic
except ImportError:
    skip("python3-confluent-kafka cannot be had")

LOSSES = int(os.environ.get("JARI_BROKER_LOSSES", "2"))
SEED = int(os.environ.get("JARI_SEED", "23"))
PARTITIONS = 4
BROKERS = (1, 2, 3)
PEOPLE = 4 * LOSSES + 4  # of each partition
BACK_SECONDS_MAX = 60
PROBE = "bare"
EVERY_SECONDS = 0.03  # as a booker asks
WRITER = {  # engine/log/kafka/kafka_settings.cc
    "acks": "all", "enable.idempotence": True, "linger.ms": 1, "retry.backoff.ms": 20,
    "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 1000, "message.timeout.ms": 0,
    "topic.metadata.refresh.fast.interval.ms": 20, "socket.nagle.disable": True,
    "log_level": 2}  # that a broker is gone is no news here


class BareWriter(threading.Thread):
    """Appends one record after another to one partition, and notes when each was acknowledged."""

    def __init__(self, brokers, partition):
        super().__init__(daemon=True)
        self.partition, self.is_over = partition, threading.Event()
        self.producer = Producer({**WRITER, "bootstrap.servers": brokers})
        self.acknowledged = []

    def run(self):
        while not self.is_over.is_set():
            began = time.monotonic()
            self.producer.produce(PROBE, b"x" * 300, partition=self.partition)
            self.producer.flush()
            self.acknowledged.append((began, time.monotonic()))
            self.is_over.wait(EVERY_SECONDS)

    def first_since(self, moment):
        return next((at for began, at in self.acknowledged[-50:] if began > moment), None)


class Leaders:
    """Who leads what, as Kafka says."""

    def __init__(self, brokers):
        self.admin = AdminClient({"bootstrap.servers": brokers, "log_level": 2})

    def topics(self):
        try:
            return self.admin.list_topics(timeout=5).topics
        except KafkaException:
            return {}

    def of(self, topic):
        """{partition: the broker that leads it}."""
        return {p.id: p.leader for p in self.topics()[topic].partitions.values()}

    def make_probe(self):
        made = self.admin.create_topics([NewTopic(
            PROBE, num_partitions=12, replication_factor=3,
            config={"min.insync.replicas": "2"})])
        made[PROBE].result()

        def led():
            topics = self.topics()
            return PROBE in topics and all(
                p.leader > 0 for p in topics[PROBE].partitions.values())
        poll("the bare topic has leaders", led)

    def all_in_sync(self):
        topics = self.topics()
        return bool(topics) and all(len(p.isrs) == len(p.replicas)
                                    for topic in topics.values()
                                    for p in topic.partitions.values())


class BrokerLoss(unittest.TestCase):
    """Kill, wait, start again."""

    def test_bookings_wait_for_kafka_and_little_more(self):
        print(f"  seed {SEED}, {LOSSES} brokers lost", flush=True)
        self.rng = random.Random(SEED)
        with Cluster(brokers=3, nodes=3, partitions=PARTITIONS) as cluster:
            cluster.settled()
            self.leaders = Leaders(cluster.address)
            self.leaders.make_probe()
            bookers = start_bookers(Fleet(cluster), PARTITIONS, PEOPLE)
            writers = [BareWriter(cluster.address, p) for p in self.leaders.of(PROBE)]
            for writer in writers:
                writer.start()
            self.moved = []  # partitions that another node took over, though none had died
            lost = [self.lose_one(cluster, bookers, writers) for _ in range(LOSSES)]
            for writer in writers:
                writer.is_over.set()
            stop_all(bookers)
            for writer in writers:
                writer.join()
            self.show("whose leader was lost", [pairs for led, _ in lost for pairs in led])
            self.show("the others", [pairs for _, others in lost for pairs in others])
            print(f"  partitions taken over at each loss: {self.moved}", flush=True)
            cluster.settled()
            cluster.proved()

    def lose_one(self, cluster, bookers, writers):
        """([(a pair's seconds, bare seconds)] of those that it led, the same of the others)."""
        poll("all in sync", self.leaders.all_in_sync, BACK_SECONDS_MAX, 0.2)
        probes, ours = self.leaders.of(PROBE), [self.leaders.of(t) for t in ("bookings",
                                                                             "inventory")]
        victims = [b for b in BROKERS if b in probes.values() and
                   any(b in led.values() for led in ours)]
        victim = self.rng.choice(victims)
        for asker in (*bookers, *writers):  # each has been answered lately
            moment = time.monotonic()
            poll("asks", lambda a=asker, m=moment: a.first_since(m), BACK_SECONDS_MAX)
        owners = cluster.settled()
        os.kill(cluster.broker_pid(victim), 9)
        killed = time.monotonic()

        def all_back():
            firsts = [asker.first_since(killed) for asker in (*bookers, *writers)]
            return None not in firsts and [at - killed for at in firsts]
        seconds = poll("everything goes on", all_back, BACK_SECONDS_MAX, 0.005)
        cluster.kafka("restart", victim)
        after = cluster.settled()
        self.moved.append(sum(after[where] != owners[where] for where in owners))
        bare = {True: 0.0, False: 0.0}  # the slowest, by whether its leader was the victim
        for writer, took in zip(writers, seconds[PARTITIONS:]):
            is_lost = probes[writer.partition] == victim
            bare[is_lost] = max(bare[is_lost], took)
        led, others = [], []
        for pair, took in enumerate(seconds[:PARTITIONS]):
            is_lost = any(leaders[pair] == victim for leaders in ours)
            (led if is_lost else others).append((took, bare[is_lost]))
        return led, others

    @staticmethod
    def show(who, pairs):
        if not pairs:
            return
        for name, values in (("pairs", [took for took, _ in pairs]),
                             ("bare writers", [bare for _, bare in pairs]),
                             ("Jari adds", [took - bare for took, bare in pairs])):
            print(f"  {who}, {len(values)} {name}: p50 {at_share(values, 0.5):.2f} s, p99 "
                  f"{at_share(values, 0.99):.2f} s, most {max(values):.2f} s", flush=True)


if __name__ == "__main__":
    main()
