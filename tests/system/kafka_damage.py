"""What may happen to a topic of Kafka behind everybody's back: its tail is lost, records are deleted,
it is deleted and made again.

Errors:  AssertionError, with what Kafka's tool said.
Threads: any.
"""

import json
import struct
import subprocess

from jari_service import ROOT
from log_checks import poll

JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
        f"{ROOT}/build/kafka-jars/*"]
TOPICS = ("queue", "bookings", "inventory", "programmes", "sync", "outcomes")
SEGMENT = "00000000000000000000"  # the only one of a partition in these stories


def batches(log):
    """(first offset, where it begins) of each batch in a segment."""
    at = 0
    while at + 12 <= len(log):
        first, size = struct.unpack_from(">qi", log, at)
        yield first, at
        at += 12 + size


def cut_tail(cluster, at, last, broker=1):
    """What stands behind the batch of that offset is gone from a broker that is down, as a disk may
    lose it. Returns how many bytes."""
    directory = cluster.directory / "kafka" / str(broker) / "data" / f"{at[0]}-{at[1]}"
    path = directory / f"{SEGMENT}.log"
    log = path.read_bytes()
    kept = next(begin for first, begin in batches(log) if first > last)
    path.write_bytes(log[:kept])
    for index in (*directory.glob("*.index"), *directory.glob("*.timeindex"),
                  *directory.glob("*.snapshot")):
        index.unlink()
    return len(log) - kept


def cut_half(cluster, topics, broker):
    """The later half of what each partition has is gone from a broker that is down. Returns of how
    many partitions."""
    count = 0
    for path in (cluster.directory / "kafka" / str(broker) / "data").glob(f"*/{SEGMENT}.log"):
        topic, partition = path.parent.name.rsplit("-", 1)
        firsts = [first for first, _ in batches(path.read_bytes())]
        if topic in topics and len(firsts) > 1:
            count += 1
            cut_tail(cluster, (topic, partition), firsts[(len(firsts) - 1) // 2], broker)
    return count


def in_sync(cluster, topics):
    """{(topic, partition): brokers that have all of it}, as the cluster says."""
    done = subprocess.run(["kcat", "-b", cluster.address, "-L", "-J"], capture_output=True,
                          text=True, check=False, timeout=60)
    if done.returncode != 0:
        return {}
    return {(topic["topic"], one["partition"]): {isr["id"] for isr in one["isrs"]}
            for topic in json.loads(done.stdout)["topics"] if topic["topic"] in topics
            for one in topic["partitions"]}


def delete_records(cluster, at, before):
    path = cluster.directory / "delete.json"
    path.write_text(json.dumps({"version": 1, "partitions": [
        {"topic": at[0], "partition": at[1], "offset": before}]}))
    tool(cluster, "DeleteRecordsCommand", "--offset-json-file", path)


def delete_topic(cluster, topic):
    tool(cluster, "TopicCommand", "--delete", "--topic", topic)
    poll("it is gone", lambda: topic not in tool(cluster, "TopicCommand", "--list").split())


def make_again(cluster, topic):
    """As an operator would who knows how Jari's topics are set, and nothing else."""
    delete_topic(cluster, topic)
    tool(cluster, "TopicCommand", "--create", "--topic", topic, "--partitions",
         cluster.partitions, "--replication-factor", "1", "--config", "retention.ms=-1",
         "--config", "max.message.bytes=8388608", "--config",
         "message.timestamp.type=LogAppendTime")


def end_of(cluster, at):
    """The offset behind the last record that stands there."""
    done = subprocess.run(["kcat", "-b", cluster.address, "-Q", "-t", f"{at[0]}:{at[1]}:-1"],
                          capture_output=True, text=True, check=True, timeout=60)
    return int(done.stdout.split()[-1])


def tool(cluster, name, *arguments):
    done = subprocess.run([*JAVA, f"org.apache.kafka.tools.{name}", "--bootstrap-server",
                           cluster.address, *map(str, arguments)], capture_output=True,
                          text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
