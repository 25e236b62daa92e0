"""What a node's /metrics has of its connections to the brokers: a line for each client and broker,
no more however many partitions there are, and for each topic what is unread and what is read on.

Three brokers, one node. That a client retries, and that there are many brokers:
tests/ops/kafka_figures_test.cc.

Units:   seconds.
Errors:  AssertionError; exit 77 where Kafka cannot be had.
Threads: one.
"""

import unittest

from jari_cluster import Cluster, main
from log_checks import counted, metrics, poll

BROKERS, PARTITIONS = 3, 4
CLIENTS = ("writer", "perishable", "follower", "asker")
OF_BROKERS = ("jari_kafka_round_trip_p99_seconds", "jari_kafka_unsent_requests",
              "jari_kafka_unsent_records", "jari_kafka_retries_total")
SEND_WAIT = "jari_kafka_send_wait_p99_seconds"  # of ticks and claims
WITHIN_SECONDS = 30
ROUND_TRIP_SECONDS_MAX = 20  # else microseconds are taken for something else


class Figures(unittest.TestCase):

    def test_each_client_has_a_line_for_each_broker(self):
        with Cluster(brokers=BROKERS, nodes=1, partitions=PARTITIONS) as cluster:
            cluster.settled()
            node, = cluster.nodes
            brokers = [str(number + 1) for number in range(BROKERS)]
            # Ticks, their reading and the asking for ends go on by themselves.
            poll("round trips to every broker", lambda: all(
                counted(node, OF_BROKERS[0], client=client, broker=broker) > 0
                for client in ("perishable", "follower", "asker") for broker in brokers),
                WITHIN_SECONDS)
            poll("ticks wait a moment", lambda: all(
                counted(node, SEND_WAIT, client="perishable", broker=broker) > 0
                for broker in brokers), WITHIN_SECONDS)
            wanted = {(client, broker) for client in CLIENTS for broker in brokers}
            shown = metrics(node)
            for figure in OF_BROKERS:
                lines = [(has["client"], has["broker"]) for name, has, _ in shown if name == figure]
                self.assertEqual(sorted(lines), sorted(wanted), figure)
            trips = [value for name, _, value in shown if name == OF_BROKERS[0]]
            self.assertLess(max(trips), ROUND_TRIP_SECONDS_MAX)
            self.topics_are_read(cluster, node)

    def topics_are_read(self, cluster, node):
        """Every partition of every topic is; what is unread is soon read."""
        counts = {}
        for topic, _ in cluster.status(node):
            counts[topic] = counts.get(topic, 0) + 1

        def is_read():
            shown = {(name, has.get("topic")): value for name, has, value in metrics(node)}
            return all(shown["jari_kafka_fetched_partitions", topic] == count and
                       shown["jari_kafka_unread_records", topic] < 100
                       for topic, count in counts.items())
        poll("every partition is read on", is_read, WITHIN_SECONDS)
        self.assertEqual(sum(name.startswith("jari_kafka_") for name, _, _ in metrics(node)),
                         (len(OF_BROKERS) * len(CLIENTS) + 1) * BROKERS + 2 * len(counts))


if __name__ == "__main__":
    main()
