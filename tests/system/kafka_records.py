"""Records of a log in Kafka as anybody reads and appends them: with Kafka's client, without a key.

    for message in read_all(brokers):       # every topic, partition after partition
        message.record, message.seal
    appender = Appender(brokers)
    appender.append("queue", 0, value, {SEAL: seal})
    places = appender.flush()               # {(topic, partition, offset)}

Needs python3-confluent-kafka.

Units:   seconds.
Errors:  AssertionError where Kafka does not take or give them in time.
Threads: one.
"""

import dataclasses
import time

import confluent_kafka

TOPICS = ("queue", "bookings", "inventory", "programmes", "sync", "outcomes")  # by their number
SINKS = ("sync", "outcomes")
SEAL, ROW = "jari-seal", "jari-row"
WITHIN_SECONDS = 30
BATCH_SECONDS = 0.2
QUIET = {"log_level": 0}  # brokers end before their clients here


@dataclasses.dataclass
class Message:
    """One message, and the record in it."""
    topic: str
    partition: int
    offset: int
    value: bytes
    headers: dict

    @property
    def seal(self):
        return self.headers.get(SEAL)

    @property
    def record(self):
        """A document's record is its value within the rest, which stands in a header."""
        rest = self.headers.get(ROW)
        if rest is None:
            return self.value
        at = 4 + int.from_bytes(rest[:4], "little")
        return rest[4:at] + self.value + rest[at:]


def read_all(brokers):
    """Every message of a log, topic after topic, partition after partition."""
    consumer = confluent_kafka.Consumer({"bootstrap.servers": brokers, "group.id": "reads-all",
                                         "enable.auto.commit": False, **QUIET})
    known = consumer.list_topics(timeout=WITHIN_SECONDS).topics
    messages = []
    for topic in TOPICS:
        for partition in sorted(known[topic].partitions):
            messages += _read(consumer, topic, partition)
    consumer.close()
    return messages


def _read(consumer, topic, partition):
    place = confluent_kafka.TopicPartition(topic, partition)
    place.offset, end = consumer.get_watermark_offsets(place, timeout=WITHIN_SECONDS)
    consumer.assign([place])
    messages, until = [], time.monotonic() + WITHIN_SECONDS
    while not messages or messages[-1].offset < end - 1:
        got = consumer.consume(1000, timeout=BATCH_SECONDS)
        assert not any(one.error() for one in got), f"{topic}/{partition}: {got[0].error()}"
        assert time.monotonic() < until, f"{topic}/{partition}: read {len(messages)} of {end}"
        messages += [Message(topic, partition, one.offset(), one.value() or b"",
                             dict(one.headers() or ())) for one in got]
    return messages


class Appender:
    """Appends to any partition."""

    def __init__(self, brokers):
        self.producer = confluent_kafka.Producer({"bootstrap.servers": brokers, **QUIET})
        self.places, self.errors = set(), []

    def append(self, topic, partition, value, headers=None):
        self.producer.produce(topic, value, partition=partition, headers=headers or {},
                              on_delivery=self._delivered)

    def _delivered(self, error, message):
        if error:
            self.errors.append(error)
        else:
            self.places.add((message.topic(), message.partition(), message.offset()))

    def flush(self):
        """Waits until all of them stand; says where."""
        left = self.producer.flush(WITHIN_SECONDS)
        assert not left and not self.errors, f"{left} records were not appended: {self.errors}"
        places, self.places = self.places, set()
        return places
