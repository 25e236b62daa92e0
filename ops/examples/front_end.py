#!/usr/bin/python3
"""A front end that takes a ticket for a person by appending the request to Kafka itself.

    ops/examples/front_end.py --brokers HOST:PORT --queue LINE --person REFERENCE [--key KEY]

It shows all there is to it: the body and the envelope by the schemas (schemas/records.fbs,
schemas/engine/record.fbs; flatc makes their code), the partition that a key belongs to (murmur2, as
Kafka's Java client has it), and the answer, which stands in the topic `outcomes`: a row that has
the same request id and person. It prints the outcome as one JSON line. A key is decided once: sent
again it adds no row, its outcome stands where it stood.

Where brokers ask who comes, `--properties FILE` says it as `jari --kafka-properties` does:
KEY=VALUE a line, librdkafka's names. It needs WRITE of `queue` and READ of `outcomes`, no more.

Needs flatc, python3-flatbuffers and python3-confluent-kafka (ops/packages, set `kafka`).

Units:   seconds.
Errors:  exit 1 with one line where no answer comes in time, or a right is missing; 2 wrong usage.
"""

import argparse
import hashlib
import importlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import uuid

import confluent_kafka
import flatbuffers

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "schemas"
VERSION = 1
WAIT_SECONDS = 30


def generated():
    """The modules that flatc makes of the schemas."""
    out = tempfile.mkdtemp(prefix="jari-schemas-")
    for schema in ("engine/record.fbs", "records.fbs", "records/code.fbs", "records/queue.fbs",
                   "records/outcome.fbs", "records/booking.fbs"):
        subprocess.run(["flatc", "--python", "-o", out, "-I", SCHEMAS, SCHEMAS / schema],
                       check=True, stdout=subprocess.DEVNULL)
    sys.path.insert(0, out)
    names = ("Asked", "Body", "Envelope", "Outcome", "Record", "RecordKind", "Role", "TicketRequested",
             "Code", "Decision")
    return {name: importlib.import_module(f"jari.schema.{name}") for name in names}


def murmur2(data):
    """Kafka's hash of a key."""
    mask, multiply = 0xffffffff, 0x5bd1e995
    value = (0x9747b28c ^ len(data)) & mask
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at:at + 4], "little") * multiply & mask
        word = (word ^ word >> 24) * multiply & mask
        value = (value * multiply & mask) ^ word
    if data[whole:]:
        value = (value ^ int.from_bytes(data[whole:], "little")) * multiply & mask
    value = (value ^ value >> 13) * multiply & mask
    return value ^ value >> 15


def partition_of(key, count):
    """Where the records of a key stand."""
    return (murmur2(key.encode()) & 0x7fffffff) % count


def ticket_body(schema, queue, person):
    """A Body that is a TicketRequested."""
    builder = flatbuffers.Builder(128)
    texts = builder.CreateString(queue), builder.CreateString(person)
    ticket, body = schema["TicketRequested"], schema["Body"]
    ticket.Start(builder)
    ticket.AddQueue(builder, texts[0])
    ticket.AddPerson(builder, texts[1])
    ticket_at = ticket.End(builder)
    body.Start(builder)
    body.AddRecordType(builder, schema["Record"].Record.TicketRequested)
    body.AddRecord(builder, ticket_at)
    builder.Finish(body.End(builder))
    return bytes(builder.Output())


def request_record(schema, kind, body, person, key):
    """The record to append: who asks, with which key, for what."""
    builder = flatbuffers.Builder(512)
    builder.StartVector(1, len(body), 8)  # a body is aligned to 8 bytes
    builder.head -= len(body)
    builder.Bytes[builder.head:builder.head + len(body)] = body
    body_at = builder.EndVector()
    texts = builder.CreateString(key), builder.CreateString(person)
    asked, envelope = schema["Asked"], schema["Envelope"]
    content = hashlib.sha256(body).digest()  # what is asked: the same key must ask for the same
    asked.Start(builder)
    asked.AddRequest(builder, texts[0])
    asked.AddRole(builder, schema["Role"].Role.Person)
    asked.AddBy(builder, texts[1])
    hash128 = importlib.import_module("jari.schema.Hash128").CreateHash128
    asked.AddContent(builder, hash128(builder, int.from_bytes(content[:8], "little"),
                                      int.from_bytes(content[8:16], "little")))
    asked_at = asked.End(builder)
    envelope.Start(builder)
    envelope.AddKind(builder, schema["RecordKind"].RecordKind.Request)
    envelope.AddType(builder, kind)
    envelope.AddVersion(builder, VERSION)
    envelope.AddBody(builder, body_at)
    envelope.AddAsked(builder, asked_at)
    builder.Finish(envelope.End(builder))
    return bytes(builder.Output())


def partitions(client, topic):
    """How many partitions a topic has."""
    found = client.list_topics(topic, timeout=WAIT_SECONDS).topics[topic].partitions
    if not found:
        sys.exit(f"front_end.py: there is no topic {topic}")
    return len(found)


def outcome_of(schema, record, key, person):
    """The outcome in a row, if it is of this request."""
    envelope = schema["Envelope"].Envelope.GetRootAs(record, 0)
    if envelope.BodyLength() == 0 or envelope.Kind() != schema["RecordKind"].RecordKind.Row:
        return None
    body = bytes(envelope.Body(i) for i in range(envelope.BodyLength()))
    union = schema["Body"].Body.GetRootAs(body, 0)
    if union.RecordType() != schema["Record"].Record.Outcome:
        return None
    outcome = schema["Outcome"].Outcome()
    outcome.Init(union.Record().Bytes, union.Record().Pos)
    if outcome.Request() != key.encode() or outcome.Person() != person.encode():
        return None
    decisions = {value: name for name, value in vars(schema["Decision"].Decision).items()}
    return {"request": key, "decision": decisions[outcome.Decision()].lower(),
            "status": outcome.Status(), "ticket": outcome.Ticket() or None}


def properties(file):
    """What a file says, KEY=VALUE a line."""
    lines = [line.strip() for line in pathlib.Path(file).read_text().splitlines()] if file else []
    return dict(line.split("=", 1) for line in lines if line and line[0] != "#")


def end_if_refused(error, doing):
    """Kafka says once that a right is missing; all else it tries again by itself."""
    refusals = (confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED,
                confluent_kafka.KafkaError.CLUSTER_AUTHORIZATION_FAILED)  # may write nowhere
    if error and error.code() in refusals:
        sys.exit(f"front_end.py: cannot {doing}: {error.str()}")


def follow(settings, topic):
    """A consumer at the end of every partition of a topic."""
    consumer = confluent_kafka.Consumer({**settings, "group.id": "front-end",
                                         "enable.auto.commit": False})
    places = [confluent_kafka.TopicPartition(topic, number)
              for number in range(partitions(consumer, topic))]
    for place in places:
        place.offset = consumer.get_watermark_offsets(place, timeout=WAIT_SECONDS)[1]
    consumer.assign(places)
    return consumer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--prefix", default="", help="before the name of each topic")
    parser.add_argument("--properties", help="file with what else librdkafka is to be told")
    parser.add_argument("--queue", required=True)
    parser.add_argument("--person", required=True)
    parser.add_argument("--key", default=str(uuid.uuid4()), help="the request's own id")
    asked = parser.parse_args()
    schema = generated()
    settings = {**properties(asked.properties), "bootstrap.servers": asked.brokers}
    outcomes = follow(settings, asked.prefix + "outcomes")
    producer = confluent_kafka.Producer({**settings, "enable.idempotence": True})
    topic = asked.prefix + "queue"
    record = request_record(schema, schema["Record"].Record.TicketRequested,
                            ticket_body(schema, asked.queue, asked.person), asked.person, asked.key)
    try:
        producer.produce(topic, record, key=asked.queue,
                         partition=partition_of(asked.queue, partitions(producer, topic)),
                         on_delivery=lambda error, _: end_if_refused(error, f"append to {topic}"))
        producer.flush(WAIT_SECONDS)
    except confluent_kafka.KafkaException as failed:
        end_if_refused(failed.args[0], f"append to {topic}")
        sys.exit(f"front_end.py: cannot append to {topic}: {failed.args[0].str()}")
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        message = outcomes.poll(0.2)
        if message is not None:
            end_if_refused(message.error(), f"read {asked.prefix}outcomes")
        if message is None or message.error() or not message.value():
            continue
        if found := outcome_of(schema, message.value(), asked.key, asked.person):
            print(json.dumps(found))
            return 0
    print("front_end.py: no outcome in time; was the key used before?", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
