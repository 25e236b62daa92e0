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
