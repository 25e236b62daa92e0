"""How the service ends: what a load balancer sees of it, and what is under way.

Each story has a service of its own and ends it by a signal."""

import signal
import time
import unittest

from http_client import Unreachable
from jari_service import Service, main
from log_checks import poll

DRAIN_SECONDS = 4
AT_ONCE_SECONDS_MAX = 2  # less than the grace
ENDS_SECONDS_MAX = 20


class Stop(unittest.TestCase):

    def serving(self, drain_seconds):
        service = Service(flags=["--drain-seconds", str(drain_seconds)])
        self.addCleanup(service.close)
        service.start()
        operator = service.operator()
        operator.put_programme("flu", queue="line").expect(200)
        operator.put_queue("line", "flu", rate_per_second=0).expect(200)
        return service

    def told(self, service, number=signal.SIGTERM):
        """Sends the signal; returns when that was."""
        at = time.monotonic()
        service.signal(number)
        return at

    def says_it_is_not_ready(self, client):
        answer = client.request("GET", "/readyz")
        return answer if answer.status == 503 else None

    def test_it_says_that_it_is_not_ready_and_serves_on_for_the_grace(self):
        service = self.serving(DRAIN_SECONDS)
        client, alice = service.client(), service.person("alice")
        client.request("GET", "/readyz").expect(200)
        began = self.told(service)
        poll("/readyz says 503", lambda: self.says_it_is_not_ready(client), DRAIN_SECONDS, 0.01)
        client.request("GET", "/readyz").expect(503, "shutting-down")
        self.assertLess(time.monotonic() - began, AT_ONCE_SECONDS_MAX)
        client.close()  # as whoever comes anew
        client.request("GET", "/healthz").expect(200)
        alice.take_ticket("line").expect(201)
        alice.my_ticket("line").expect(200)
        self.assertEqual(0, service.ended(ENDS_SECONDS_MAX))
        self.assertGreaterEqual(time.monotonic() - began, DRAIN_SECONDS)

    def test_what_was_taken_in_the_grace_is_in_the_log(self):
        service = self.serving(DRAIN_SECONDS)
        client, alice = service.client(), service.person("alice")
        self.told(service)
        poll("/readyz says 503", lambda: self.says_it_is_not_ready(client), DRAIN_SECONDS, 0.01)
        ticket = alice.take_ticket("line").expect(201).json["ticket"]
        self.assertEqual(0, service.ended(ENDS_SECONDS_MAX))
        service.start()
        again = alice.my_ticket("line").expect(200)
        self.assertEqual(ticket, again.json["ticket"])
        service.client().request("GET", "/readyz").expect(200)

    def test_a_second_signal_ends_the_grace(self):
        for second in (signal.SIGTERM, signal.SIGINT):
            service = self.serving(600)
            client = service.client()
            self.told(service)
            poll("/readyz says 503", lambda: self.says_it_is_not_ready(client), 10, 0.01)
            self.told(service, second)
            self.assertEqual(0, service.ended(ENDS_SECONDS_MAX))

    def test_ctrl_c_and_a_grace_of_nothing_close_the_port_at_once(self):
        for drain_seconds, number in ((600, signal.SIGINT), (0, signal.SIGTERM)):
            service = self.serving(drain_seconds)
            client = service.client()
            self.told(service, number)
            self.assertEqual(0, service.ended(ENDS_SECONDS_MAX))
            with self.assertRaises(Unreachable):
                client.request("GET", "/readyz")

    def test_the_grace_has_a_bound(self):
        service = Service()
        self.addCleanup(service.close)
        said = service.cli("serve", "--data", service.directory, "--drain-seconds", "3601",
                           check=False)
        self.assertEqual(2, said.returncode, said)
        self.assertIn("--drain-seconds", said.stderr)


if __name__ == "__main__":
    main()
