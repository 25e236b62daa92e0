"""Two nodes under one name: the one that was started later ends and says why, and what to do.

What both took has one effect, and the first serves on; one that was only started anew, by SIGTERM
or kill -9, is not taken for two. tests/engine/runtime/namesake_test.cc has who wakes, and lateness.

Units:   seconds.
Errors:  AssertionError; exit 77 where Kafka cannot be had.
Threads: one.
"""

import shutil
import unittest

from fleet import Fleet
from http_client import Unreachable
from jari_cluster import Cluster, main
from jari_service import Service, new_key
from log_checks import poll

NOTICED_SECONDS_MAX = 30
RESTARTS = 3
ASKED_MAX = 200


class Names(unittest.TestCase):

    def test_of_two_nodes_under_one_name_the_later_one_ends(self):
        with Cluster(brokers=1, nodes=2) as cluster:
            cluster.settled()
            first = cluster.nodes[0]
            operator = Fleet(cluster).operator()
            operator.put_programme("flu", queue="line").expect(200)
            operator.put_queue("line", "flu", rate_per_second=0).expect(200)
            self.asked_until_it_ends(cluster, first)
            cluster.settled()
            self.is_no_namesake_of_its_own(cluster, first)
            cluster.proved()

    def asked_until_it_ends(self, cluster, first):
        """Whoever came to the second meanwhile has one ticket, and the first shows it."""
        second = Service(cluster.directory / "again", contract=None)
        self.addCleanup(second.close)
        shutil.copytree(first.directory / "keys", second.directory / "keys")
        second.start(first.flags)
        tickets = {}
        for number in range(ASKED_MAX):
            name = f"person-{number}"
            person, key = second.person(name), new_key("ask")
            try:
                answer = person.take_ticket("line", key=key)
            except Unreachable:
                break
            if answer.status == 201:
                tickets[name] = answer.json["ticket"]
                again = self.sure(lambda: first.person(name).take_ticket("line", key=key), 201)
                self.assertEqual(tickets[name], again["ticket"])
        self.assertEqual(1, second.ended(NOTICED_SECONDS_MAX))
        self.assertEqual(len(tickets), len(set(tickets.values())))
        said = second.stderr_tail()
        self.assertIn("another node of this cluster is called node-1, too", said)
        self.assertIn("this one ends. Every node needs a --node of its own", said)
        self.assertTrue(first.is_running)
        for name, ticket in tickets.items():
            shown = self.sure(lambda: first.person(name).my_ticket("line"), 200)
            self.assertEqual(ticket, shown["ticket"])
        print(f"  {len(tickets)} tickets were taken at it before it ended", flush=True)

    def sure(self, ask, status):
        """The document, once the node says what is as of now."""
        def answered():
            answer = ask()
            return answer if answer.status != 503 else None
        return poll("an answer as of now", answered, 30).expect(status).json

    def is_no_namesake_of_its_own(self, cluster, node):
        for number in range(RESTARTS):
            (node.kill9 if number % 2 else node.stop)()
            node.start()
            poll("it owns its share", lambda: "node-1" in cluster.owners().values(), 30)
        for one in cluster.nodes:
            self.assertTrue(one.is_running)
        self.assertNotIn("Every node needs", cluster.nodes[1].stderr_tail(1_000_000))
        self.assertNotIn("this one ends", node.stderr_tail(1_000_000))


if __name__ == "__main__":
    main()
