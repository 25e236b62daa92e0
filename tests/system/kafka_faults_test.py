"""Everything around it fails, one after the other, while people book on three nodes and brokers.

The load and the checks are those of crash_test.py, with every node asked in turn. Each fault ends,
then the cluster settles: every partition has an owner that runs, and all nodes say so. At the end
what was answered is there, no key has two effects, the audit finds nothing, and each partition has
one digest on all nodes. JARI_FAULTS names those to bring about (all), seed JARI_SEED (printed).

The last node goes to the brokers through a relay (relay.py), which can be cut and slowed down.

Errors:  AssertionError that names the fault, kept directory in stderr.
Threads: as crash_test.py.
"""

import os
import random
import shutil
import signal
import threading
import time
import unittest

import crash_test
from fleet import Fleet
from http_client import Unreachable
from jari_cluster import Cluster, main
from jari_service import jari_binary, new_key, seconds_of
from kafka_damage import TOPICS, cut_half, in_sync
from log_checks import counted, eventually, poll

SEED = int(os.environ.get("JARI_SEED", "11"))
UNDER_LOAD_SECONDS = 3
FROZEN_SECONDS = 6
SLOW_BURSTS, STANDS_SECONDS, RUNS_SECONDS = 12, 0.3, 0.2  # shorter than a broker is missed
NETWORK_SECONDS = 0.02  # there, and back
CLOCK_OFF_SECONDS = 3700  # more than an hour: by then Kafka itself would refuse such a time
DRAIN_SECONDS = "3"  # longer than a load balancer needs to see it (fleet.py)
LOG_TIME_AHEAD_SECONDS_MAX, LOG_TIME_BEHIND_SECONDS_MAX = 5, 60


class Visitor(crash_test.Visitor):
    """One who does not give up: another node, the same key."""

    def run(self):
        try:
            while not self.crash.is_down.is_set():
                self.ask(self.random.choice(self.members))
        except Exception as error:  # raised by the test when the load is over
            self.failure = error

    def draw(self, member):
        self.asked = super().draw(member)
        self.asked.began = time.monotonic()
        return self.asked

    def ask(self, member):
        """Notes, too, when it was asked first and when it was answered."""
        self.asked = member.unknown
        super().ask(member)
        if member.unknown is None:
            self.crash.answers.append((self.asked.began, time.monotonic()))


class Reader(crash_test.Reader):
    """Looks at all nodes; what it was shown is never taken back."""

    def run(self):
        try:
            while not self.crash.is_down.is_set():
                try:
                    self.look(self.crash.random_member(), self.crash.random_guest())
                except Unreachable:
                    continue
        except Exception as error:
            self.failure = error


class Faults(crash_test.Crash):
    """One cluster, one fault after the other."""

    test_nothing_is_lost_or_doubled = None  # that is crash_test.py's

    FAULTS = ["kill_node", "freeze_owner", "kill_broker", "all_brokers", "cut_replica",
              "lose_data", "roll_nodes", "restore_snapshot", "cut_off", "slow_broker", "clock_ahead",
              "clock_behind"]

    def test_nothing_is_lost_or_doubled_in_any(self):
        wanted = os.environ.get("JARI_FAULTS", ",".join(self.FAULTS)).split(",")
        print(f"  seed {SEED}: {', '.join(wanted)}", flush=True)
        cluster = Cluster(brokers=3, nodes=3, is_relayed=True)
        for node in cluster.nodes:
            node.environment["JARI_DRAIN_SECONDS"] = DRAIN_SECONDS
        with cluster as self.cluster:
            self.cluster.settled()
            self.cluster.spread_evenly()
            self.prepare(Fleet(self.cluster))
            self.reader = self.service.steady()
            self.rng = random.Random(SEED)
            for name in wanted:
                self.under_load(name)
            self.cluster.proved()

    def under_load(self, name):
        """Load, the fault in the middle of it, load again; then everything is accounted for."""
        self.is_down = threading.Event()
        self.answered, self.promised, self.answers = threading.Semaphore(0), [], []
        self.guests_join(20)
        visitors = [Visitor(self, self.members[n::crash_test.THREADS], self.rng.random())
                    for n in range(crash_test.THREADS)]
        visitors += [Reader(self) for _ in range(crash_test.READERS)]
        for visitor in visitors:
            visitor.start()
        began = time.monotonic()
        try:
            time.sleep(UNDER_LOAD_SECONDS)
            getattr(self, name)()
            settled_from = time.monotonic()
            self.cluster.settled()
            seconds = time.monotonic() - settled_from
            time.sleep(UNDER_LOAD_SECONDS)
        finally:
            self.is_down.set()
            for visitor in visitors:
                visitor.join()
        for visitor in visitors:
            if visitor.failure:
                raise AssertionError(f"during {name}") from visitor.failure
        answers = 0
        while self.answered.acquire(blocking=False):
            answers += 1
        print(f"  {name}: settled {seconds:.1f} s after it, {answers} answers in "
              f"{time.monotonic() - began:.0f} s", flush=True)
        self.assertGreater(answers, 0)
        self.resolve()
        eventually(self.check, 20)
        self.nothing_is_taken_back()

    def victim(self):
        return self.rng.choice(self.cluster.running)

    def owning(self, node):
        """That node, once it owns its share: who owns nothing is missed by nobody."""
        poll(f"{node.directory.name} owns its share",
             lambda: node.directory.name in self.cluster.owners().values(), 30)
        return node

    # The faults. Each leaves everything running.

    def kill_node(self):
        """kill -9, and back."""
        node = self.owning(self.victim())
        node.kill9()
        self.cluster.settled()
        node.start()

    def taken_over(self, node):
        """Waits until others own what it owned; returns one of them."""
        other = next(n for n in self.cluster.nodes if n is not node)

        def is_so():
            owners = self.cluster.owners(other)
            return owners and node.directory.name not in owners.values()
        poll("others own what it owned", is_so, 30)
        return other

    def freeze_owner(self):
        """A zombie: others take over while it stands still, then it goes on where it was."""
        node = self.owning(self.victim())
        os.kill(node.pid, signal.SIGSTOP)
        try:
            self.taken_over(node)
            time.sleep(FROZEN_SECONDS)
        finally:
            os.kill(node.pid, signal.SIGCONT)

    def kill_broker(self):
        """kill -9 of one of three, and back."""
        number = self.rng.randint(1, 3)
        self.cluster.kafka("kill", number)
        time.sleep(FROZEN_SECONDS)
        self.cluster.kafka("restart", number)

    def all_brokers(self):
        """No log at all for a while."""
        for number in (1, 2, 3):
            self.cluster.kafka("kill", number)
        time.sleep(FROZEN_SECONDS)
        self.cluster.kafka("start")

    def cut_replica(self):
        """A broker that is down loses half of each partition. The others have it and give it back:
        nothing parks, and the log is whole when they die, one after the other."""
        number, *others = self.rng.sample((1, 2, 3), 3)
        self.cluster.kafka("kill", number)
        self.in_sync("the others lead", {*others})
        cut = cut_half(self.cluster, TOPICS, number)
        self.assertGreater(cut, len(TOPICS))
        self.cluster.kafka("restart", number)
        self.in_sync("it has all of it again", {1, 2, 3})
        for other in others:
            self.cluster.kafka("kill", other)
            self.in_sync("two are left", {1, 2, 3} - {other})
            time.sleep(UNDER_LOAD_SECONDS)
            self.cluster.kafka("restart", other)
            self.in_sync("all are back", {1, 2, 3})
        for node in self.cluster.nodes:
            self.assertEqual(counted(node, "jari_partition_parked"), 0)

    def in_sync(self, what, brokers):
        poll(what, lambda: (seen := in_sync(self.cluster, TOPICS))
             and all(one == brokers for one in seen.values()), 60, 0.2)

    def lose_data(self):
        """A node whose directory is gone gets another node's keys, and makes its state again from
        the log."""
        node = self.victim()
        node.kill9()
        shutil.rmtree(node.directory)
        self.cluster.begin(node)

    def roll_nodes(self):
        """One after the other by SIGTERM, behind a load balancer that heeds /readyz, as an upgrade
        does it: nobody is told to slow down, cut off, or finds nobody at home."""
        before, cut_off_before = self.service.statuses(), self.service.cut_off()
        refused_before = self.service.refused()
        with self.service.checked():
            for node in self.cluster.nodes:
                node.stop()
                node.start()
                self.cluster.settled()
        self.cluster.spread_evenly()
        answered = self.service.statuses() - before
        cut_off = self.service.cut_off() - cut_off_before
        refused = self.service.refused() - refused_before
        print(f"  rolled: {cut_off} connections ended with a request unanswered, {refused} were "
              f"refused; answered: {dict(sorted(answered.items()))}", flush=True)
        self.assertEqual(answered[429], 0, answered)
        self.assertEqual((cut_off, refused), (0, 0))

    def restore_snapshot(self):
        """A node begins with a snapshot of another and the log's tail."""
        giver, taker = self.rng.sample(self.cluster.nodes, 2)
        into = self.cluster.directory / "snapshots"

        def taken():
            return giver.cli("snapshot", "--data", giver.directory, "--into", into,
                             *self.cluster.where, check=False).returncode == 0
        poll("a snapshot", taken, 60, 1)
        taker.kill9()
        shutil.rmtree(taker.directory / "state")
        taker.cli("restore", "--from", into, "--data", taker.directory)
        taker.start()

    def cut_off(self):
        """No network: others take over; it shows nothing as of now, and promises nothing."""
        node, guest = self.owning(self.cluster.nodes[-1]), self.guests[self.joined]
        path, key = f"/v1/queues/{crash_test.DOOR}/tickets", new_key("cut-off")
        self.cluster.relays.cut()
        try:
            other = self.taken_over(node)
            client = node.client()
            self.shows_nothing_as_of_now(client, other)
            asked = client.request("POST", path, token=guest.token, key=key, prefer="wait=1")
            self.assertEqual((asked.status, asked.code), (503, "not-caught-up"), asked)
        finally:
            self.cluster.relays.open()
        self.request(guest, "POST", path, key=key, prefer="wait=30").expect(201)
        self.joined += 1

    def shows_nothing_as_of_now(self, client, other):
        member, guest = self.members[0], self.guests[0]
        queue = f"/v1/queues/{crash_test.DOOR}"
        reads = [(queue, None), (f"{queue}/tickets/me", guest.token),
                 ("/v1/me/appointments", member.token),
                 (f"/v1/sites/{crash_test.SITES[0]}/slots", None),
                 (f"/v1/operator/people/{member.name}", self.operator.token)]

        def is_not_shown(path, token, position=None):
            answer = client.request("GET", path, token=token, position=position)
            self.assertEqual((answer.status, answer.code), (503, "not-caught-up"), answer)
        for path, token in reads:  # a copy that many share may be a second old
            eventually(lambda path=path, token=token: is_not_shown(path, token))
        newer = other.client().request("GET", queue).expect(200).position
        is_not_shown(queue, None, newer)
        for path, token in reads:
            is_not_shown(path, token)

    def slow_broker(self):
        """A broker stands still half of the time; to the last node the network is slow, too.
        Answers go on meanwhile."""
        pid = self.cluster.broker_pid(self.rng.randint(1, 3))
        began = time.monotonic()
        self.cluster.relays.slow(NETWORK_SECONDS)
        try:
            for _ in range(SLOW_BURSTS):
                os.kill(pid, signal.SIGSTOP)
                time.sleep(STANDS_SECONDS)
                os.kill(pid, signal.SIGCONT)
                time.sleep(RUNS_SECONDS)
        finally:
            os.kill(pid, signal.SIGCONT)
            self.cluster.relays.slow(0)
        ended = time.monotonic()
        waits = [at - asked for asked, at in list(self.answers) if began < at < ended]
        self.assertGreater(len(waits), 0, "nothing was answered while it was slow")
        print(f"  slow for {ended - began:.1f} s: {len(waits)} answers meanwhile, the slowest "
              f"after {max(waits):.2f} s", flush=True)

    def clock_ahead(self):
        """One node's clock is an hour ahead."""
        self.clock_off(CLOCK_OFF_SECONDS)

    def clock_behind(self):
        """One node's clock is an hour behind."""
        self.clock_off(-CLOCK_OFF_SECONDS)

    def clock_off(self, seconds):
        """Nobody's session ends early, and log time stays where the other clocks are."""
        node, before = self.victim(), self.sessions()
        kept = dict(node.environment)
        node.stop()
        node.environment.update(LD_PRELOAD=str(jari_binary().with_name("libjari_clock_off.so")),
                                JARI_CLOCK_OFF=str(seconds))
        node.start()
        try:
            self.owning(node)
            until = time.monotonic() + FROZEN_SECONDS
            while time.monotonic() < until:
                self.log_time_is_right()
        finally:
            node.stop()
            node.environment = kept
            node.start()
        self.assertGreater(len(before), 0)
        for guest, ends in self.sessions(before).items():
            self.assertGreaterEqual(ends, before[guest], guest)

    def sessions(self, of=None):
        """{guest: admitted until}, of those inside; of these, all must be."""
        inside, names = {}, of or {guest.name for guest in self.guests[:self.joined]}
        for guest in self.guests[:self.joined]:
            if guest.name not in names:
                continue
            ticket = self.request(guest, "GET", f"/v1/queues/{crash_test.DOOR}/tickets/me")
            ticket = ticket.expect(200).json
            if ticket["state"] == "admitted":
                inside[guest.name] = seconds_of(ticket["admitted_until"])
            else:
                self.assertIsNone(of, ticket)
        return inside

    def log_time_is_right(self):
        """Of a partition of each kind, as whichever node answers shows it."""
        for path in (f"/v1/queues/{crash_test.DOOR}", f"/v1/queues/{crash_test.QUEUE}",
                     *(f"/v1/sites/{site}/slots" for site in crash_test.SITES),
                     *(f"/v1/operator/people/{m.name}" for m in self.members[:4])):
            answer = self.operator.request("GET", path).expect(200)
            off = seconds_of(answer.json["as_of"]) - time.time()
            self.assertLess(off, LOG_TIME_AHEAD_SECONDS_MAX, path)
            self.assertGreater(off, -LOG_TIME_BEHIND_SECONDS_MAX, path)


if __name__ == "__main__":
    main()
