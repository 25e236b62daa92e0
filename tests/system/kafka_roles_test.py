"""Nodes that are there for one thing: one that decides, one that takes requests, one that shows.

One broker, whose name the door finds in a file of properties. What a node has no role for it answers
405, names what it takes, and says whom to ask;
what became of a request, and the node's own state, are shown by whoever took it.

Errors:  AssertionError; exit 77 where Kafka cannot be had.
Threads: one.
"""

import unittest

from jari_cluster import Cluster, main
from jari_service import new_key, one_dose
from log_checks import poll

PROGRAMME, QUEUE, SITE, SLOT, PRODUCT = "roles", "roles-line", "roles-site", "am", "vaccine-a"
ROLES = ("consumers", "door", "query")


class Roles(unittest.TestCase):
    """One cluster: a node of each role alone."""

    def test_each_does_what_it_is_there_for(self):
        with Cluster(brokers=1, nodes=3, partitions=2, roles=ROLES,
                     by_file=[ROLES.index("door")]) as self.cluster:
            self.consumers, self.door, self.query = self.cluster.nodes
            owners = self.cluster.settled()
            self.assertEqual(set(owners.values()), {self.consumers.directory.name})
            self.publish()
            self.a_door_takes_and_answers()
            self.a_query_node_shows_at_once_what_a_door_took()
            self.each_refuses_the_rest()
            self.who_only_decides_is_missed_and_comes_back()
            self.cluster.proved()

    def decided(self, person, key):
        """What /v1/requests says once it is; a door may know of it a moment later (404)."""
        def is_done():
            found = person.asked(key)
            return found.status == 200 and found.json["state"] == "done" and found.json
        return poll("it is decided", is_done, 30)

    def publish(self):
        operator = self.door.operator()
        operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
        operator.put_queue(QUEUE, PROGRAMME, rate_per_second=0).expect(200)
        operator.put_site(SITE).expect(200)
        operator.add_stock(SITE, PRODUCT, 10).expect(200)
        operator.put_slot(SITE, SLOT, capacity=10).expect(200)
        operator.grant(PROGRAMME, [f"role-{n}" for n in range(4)]).expect(200)

    def a_door_takes_and_answers(self):
        """A decision it waits for; a promise, and what came of it."""
        booked = self.door.person("role-0").book(PROGRAMME, SITE, SLOT, PRODUCT).expect(201)
        self.assertEqual(booked.json["state"], "booked")
        person, key = self.door.person("role-1"), new_key("roles")
        promised = person.take_ticket(QUEUE, key=key, prefer="respond-async").expect(202)
        self.assertEqual(promised.headers["location"], f"/v1/requests/{key}")
        decided = self.decided(person, key)
        self.assertEqual((decided["status"], decided["result"]["ticket"]), (201, 1))

    def a_query_node_shows_at_once_what_a_door_took(self):
        """By the position that the door's answer had."""
        booked = self.door.person("role-2").book(PROGRAMME, SITE, SLOT, PRODUCT).expect(201)
        shown = self.query.person("role-2").my_appointments(position=booked.position)
        self.assertEqual(shown.expect(200).json["appointments"][0]["appointment"],
                         booked.json["appointment"])
        slots = self.query.client().request("GET", f"/v1/sites/{SITE}/slots",
                                            position=booked.position).expect(200).json["slots"]
        self.assertEqual(slots[0]["booked"], 2)

    def each_refuses_the_rest(self):
        booking = {"programme": PROGRAMME, "site": SITE, "slot": SLOT, "product": PRODUCT}
        queue = f"/v1/queues/{QUEUE}"
        for node, method, path, body, allow, whom in (
                (self.query, "POST", "/v1/appointments", booking, "OPTIONS", "role door"),
                (self.query, "PUT", f"/v1/operator/queues/{QUEUE}", {}, "GET, HEAD, OPTIONS",
                 "role door"),
                (self.door, "GET", queue, None, "OPTIONS", "role query"),
                (self.door, "GET", "/v1/me/appointments", None, "OPTIONS", "role query"),
                (self.door, "GET", f"{queue}/tickets/me", None, "DELETE, OPTIONS", "role query"),
                (self.consumers, "GET", queue, None, "OPTIONS", "role query"),
                (self.consumers, "POST", f"{queue}/tickets", None, "OPTIONS", "role door")):
            answer = node.operator().request(method, path, body, key=new_key("roles"))
            self.assertEqual((answer.status, answer.code), (405, "method-not-allowed"), answer)
            self.assertEqual(answer.headers["allow"], allow, answer)
            self.assertIn(whom, answer.json["detail"])
        for node in self.cluster.nodes:
            for path in ("/readyz", "/healthz", "/metrics"):
                node.client().request("GET", path).expect(200)

    def who_only_decides_is_missed_and_comes_back(self):
        """Nobody else claims: a booking is promised, not decided, until one that decides is back."""
        self.consumers.kill9()
        person = self.door.person("role-3")
        key = new_key("roles")
        promised = person.book(PROGRAMME, SITE, SLOT, PRODUCT, key=key, prefer="wait=1")
        promised.expect(202)
        self.consumers.start()
        decided = self.decided(person, key)
        self.assertEqual(decided["status"], 201)


if __name__ == "__main__":
    main()
