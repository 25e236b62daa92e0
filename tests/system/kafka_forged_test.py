"""Whoever may append to the topics and has no key forges in vain, each kind of record.

One broker, two nodes. A forger reads all there is and makes one record of every kind and of every
type of effect, row and request: the very next that its partition would take (forge_records.cc,
which does not compile before a new kind or type is among them). Each is appended without a seal,
with zeros for one, and with the seal of a record that stands there. In a partition it becomes a
dead letter, in a sink it is passed over; nothing that people and operators see has changed, no
partition parks, both nodes have one state, and both audits find nothing.

Errors:  AssertionError; exit 77 where Kafka or its clients for Python cannot be had.
Threads: one.
"""

import json
import pathlib
import subprocess
import tempfile
import time
import unittest

from jari_cluster import Cluster, main
from jari_service import jari_binary, one_dose, seconds_of, skip
from log_checks import counted, poll

try:
    from kafka_records import ROW, SEAL, SINKS, TOPICS, Appender, read_all
except ImportError as missing:
    skip(f"python3-confluent-kafka cannot be had: {missing}")

PROGRAMME, QUEUE, SITE, SLOT, PRODUCT = "forged", "line", "site", "am", "vaccine-a"
BOOKED, HOLDING, WAITING, FORGER = "who-booked", "who-holds", "who-waits", "mallory"
FORGED = "forged: only nodes append such a record, and none did"
OF_NOW = {"as_of", "ahead", "wait_seconds", "poll_after_seconds"}
ALARMS = {"streams": ("misfit", "foreign", "ack-beyond", "set"),
          "digests": ("disputed", "looked-at-again")}
CLOCK_SECONDS_MAX = 5
KEYS_BEGIN = "forged-"  # the request ids of what is forged


def forge(messages):
    """{file name: bytes} of what a forger makes of all that stands in the log."""
    records = b"".join(b"%d %d %d %d\n%s" % (TOPICS.index(one.topic), one.partition, one.offset,
                                             len(one.record), one.record) for one in messages)
    with tempfile.TemporaryDirectory(prefix="jari-forged-") as into:
        subprocess.run([jari_binary().with_name("forge_records"), into], input=records, check=True)
        return {file.name: file.read_bytes() for file in pathlib.Path(into).iterdir()}


class Forgery:
    """One record to append: where, its value, the header that it needs to be whole."""

    def __init__(self, name, forged):
        self.topic, partition, self.name = name.split("-", 2)
        self.partition, self.value = int(partition), forged[name]
        rest = forged.get(name + ".rest")
        self.headers = {ROW: rest} if rest else {}
        self.is_persons = name.endswith("-Person")  # which needs no seal to be let in

    def append(self, appender, seal=None):
        headers = {**self.headers, SEAL: seal} if seal else self.headers
        appender.append(self.topic, self.partition, self.value, headers)


def without_now(shown):
    """A document but for what changes from moment to moment."""
    if isinstance(shown, dict):
        return {name: without_now(value) for name, value in shown.items() if name not in OF_NOW}
    return [without_now(one) for one in shown] if isinstance(shown, list) else shown


class Forged(unittest.TestCase):
    """One cluster for all stories, with somebody who waits, who has booked, who holds."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(brokers=1, nodes=2, partitions=2)
        cls.cluster.__enter__()
        cls.addClassCleanup(cls.cluster.__exit__, None, None, None)
        cls.cluster.settled()
        cls.node, cls.other = cls.cluster.nodes
        cls.operator = cls.node.operator()
        cls.operator.put_queue(QUEUE, PROGRAMME, session_seconds=3600).expect(200)
        cls.operator.put_programme(PROGRAMME, queue=QUEUE, hold_seconds=3600,
                                   products=[one_dose(PRODUCT)]).expect(200)
        cls.operator.put_site(SITE).expect(200)
        cls.operator.add_stock(SITE, PRODUCT, 10).expect(200)
        cls.operator.put_slot(SITE, SLOT, capacity=10).expect(200)
        cls.operator.grant(PROGRAMME, [BOOKED, HOLDING, WAITING]).expect(200)
        wish = PROGRAMME, SITE, SLOT, PRODUCT
        cls.enter(BOOKED).book(*wish).expect(201)
        cls.enter(HOLDING).hold(*wish).expect(201)
        cls.operator.patch_queue(QUEUE, rate_per_second=0).expect(200)
        cls.waiting = cls.node.person(WAITING)
        cls.waiting.take_ticket(QUEUE).expect(201)
        cls.appender = Appender(cls.cluster.address)

    @classmethod
    def enter(cls, name):
        person = cls.node.person(name)
        person.take_ticket(QUEUE).expect(201)
        person.wait_admitted(QUEUE)
        return person

    # What is seen

    def state(self, position=None):
        """What people and operators see, on each node."""
        paths = [f"/v1/queues/{QUEUE}", f"/v1/programmes/{PROGRAMME}", "/v1/sites",
                 f"/v1/sites/{SITE}/slots", f"/v1/operator/queues/{QUEUE}",
                 f"/v1/operator/sites/{SITE}/appointments"]
        paths += [f"/v1/operator/people/{one}" for one in (BOOKED, HOLDING, WAITING, FORGER)]
        seen = {}
        for node in self.cluster.nodes:
            reader = self.cluster.watcher(node)
            for path in paths:
                shown = reader.request("GET", path, position=position).expect(200).json
                seen[node.directory.name, path] = without_now(shown)
            seen[node.directory.name, "feed"] = self.feed(node)
        return seen

    def feed(self, node):
        """The documents that whoever sends the text messages is told of, each once."""
        answer = self.cluster.watcher(node).request("GET", "/v1/operator/changes").expect(200)
        return sorted({json.dumps(one["appointment"]) for one in answer.json["changes"]})

    def dead_letters(self, node):
        """{place: why}, and the position that they are true at."""
        reader = self.cluster.watcher(node)
        pages, query, answer = [], {"limit": 1000}, None
        while not pages or "next" in pages[-1]:
            answer = reader.request("GET", "/v1/operator/dead-letters", query=query).expect(200)
            pages.append(answer.json)
            query["after"] = answer.json.get("next")
        return {(one["topic"], one["partition"], one["offset"]): one["reason"]
                for page in pages for one in page["dead_letters"]}, answer.position

    def applied(self, places):
        """Waits until every node has come past them."""
        def is_behind(node):
            status = self.cluster.status(node) or {}
            return any(status[topic, partition]["applied"] < offset
                       for topic, partition, offset in places)
        for node in self.cluster.nodes:
            poll("all of it applied", lambda at=node: not is_behind(at), 30)

    def exported(self):
        """{place: record} as `jari export` prints all of it."""
        done = self.node.cli("export", "--data", self.node.directory, *self.cluster.where)
        return {(row["topic"], row["partition"], row["offset"]): row
                for row in map(json.loads, done.stdout.splitlines())}

    def nothing_is_amiss(self):
        """Nobody has parked, nobody else speaks, no clock runs away, no alarm has counted."""
        for node in self.cluster.nodes:
            status = self.cluster.watcher(node).request("GET", "/v1/operator/status").expect(200)
            self.assertFalse([p for p in status.json["partitions"] if p.get("parked")])
            self.assertLessEqual({p["owner"] for p in status.json["partitions"] if p["digest"]},
                                 {one.directory.name for one in self.cluster.nodes})
            self.assertLess(abs(seconds_of(status.json["as_of"]) - time.time()), CLOCK_SECONDS_MAX)
            for figure, labels in ALARMS.items():
                for label in labels:
                    self.assertEqual(counted(node, f"jari_{figure}_total", what=label), 0, label)

    # The stories

    def test_what_only_nodes_append_changes_nothing(self):
        """Of every kind and type, without a seal, with zeros, with another record's."""
        messages = read_all(self.cluster.address)
        made = forge(messages)
        forgeries = [Forgery(name, made) for name in sorted(made) if not name.endswith(".rest")]
        seals = {(one.topic, one.partition): one.seal for one in messages if one.offset}
        before = self.state()
        own = [one for one in forgeries if not one.is_persons]
        for one in own:
            self.assertIsNotNone(seals[one.topic, one.partition], one.name)
            for seal in (None, bytes(16), seals[one.topic, one.partition]):
                one.append(self.appender, seal)
        places = self.appender.flush()
        self.assertEqual(len(places), 3 * len(own))
        print(f"  forged: {len(own)}: {', '.join(sorted({one.name for one in own}))}", flush=True)
        self.are_dead_letters(places)
        self.let_in_and_refused([one for one in forgeries if one.is_persons])
        _, position = self.dead_letters(self.node)
        self.assertEqual(self.state(position), before)
        self.nothing_is_amiss()
        self.past_goes_on_behind(places)
        self.goes_on()
        self.cluster.proved()

    def test_what_is_said_twice_changes_nothing(self):
        """All that stands there, once more, with the seal that it has."""
        before = self.state()
        letters, _ = self.dead_letters(self.node)
        messages = read_all(self.cluster.address)
        sealed = [one for one in messages if one.seal and one.offset]
        for one in sealed:
            self.appender.append(one.topic, one.partition, one.value, one.headers)
        places = self.appender.flush()
        self.assertEqual(len(places), len(sealed))
        self.applied(places)
        exported = self.exported()
        kinds = {exported[place]["type"] for place in places}
        self.assertLessEqual({"Tick", "Claim", "Ack", "Admitted", "Outcome"}, kinds)
        print(f"  said twice: {len(sealed)}: {', '.join(sorted(kinds))}", flush=True)
        now, position = self.dead_letters(self.node)
        self.assertEqual(now, letters)
        self.assertEqual(self.state(position), before)
        self.nothing_is_amiss()
        self.cluster.proved()

    def are_dead_letters(self, places):
        """In a partition kept as one, in a sink passed over; counted and exported in both."""
        kept = {place for place in places if place[0] not in SINKS}
        for node in self.cluster.nodes:
            letters = poll(f"dead letters of {node.directory.name}", lambda at=node: (
                lambda seen: seen if set(seen) >= kept else None)(self.dead_letters(at)[0]), 30)
            self.assertEqual(set(letters), kept)
            self.assertEqual(set(letters.values()), {FORGED})
            for topic in TOPICS:
                here = sum(place[0] == topic for place in places)
                poll(f"{here} counted of {topic}", lambda at=node, of=topic, many=here: counted(
                    at, "jari_dead_letters_total", topic=of, what=FORGED) == many)
        exported = self.exported()
        self.assertEqual({exported[place]["type"] for place in places}, {"DeadLetter"})

    def let_in_and_refused(self, forgeries):
        """In a person's name anybody may ask, and for that person alone: all else is refused."""
        for one in forgeries:
            one.append(self.appender)
        places = self.appender.flush()
        self.assertEqual(len(places), len(forgeries))
        self.applied(places)
        asked = {place for place in places if place[0] not in SINKS}

        def all_decided():
            letters = set(self.dead_letters(self.node)[0])
            rows = [row["body"] for place, row in self.exported().items() if place[0] == "outcomes"
                    and row["type"] == "Outcome" and "stream" in row
                    and row["body"]["request"].startswith(KEYS_BEGIN)]
            return len(rows) + len(asked & letters) >= len(asked) and rows
        rows = poll("an outcome or a dead letter for each", all_decided, 30)
        self.assertEqual({row["decision"] for row in rows}, {"refused"}, rows)
        exported = self.exported()
        self.assertEqual({exported[place]["type"] for place in places - asked}, {"DeadLetter"})
        print(f"  refused: {len(rows)}, as {sorted({row['code'] for row in rows})}", flush=True)

    def past_goes_on_behind(self, places):
        """A replay up to a time is not ended by a forged tick of a later one."""
        status = self.cluster.watcher(self.node).request("GET", "/v1/operator/status").json
        done = self.node.cli("replay", "--data", self.node.directory, *self.cluster.where, "--to",
                             status["as_of"])
        ends = {(topic, int(partition)): int(offset) for topic, partition, offset, _ in
                map(str.split, done.stdout.splitlines())}
        for topic, partition, offset in places:
            if topic not in SINKS:
                self.assertGreaterEqual(ends[topic, partition], offset, topic)

    def goes_on(self):
        """Who waited was not let in by any of it, but by the queue; readers take the next row."""
        wish = PROGRAMME, SITE, SLOT, PRODUCT
        self.waiting.book(*wish).expect(403, "not-admitted")
        self.operator.patch_queue(QUEUE, rate_per_second=1000).expect(200)
        self.waiting.wait_admitted(QUEUE)
        booked = self.waiting.book(*wish).expect(201)

        def in_feed():
            people = sorted(json.loads(one)["person"] for one in self.feed(self.other))
            return people == [BOOKED, WAITING]
        poll("both bookings in the feed, and nothing else", in_feed)
        for node in self.cluster.nodes:
            shown = node.person(WAITING).request("GET", "/v1/me/appointments",
                                                 position=booked.position).expect(200).json
            self.assertEqual([one["state"] for one in shown["appointments"]], ["booked"])


if __name__ == "__main__":
    main()
