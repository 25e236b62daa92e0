"""Nodes are told to end while no broker answers: each does soon, and what was answered stands.

One broker, two nodes. What one node had taken and the log has not answered for is told to nobody
as done; sent again with the same key, once the broker is back, it has one effect.

Units:   seconds.
Errors:  AssertionError; exit 77 where Kafka cannot be had.
Threads: who waits for an answer has one of their own.
"""

import subprocess
import threading
import time
import unittest

from fleet import Fleet
from http_client import Unreachable
from jari_cluster import Cluster, main
from jari_service import jari_binary, new_key
from log_checks import poll

ENDS_SECONDS_MAX = 30  # as ops/RUNBOOK.md says
AT_ONCE_SECONDS_MAX = 10
PEOPLE = 20


class Waiting(threading.Thread):
    """One request to a node; its status, None where there was no answer."""

    def __init__(self, person, key):
        super().__init__()
        self.person, self.key, self.status = person, key, None

    def run(self):
        try:
            self.status = self.person.take_ticket("line", key=self.key, prefer="wait=30").status
        except Unreachable:
            pass


class Stop(unittest.TestCase):

    def test_nodes_end_though_no_broker_answers(self):
        with Cluster(brokers=1, nodes=3) as self.cluster:
            self.cluster.settled()
            first, second, third = self.cluster.nodes
            self.fleet = Fleet(self.cluster)
            operator = self.fleet.operator()
            operator.put_programme("flu", queue="line").expect(200)
            operator.put_queue("line", "flu", rate_per_second=0).expect(200)
            tickets = {name: self.fleet.person(name).take_ticket("line").expect(201).json["ticket"]
                       for name in (f"early-{n}" for n in range(PEOPLE))}
            self.cluster.kafka("kill", 1)
            self.one_with_requests_under_way(first)
            self.one_with_none(second)
            third.kill9()
            self.one_that_starts(third)
            self.cluster.kafka("restart", 1)
            for node in self.cluster.nodes:
                node.start()
            self.cluster.settled()
            self.nothing_is_lost_or_doubled(tickets)
            self.cluster.proved()

    def one_with_requests_under_way(self, node):
        self.late = {f"late-{n}": new_key("late") for n in range(3)}
        waiting = [Waiting(node.person(name), key) for name, key in self.late.items()]
        for one in waiting:
            one.start()
        self.until_taken(node, len(waiting))
        began = time.monotonic()
        code = node.terminate()
        seconds = time.monotonic() - began
        for one in waiting:
            one.join()
        print(f"  {len(waiting)} requests under way: ended after {seconds:.1f} s, "
              f"answered {[one.status for one in waiting]}", flush=True)
        self.assertEqual(1, code)
        self.assertLess(seconds, ENDS_SECONDS_MAX)
        self.assertTrue(all(one.status in (None, 503) for one in waiting))
        self.assertIn("without an answer of the log for 3 requests", node.stderr_tail())

    def until_taken(self, node, count):
        """The node has posted them to its engine."""
        client = node.client()

        def outstanding():
            text = client.request("GET", "/metrics").body.decode()
            found = [float(line.split()[-1]) for line in text.splitlines()
                     if line.startswith("jari_requests_in_flight ")]
            return found and found[0] >= count
        poll("they are taken", outstanding, 10)

    def one_with_none(self, node):
        began = time.monotonic()
        code = node.terminate()
        seconds = time.monotonic() - began
        print(f"  none under way: ended after {seconds:.1f} s", flush=True)
        self.assertEqual(0, code, node.stderr_tail())
        self.assertLess(seconds, AT_ONCE_SECONDS_MAX)

    def one_that_starts(self, node):
        """It asks for a broker, and has not listened yet."""
        command = [jari_binary(), "serve", "--data", node.directory, "--listen", "127.0.0.1:0",
                   *node.flags]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=node.environment) as starting:
            poll("it looks for signals", lambda: self.is_waiting(starting.pid), 10)
            began = time.monotonic()
            starting.terminate()
            out, err = starting.communicate(timeout=ENDS_SECONDS_MAX)
            self.assertLess(time.monotonic() - began, 5)
        self.assertEqual((0, ""), (starting.returncode, out), err)
        self.assertIn("told to end before it was ready", err)

    @staticmethod
    def is_waiting(pid):
        """SIGTERM is blocked: whoever it is sent to takes it."""
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            blocked = next(line.split()[1] for line in status if line.startswith("SigBlk:"))
        return int(blocked, 16) & (1 << 14)

    def nothing_is_lost_or_doubled(self, tickets):
        for name, ticket in tickets.items():
            shown = self.fleet.person(name).my_ticket("line").expect(200)
            self.assertEqual(ticket, shown.json["ticket"])
        late = {}
        for name, key in self.late.items():
            answer = self.fleet.person(name).take_ticket("line", key=key, prefer="wait=30")
            late[name] = answer.expect(201).json["ticket"]
        self.assertEqual(PEOPLE + len(late), len(set(tickets.values()) | set(late.values())))


if __name__ == "__main__":
    main()
