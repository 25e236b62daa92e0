"""A sink becomes another one under the nodes: rows that were acknowledged are gone from `sync`, and
`outcomes` is deleted and made again. Then the whole log is gone from Kafka. What was archived is put
back by `jari topics restore`, and both audits hold; in the end nobody has what was lost.

One broker, two nodes. What stands in a sink can be had from nowhere else, so nobody writes where lost
rows belong: the sink is parked on every node, which says so in `/v1/operator/status`, in
`jari_partition_parked` and on stderr. People go on booking; what is to be told waits, until it fills
the room that there is for it: then people are refused, and told why, until the sink is mended.

Errors:  AssertionError; exit 77 where Kafka or PostgreSQL cannot be had.
Threads: one.
"""

import concurrent.futures
import itertools
import json
import shutil
import subprocess
import unittest

from jari_cluster import Cluster, main
from jari_service import jari_binary, one_dose
from kafka_damage import TOPICS, cut_tail, delete_topic, end_of, make_again
from legacy_database import LegacyDatabase
from log_checks import counted, eventually, poll
from lost_rows_sync import LostRowsSync
from partitioning import one_of

PARTITIONS = 2
PROGRAMME, PRODUCT, SLOT = "sinks", "vaccine-a", "am"
PEOPLE = [one_of(partition, "person", PARTITIONS) for partition in range(PARTITIONS)]
SITES = [one_of(partition, "site", PARTITIONS) for partition in range(PARTITIONS)]
ROWS = 10  # that a story cuts off
TRIES_MAX = 5
ROOM_MB = 1  # for rows that wait
CALLERS, CALLS_MAX = 8, 20_000  # that fill it
SYNC, OUTCOMES = ("sync", 0), [("outcomes", partition) for partition in range(PARTITIONS)]
ALL = [(topic, partition) for topic in TOPICS
       for partition in range(1 if topic == "programmes" else PARTITIONS)]


class LostSink(unittest.TestCase):
    """One cluster, one story after the other."""

    def test_a_sink_that_lost_rows_stands_still_and_the_rest_goes_on(self):
        with LegacyDatabase() as self.database, \
                Cluster(brokers=1, nodes=2, partitions=PARTITIONS,
                        flags=["--waiting-rows-mb", str(ROOM_MB)]) as self.cluster:
            self.first, self.second = self.cluster.nodes
            self.cluster.settled()
            self.publish()
            self.archive = self.cluster.directory / "archive"
            self.people_book()
            self.rows_of_sync_are_lost()
            self.second.stop()  # who comes later finds it out, too
            self.second.start()
            self.are_parked(self.second, SYNC)
            self.the_audit_says("I8")
            self.is_put_back("--topics", "sync")
            self.outcomes_is_made_again()
            self.no_room_is_left()
            self.is_put_back("--topics", "outcomes")
            self.all_of_the_log_is_lost()
            self.what_was_not_archived_is_lost()
            sync = LostRowsSync(self, self.first, self.database, self.cluster.where)
            self.rows_of_sync_are_lost()
            sync.stops("more was written than the log has")
            self.lost_rows_are_given_up()
            sync.stops(r"the row at offset \d+ is not the one that was read there")
            sync.goes_on_behind_lost_rows(self.told())
            self.nothing_is_put_back_where_others_stand()

    # The stories

    def rows_of_sync_are_lost(self):
        last = self.all_is_acknowledged(SYNC) - ROWS
        self.is_archived()
        self.cluster.kafka("kill", 1)
        cut_tail(self.cluster, SYNC, last)
        self.cluster.kafka("restart", 1)
        for node in self.cluster.nodes:
            why = self.are_parked(node, SYNC)
            self.assertIn("that were acknowledged are gone", why)
            self.assertIn("decisions go on and their rows wait", why)
        self.nothing_is_written(SYNC)

    def outcomes_is_made_again(self):
        """By who knows how Jari's topics are set: it is empty, and no log of ours."""
        self.all_is_acknowledged(*OUTCOMES)
        self.is_archived()
        make_again(self.cluster, "outcomes")
        for node in self.cluster.nodes:
            self.assertIn("the log has lost its tail", self.are_parked(node, *OUTCOMES))
        self.nothing_is_written(*OUTCOMES)

    def no_room_is_left(self):
        """Whoever asks, whatever the answer is, leaves a row; both nodes keep them all."""
        names = itertools.count()

        def ask(caller):
            for _ in range(CALLS_MAX // CALLERS):
                person = f"{PEOPLE[0]}-{next(names)}"
                client = self.cluster.nodes[caller % 2].person(person)
                answer = client.book(PROGRAMME, SITES[0], SLOT, PRODUCT, prefer="wait=30")
                client.close()
                if answer.status == 503 and answer.code == "partition-parked":
                    return answer
            return None
        with concurrent.futures.ThreadPoolExecutor(CALLERS) as callers:
            refused = list(callers.map(ask, range(CALLERS)))
        self.assertTrue(all(refused), "there is always room")
        detail = refused[0].json["detail"]
        print(f"  {detail}", flush=True)
        self.assertRegex(detail, r"^bookings/\d takes no changes for now: outcomes/\d is parked, ")
        self.assertGreaterEqual(int(refused[0].headers["retry-after"]), 1)
        for node in self.cluster.nodes:
            bytes_now = counted(node, "jari_waiting_row_bytes")
            self.assertGreater(bytes_now, (ROOM_MB << 20) / 2)
            self.assertLess(bytes_now, ROOM_MB << 20)
            said = node.cli("status", "--server", node.url, "--data", node.directory).stdout
            self.assertRegex(said, r"\nrows that sync and outcomes have not taken wait in \d{6} ")
        operator = self.second.operator()
        operator.add_stock(SITES[0], PRODUCT, 1).expect(200)
        self.first.person(PEOPLE[0]).my_appointments().expect(200)

        def are_held():  # somebody always asks
            ask(0)
            return "admissions are held: a sink takes no rows" in self.first.stderr_tail(100_000)
        poll("admissions are held", are_held, 30)

    def is_archived(self):
        self.first.cli("archive", "--into", self.archive, "--data", self.first.directory,
                       *self.cluster.where)

    def restore(self, *flags, code=0):
        done = self.first.cli("topics", "restore", "--archive", self.archive, "--data",
                              self.first.directory, *self.cluster.where, *flags, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        print(f"  {(done.stdout + done.stderr).strip().splitlines()[-1]}", flush=True)
        return done

    def is_put_back(self, *flags):
        """No node runs meanwhile. What waited follows, and nothing is missing."""
        for node in self.cluster.nodes:
            node.stop()
        self.assertRegex(self.restore(*flags).stdout, r"\nok: [1-9]\d* records restored\n$")
        self.assertTrue(self.restore(*flags).stdout.endswith("\nok: 0 records restored\n"))
        for node in self.cluster.nodes:
            node.start()
        self.cluster.settled()
        poll("what waited is taken", lambda: all(
            counted(node, "jari_waiting_row_bytes") < ROOM_MB << 16
            for node in self.cluster.nodes), 30)
        self.people_book(5)
        self.are_parked(self.first)
        self.cluster.proved()

    def all_of_the_log_is_lost(self):
        """One node has no state either. What somebody without the key had written is still no
        node's: the node that begins anew would have another digest."""
        record = self.cluster.directory / "record"
        record.write_bytes(self.kcat("-C", "-t", "queue", "-p", 0, "-o", 1, "-c", 1, "-q", "-D", ""))
        self.kcat("-P", "-t", "queue", "-p", 0, record)
        letters = poll("a dead letter", lambda: self.dead_letters(self.second))
        self.cluster.settled()
        for node in self.cluster.nodes:
            node.stop()
        self.is_archived()
        ends, before = {at: end_of(self.cluster, at) for at in ALL}, self.bytes_of_all()
        shutil.rmtree(self.second.directory / "state")
        self.is_killed_while_it_restores()
        self.restore()
        self.assertEqual({at: end_of(self.cluster, at) for at in ALL}, ends)
        self.assertEqual(self.bytes_of_all(), before)
        for node in self.cluster.nodes:
            node.start()
        self.cluster.settled()
        self.assertEqual(self.dead_letters(self.second), letters)  # of no node's now, too
        self.people_book()
        self.cluster.proved()

    def is_killed_while_it_restores(self):
        """kill -9 when it has made a topic, behind its first partition, and behind more of them. A
        run that was over before is no story: then from the beginning."""
        for _ in range(TRIES_MAX):
            for topic in TOPICS:
                delete_topic(self.cluster, topic)
            if all(self.is_killed_behind(lines) for lines in (0, 1, 4)):
                return
        self.fail(f"it was over before it could be killed, {TRIES_MAX} times")

    def is_killed_behind(self, lines):
        """Whether it was, that many lines later and before its last."""
        words = ["topics", "restore", "--archive", self.archive, "--data", self.first.directory,
                 *self.cluster.where]
        with subprocess.Popen([jari_binary(), *map(str, words)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as restore:
            if lines == 0:
                poll("a topic is there", lambda: restore.poll() is not None or self.has_a_topic(),
                     30, 0)
            said = "".join(restore.stdout.readline() for _ in range(lines))
            restore.kill()
            rest, error = restore.communicate()
        self.assertEqual((said.count(" restored\n"), error), (lines, ""))
        print(f"  killed behind line {(said + rest).count(' restored')}", flush=True)
        return "ok: " not in rest

    def has_a_topic(self):
        listed = json.loads(self.kcat("-L", "-J"))["topics"]
        return any(one["topic"] in TOPICS for one in listed)

    def bytes_of_all(self):
        """{(topic, partition): each record's offset, header, key and value, as Kafka has them}."""
        return {(topic, partition): self.kcat("-C", "-t", topic, "-p", partition, "-o", "beginning",
                                              "-e", "-q", "-f", "%o %h %K %k %S %s\n")
                for topic, partition in ALL}

    def what_was_not_archived_is_lost(self):
        """The log is as it was then, in all its partitions, and goes on from there."""
        self.is_archived()
        self.people_book(5)
        for node in self.cluster.nodes:
            node.stop()
            shutil.rmtree(node.directory / "state")
        before = {at: end_of(self.cluster, at) for at in ALL}
        for topic in TOPICS:
            delete_topic(self.cluster, topic)
        self.restore()
        for at in ALL:
            self.assertLess(end_of(self.cluster, at), before[at])
        for node in self.cluster.nodes:
            node.start()
        self.cluster.settled()
        self.are_parked(self.first)
        self.people_book()
        self.cluster.proved()

    def nothing_is_put_back_where_others_stand(self):
        for node in self.cluster.nodes:
            node.stop()
        said = self.restore("--topics", "sync", code=1).stderr
        self.assertRegex(said, r"sync/0 has another record at offset \d+ than the archive")

    def kcat(self, *arguments):
        return subprocess.run(["kcat", "-b", self.cluster.address, *map(str, arguments)],
                              capture_output=True, check=True, timeout=60).stdout

    def dead_letters(self, node):
        watch = node.reader("watch")
        said = eventually(lambda: watch.request("GET", "/v1/operator/dead-letters").expect(200), 30)
        return [(one["topic"], one["partition"], one["offset"], one["reason"])
                for one in said.json["dead_letters"]]

    def lost_rows_are_given_up(self):
        """Nobody has them: an operator says so, and what waited is written behind what is left."""
        end = end_of(self.cluster, SYNC)
        for node in self.cluster.nodes:
            node.stop()
            node.flags += ["--lost-sinks", "sync"]
        for node in self.cluster.nodes:
            node.start()
        self.cluster.settled()
        poll("what waited is written", lambda: end_of(self.cluster, SYNC) > end, 30)
        self.assertIn("a sink holds other rows than were written there: lost-tail",
                      "".join(node.stderr_tail(100_000) for node in self.cluster.nodes))
        for node in self.cluster.nodes:  # once is enough
            node.stop()
            node.flags = node.flags[:-2]
            node.start()
        self.cluster.settled()
        self.people_book()
        self.all_is_acknowledged(SYNC)
        self.are_parked(self.first)

    # What they have in common

    def publish(self):
        operator = self.first.operator()
        operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        operator.grant(PROGRAMME, PEOPLE).expect(200)
        for site in SITES:
            operator.put_site(site).expect(200)
            operator.add_stock(site, PRODUCT, 10).expect(200)
            operator.put_slot(site, SLOT, capacity=10).expect(200)

    def people_book(self, pairs=20):
        """And give back, in every partition of people and of sites, at both nodes in turn."""
        nodes = itertools.cycle(self.cluster.nodes)
        for _, person, site in itertools.product(range(pairs), PEOPLE, SITES):
            client = next(nodes).person(person)
            booked = client.book(PROGRAMME, site, SLOT, PRODUCT, prefer="wait=30").expect(201).json
            client.cancel(booked["appointment"], prefer="wait=30").expect(200)

    def nothing_is_written(self, *ats):
        """People book in every partition, and the sink stays as it is."""
        ends = [end_of(self.cluster, at) for at in ats]
        self.people_book(5)
        self.assertEqual([end_of(self.cluster, at) for at in ats], ends)

    def exported(self, topic):
        done = self.first.cli("export", "--topic", topic, "--data", self.first.directory,
                              *self.cluster.where)
        return [json.loads(line) for line in done.stdout.splitlines() if line]

    def told(self):
        """{appointment: the newest version that `sync` has}"""
        return {row["body"]["appointment"]: row["body"]["version"]
                for row in self.exported("sync") if "stream" in row}

    def all_is_acknowledged(self, *ats):
        """Waits until every row there is; returns the newest one's offset."""
        newest = {}
        for row in self.exported(ats[0][0]):
            at = row["topic"], row["partition"]
            if "stream" in row and at in ats:
                source = row["stream"]["source"]
                newest[at, source["topic"], source["partition"]] = row
        self.assertTrue(newest)

        def are_acknowledged():
            acked = {}
            for topic in {topic for _, topic, _ in newest}:
                for record in self.exported(topic):
                    if record["type"] != "Ack":
                        continue
                    to = record["body"]["destination"]
                    stream = ((to["topic"], to["partition"]), topic, record["partition"])
                    acked[stream] = max(acked.get(stream, 0), record["body"]["last"])
            return all(acked.get(stream, 0) >= row["stream"]["seq"]
                       for stream, row in newest.items())
        poll("what stands there is acknowledged", are_acknowledged, 30, 0.5)
        return max(row["offset"] for row in newest.values())

    def are_parked(self, node, *ats):
        """Waits until it says so of these and of no others, everywhere. Returns why, of the first."""
        def seen():
            status = self.cluster.status(node)
            whys = {at: p["parked"] for at, p in (status or {}).items() if p.get("parked")}
            return status and whys.keys() == set(ats) and (whys, True)
        whys, _ = poll(f"{node.directory.name}: {ats} and no others are parked", seen, 30)
        self.assertEqual(counted(node, "jari_partition_parked"), len(ats))
        for (topic, partition), why in whys.items():
            self.assertIn(f"{topic}/{partition} is parked: {why}", node.stderr_tail(100_000))
            self.assertEqual(counted(node, "jari_partition_parked", topic=topic,
                                     partition=str(partition)), 1)
        if ats:
            print(f"  {node.directory.name}: {ats[0]}: {whys[ats[0]]}", flush=True)
        return whys.get(ats[0]) if ats else None

    def the_audit_says(self, rule):
        done = self.first.cli("audit", "--data", self.first.directory, *self.cluster.where,
                              check=False)
        print(f"  audit: exit {done.returncode}: {(done.stdout + done.stderr).strip()}", flush=True)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(f"violation: {rule} ", done.stdout)


if __name__ == "__main__":
    main()
