"""The nodes of a cluster as one service, as a load balancer in front of them would show it.

A client speaks to one node until that does not answer, then to the next that runs: whoever asked
learns that there was no answer (Unreachable), and sends the same key again. What it reads is never
older than what it has read: it sends the newest Jari-Position it was given.

Units:   none.
Errors:  as http_client.py.
Threads: a FleetClient belongs to one thread.
"""

import collections
import contextlib
import itertools
import threading

from callers import Operator, Person
from http_client import Client, Unreachable

TOKEN_SECONDS = 86400  # whatever the clock of a node shows
NOT_NOW = {"not-caught-up", "shutting-down", "overloaded"}
TRIES_MAX = 2000
CHECKED_EVERY_SECONDS = 0.1


class FleetClient(Client):
    """A client of all nodes."""

    def __init__(self, fleet, token, kind_name="client"):
        self.fleet, self.turn = fleet, next(fleet.turns)
        self.seen, self.statuses = None, collections.Counter()
        self.name = kind_name
        super().__init__(self.node.url, token, None)

    @property
    def node(self):
        return self.fleet.nodes[self.turn % len(self.fleet.nodes)]

    def next_node(self):
        """The next one that runs, and is in service where that is checked."""
        for _ in self.fleet.nodes:
            self.turn += 1
            if self.node.is_running and not self.fleet.is_out(self.node):
                break
        self.move_to(self.node.url)

    def request(self, method, path, body=None, **options):
        if self.seen and "position" not in options:
            options["position"] = self.seen
        if self.node.is_running and f":{self.port}" not in self.node.url:
            self.move_to(self.node.url)  # it has been started anew
        if self.fleet.is_out(self.node):
            self.next_node()
        try:
            answer = super().request(method, path, body, **options)
        except Unreachable:
            self.next_node()
            raise
        self.statuses[answer.status] += 1
        if answer.status == 503:
            self.next_node()
        self.seen = answer.position or self.seen
        return answer


class Steady:
    """Asks until there is an answer that is not `not now`: keys make that harmless."""

    not_now = frozenset()  # what else another node may answer otherwise

    def request(self, method, path, body=None, **options):
        for _ in range(TRIES_MAX):
            try:
                answer = super().request(method, path, body, **options)
            except Unreachable:
                continue
            if answer.status != 503 or answer.code not in NOT_NOW | self.not_now:
                return answer
        raise Unreachable(f"{method} {path}: no answer from any node")


class SteadyClient(Steady, FleetClient):
    """A FleetClient that goes on."""


class SteadyOperator(SteadyClient, Operator):
    """An operator whose calls are repeated until they are answered."""


class SteadyPerson(SteadyClient, Person):
    """A person whose calls are repeated until they are answered."""


def is_ready(node):
    """Whether it says that it may be asked."""
    if not node.is_running or node.url is None:
        return False
    client = Client(node.url)
    try:
        return client.request("GET", "/readyz", check=False, timeout=1).status == 200
    except Unreachable:
        return False
    finally:
        client.close()


class Fleet:
    """What a Service has for whoever asks, with all nodes of a cluster behind it."""

    def __init__(self, cluster):
        self.cluster, self.turns = cluster, itertools.count()
        self._out = frozenset()

    @property
    def nodes(self):
        return self.cluster.nodes

    def token(self, subject, scope, **claims):
        return self.nodes[0].token(subject, scope, **{"ttl_seconds": TOKEN_SECONDS, **claims})

    def client(self, token=None):
        return self._made(FleetClient(self, token))

    def steady(self, token=None):
        return self._made(SteadyClient(self, token))

    def operator(self, name="operator"):
        return self._made(SteadyOperator(self, self.token(name, "operator"), name))

    def person(self, name):
        return self._made(SteadyPerson(self, self.token(name, "person"), name))

    def statuses(self):
        """How often each status was answered, to all clients."""
        return sum((client.statuses for client in self.cluster.clients), collections.Counter())

    def cut_off(self):
        """How many connections of theirs ended after a request was sent, unanswered."""
        return sum(client.cut_off for client in self.cluster.clients)

    def refused(self):
        """How many connections nobody took."""
        return sum(client.refused for client in self.cluster.clients)

    def is_out(self, node):
        return node in self._out

    @contextlib.contextmanager
    def checked(self):
        """Asks each node for /readyz, as a load balancer does: whoever says no is not asked."""
        is_over = threading.Event()

        def check():
            while not is_over.wait(CHECKED_EVERY_SECONDS):
                self._out = frozenset(node for node in self.nodes if not is_ready(node))
        checker = threading.Thread(target=check)
        checker.start()
        try:
            yield
        finally:
            is_over.set()
            checker.join()
            self._out = frozenset()

    def _made(self, client):
        self.cluster.clients.append(client)
        return client
