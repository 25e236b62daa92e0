"""The old database from a log in Kafka: what stands in `sync` there is in the table, once, whoever
was killed meanwhile; and `jari reconcile` agrees.

Errors:  AssertionError, with what the programs said; exit 77 where Kafka or PostgreSQL cannot be had.
"""

import json
import unittest

from jari_cluster import Cluster, main
from jari_service import in_seconds
from kafka_records import Appender, read_all
from legacy_database import LegacyDatabase, Sync, eventually, same


class FromKafka(unittest.TestCase):
    """One broker, one node, one database."""

    def test_the_table_is_what_sync_says(self):
        with LegacyDatabase() as database, Cluster(brokers=1, nodes=1) as cluster:
            cluster.settled()
            node = cluster.nodes[0]
            operator = node.operator()
            operator.put_programme("flu").expect(200)
            operator.put_site("seoul", zone="Asia/Seoul").expect(200)
            operator.add_stock("seoul", "vaccine-a", 100).expect(200)
            operator.put_slot("seoul", "am", capacity=100,
                              starts_at=in_seconds(86400)).expect(200)

            def book(first, count):
                people = [f"p-{i}" for i in range(first, first + count)]
                operator.grant("flu", people).expect(200)
                return [operator.book_for(person, "flu", "seoul", "am",
                                          "vaccine-a").expect(201).json["appointment"]
                        for person in people]

            sync = Sync(node, database, flags=cluster.where)
            self.addCleanup(sync.remove)
            booked = book(0, 10)
            operator.cancel(booked[0]).expect(200)
            sync.once()
            self.assertEqual(same(node, database), 10)
            self.forge(cluster)
            sync.once()
            self.assertEqual(same(node, database), 10)
            sync.start()  # from where it was
            booked += book(10, 10)
            eventually("some of it is written", lambda: len(database.table()) > 10)
            sync.kill9()
            operator.cancel(booked[-1]).expect(200)
            database.kill9()
            database.start()
            sync.once()
            self.assertEqual(same(node, database), 20)
            database.query(f"DELETE FROM appointments WHERE appt_no = '{booked[3]}'")
            done = node.cli("reconcile", "--data", node.directory, *cluster.where, "--legacy",
                            sync.file, "--legacy-database", database.address, "--repair")
            self.assertIn(f"missing {booked[3]} ", done.stdout)
            self.assertEqual(same(node, database), 20)
            cluster.proved()

    def forge(self, cluster):
        """Somebody may write to the sink and has no key: with the seal of another row, and none."""
        rows = [one for one in read_all(cluster.address) if one.topic == "sync" and
                one.value.startswith(b"{")]
        appender = Appender(cluster.address)
        for row in rows[-3:]:
            document = json.loads(row.value)
            document |= {"version": document["version"] + 100, "state": "cancelled"}
            for headers in (row.headers, {n: v for n, v in row.headers.items() if n != "jari-seal"}):
                appender.append("sync", row.partition, json.dumps(document).encode(), headers)
        self.assertEqual(len(appender.flush()), 6)


if __name__ == "__main__":
    main()
