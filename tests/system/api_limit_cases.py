"""429 and 503 `not-caught-up` of every operation: each needs a service of its own kind."""

import concurrent.futures
import contextlib
import pathlib
import select
import shutil
import socket
import tempfile

from api_world import (ONE_DOSE, SITE, WALK_IN, ApiCase, Sample, publish_what_the_examples_name,
                       samples)
from jari_service import Service, everybody, in_seconds, new_key, one_dose
from log_checks import log_proves, poll

KEYS_MAX = 1024
AT_ONCE = 16


class TooManyRequests(ApiCase):
    """A person's requests in a second, and the keys that a partition remembers for one keeper."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slow = Service(flags=["--person-rate", "2", "--address-rate", "2"]).start()

    @classmethod
    def tearDownClass(cls):
        cls.slow.close()

    def refused(self, act, tries):
        """The first 429 that `act` gives."""
        for _ in range(tries):
            answer = act()
            if answer.status == 429:
                return answer.expect(429, "slow-down")
        return self.fail(f"no 429 in {tries} requests; the last: {answer}")

    def test_a_person_who_asks_too_often(self):
        client = self.slow.client()
        for sample in samples(lambda s: "person" in s.scopes):
            with self.subTest(sample.name):
                token = sample.token(self.slow, new_key("hasty"))
                answer = self.refused(lambda: sample.send(client, self.slow, token=token), 30)
                self.assertGreaterEqual(answer.json["retry_after_seconds"], 1)

    def test_an_address_that_asks_too_often_without_a_token(self):
        client = self.slow.client()
        says_of_itself = ("/openapi.json", "/.well-known/jwks.json", "/healthz", "/readyz",
                          "/metrics")
        for sample in samples(lambda s: not s.scopes):
            with self.subTest(sample.name):
                if sample.path in says_of_itself:
                    for _ in range(5):
                        sample.send(client, self.slow).expect(200)
                else:
                    answer = self.refused(lambda: sample.send(client, self.slow), 30)
                    self.assertEqual(answer.json["limit"], 2)

    def test_who_shows_a_token_is_not_counted_by_address(self):
        operator = self.slow.operator()
        for _ in range(30):
            operator.read("/v1/operator/status").expect(200)
            operator.read("/v1/sites").expect(200)
        self.refused(lambda: self.slow.client("not.a.token").request("GET", "/v1/sites"), 30)

    def test_a_repeated_key_that_is_decided_is_never_refused(self):
        self.slow.operator().put_queue("line", "p").expect(200)
        person, key = self.slow.person(new_key("hasty")), new_key()
        ticket = person.take_ticket("line", key=key).expect(201).json["ticket"]
        self.refused(person.my_appointments, 30)
        for _ in range(5):
            self.assertEqual(ticket, person.take_ticket("line", key=key).expect(201).json["ticket"])

    def test_operators_have_no_rate(self):
        operator = self.slow.operator()
        for _ in range(30):
            operator.read("/v1/operator/status").expect(200)

    def flood(self, act):
        """Uses up the keys of one keeper."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = [a.status for a in pool.map(lambda _: act(), range(KEYS_MAX + AT_ONCE))]
        self.assertGreaterEqual(KEYS_MAX, statuses.count(200))
        self.assertIn(429, statuses)

    def told(self, **acts):
        for name, act in acts.items():
            with self.subTest(name):
                act().expect(429, "slow-down")

    def test_the_keys_of_a_queue(self):
        operator, queue = self.operator, self.world.queue()
        self.flood(lambda: operator.patch_queue(queue, paused=False))
        self.told(patch=lambda: operator.patch_queue(queue, paused=True),
                  put=lambda: operator.put_queue(queue, "p"),
                  draw=lambda: operator.draw(queue, "0" * 64))

    def test_the_keys_of_a_programme(self):
        operator, programme = self.operator, new_key("programme")
        operator.put_programme(programme).expect(200)
        self.flood(lambda: operator.patch_programme(programme, name="again"))
        self.told(patch=lambda: operator.patch_programme(programme, name="more"),
                  put=lambda: operator.put_programme(programme))

    def test_the_keys_of_a_site(self):
        operator, site = self.operator, new_key("site")
        operator.put_site(site).expect(200)
        slot = self.world.slot(site)
        self.flood(lambda: operator.add_stock(site, ONE_DOSE, 1))
        self.told(put_site=lambda: operator.put_site(site),
                  put_slot=lambda: operator.put_slot(site, slot),
                  withdraw=lambda: operator.withdraw_slot(site, slot),
                  stock=lambda: operator.add_stock(site, ONE_DOSE, 1))

    def test_the_keys_of_a_person(self):
        operator = self.operator
        person, booked = self.world.booked()
        name = person.name
        self.flood(lambda: operator.grant(WALK_IN, [name]))
        self.told(grant=lambda: operator.grant(WALK_IN, [name]),
                  revoke=lambda: operator.revoke(WALK_IN, name),
                  book=lambda: operator.book_for(name, WALK_IN, SITE, "none", ONE_DOSE),
                  move=lambda: operator.reschedule(booked, SITE, "none"),
                  attendance=lambda: operator.attendance(booked, True),
                  cancel=lambda: operator.cancel(booked))


class NotCaughtUp(ApiCase):
    """A service that was set back to an older copy of its directory is asked for a position that
    it had reached before."""

    CHANGES = 300

    def test_every_operation_says_that_it_has_not_reached_the_position(self):
        with tempfile.TemporaryDirectory(prefix="jari-system-") as place:
            now, before = pathlib.Path(place) / "now", pathlib.Path(place) / "before"
            position = self.position_after_the_copy(now, before)
            service = Service(before).start()
            try:
                self.ask_all(service, position)
            finally:
                service.close()

    def position_after_the_copy(self, now, before):
        service = Service(now).start()
        publish_what_the_examples_name(service.operator())
        service.stop()
        shutil.copytree(now, before)
        service.start()
        operator = service.operator()
        for _ in range(self.CHANGES):
            answer = operator.patch_queue("flu-2026", paused=False).expect(200)
        service.close()
        return answer.position

    def ask_all(self, service, position):
        client = service.client()
        token = service.token("fuzz", "person operator")

        def ask(sample):
            return sample.name, sample.send(client, service, token=token, position=position)
        wanted = samples(lambda s: s.takes("Jari-Position"))
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for name, answer in pool.map(ask, wanted):
                with self.subTest(name):
                    answer.expect(503, "not-caught-up")


class ChangesAreNotTaken(ApiCase):
    """What is published stays readable while nothing can be changed, and every change says why."""

    def refused_for(self, code, prepare, flags=()):
        with tempfile.TemporaryDirectory(prefix="jari-system-") as place:
            before = Service(place).start()
            publish_what_the_examples_name(before.operator())
            before.stop()
            prepare(before)
            service = Service(place, flags=flags).start()
            try:
                token = service.token("p-81c4", "person operator")
                self.ask_all(service, token, code)
                service.client().request("GET", "/v1/queues/flu-2026").expect(200)
                is_ready = code == "partition-parked"  # the others go on
                Sample("show_readiness").send(service.client(), service).expect(
                    *([200] if is_ready else [503, code]))
            finally:
                service.close()

    def ask_all(self, service, token, code):
        client = service.client()
        first = Sample("take_ticket")
        poll(code, lambda: first.send(client, service, token=token).status == 503)
        for sample in samples(lambda s: s.takes("Idempotency-Key")):
            with self.subTest(sample.name):
                answer = sample.send(client, service, token=token).expect(503, code)
                self.assertGreaterEqual(answer.json["retry_after_seconds"], 1)

    def test_without_room_on_the_disk(self):
        self.refused_for("disk-full", lambda before: None, ["--disk-floor-mb", "99999999"])

    def test_where_partitions_are_parked(self):
        """As after a CHECK in each of them: a marker before the last record that it has applied."""
        def park(before):
            before.start()
            ends = before.operator().read("/v1/operator/status").expect(200).json["partitions"]
            before.kill9()
            shutil.rmtree(before.directory / "state")
            (before.directory / "parked").mkdir(exist_ok=True)
            topics = {"queue": 0, "bookings": 1, "inventory": 2, "programmes": 3}
            for one in ends:
                if one["topic"] in topics:
                    place = (topics[one["topic"]], one["partition"])
                    marker = before.directory / "parked" / "{}-{}".format(*place)
                    marker.write_text("{} {} {} a test\n".format(*place, one["end"] - 1))
        self.refused_for("partition-parked", park)


class FewFiles(ApiCase):
    """More connections than there may be files: those beyond are turned away, the rest goes on."""

    FILES_MAX, CONNECTIONS_MAX = 400, 72

    def test_connections_leave_the_log_and_the_state_their_files(self):
        with Service(files_max=self.FILES_MAX) as service, contextlib.ExitStack() as idle:
            operator = service.operator()
            operator.put_queue("line", "p").expect(200)  # its connection is kept
            host, _, port = service.url.removeprefix("http://").partition(":")
            connections = [idle.enter_context(socket.create_connection((host, int(port)), 10))
                           for _ in range(self.FILES_MAX)]
            wanted = self.FILES_MAX - self.CONNECTIONS_MAX + 1
            told = poll("all beyond are told", lambda: self.told(connections, wanted))
            for connection in told:
                self.check_that_it_was_turned_away(connection)
            for number in range(50):
                operator.put_queue(f"line-{number}", "p").expect(200)
            self.check_that_the_state_is_written(operator)
            self.assertIn(f"{self.CONNECTIONS_MAX} connections are served", service.stderr_tail())
            self.assertEqual(wanted, len(self.told(connections, wanted)))
            idle.close()
            poll("room again", lambda: service.client().request(
                "GET", "/healthz", check=False).status == 200)
            log_proves(service)

    @staticmethod
    def told(connections, count):
        """Those that something has been said to, once there are so many."""
        readable, _, _ = select.select(connections, [], [], 0)
        return readable if len(readable) >= count else []

    def check_that_it_was_turned_away(self, connection):
        answer = b""
        while got := connection.recv(4096):
            answer += got
        for part in (b"HTTP/1.1 503 ", b'"code":"overloaded"', b"Retry-After: 1\r\n"):
            self.assertIn(part, answer)

    def check_that_the_state_is_written(self, operator):
        self.assertNotIn("state_behind", operator.read("/v1/operator/status").expect(200).json)
        lines = operator.request("GET", "/metrics").expect(200).body.decode().splitlines()
        behind = sorted(line for line in lines if line.startswith("jari_state_behind"))
        self.assertEqual(['jari_state_behind{until="restart"} 0',
                          'jari_state_behind{until="retry"} 0'], behind)

    def test_too_few_are_refused_at_the_start(self):
        service = Service(files_max=300)
        with self.assertRaisesRegex(AssertionError, "no more than 300 files.*raise the hard limit"):
            service.start()
        service.close()


class Restarts(ApiCase):
    """What was answered is there after a stop and after a kill."""

    def test_after_a_stop_and_after_a_kill(self):
        with Service() as service:
            operator, person = service.operator(), service.person("alice")
            operator.put_programme("p", cohorts=[everybody()],
                                   products=[one_dose("v")]).expect(200)
            operator.put_site("s").expect(200)
            operator.put_slot("s", "am", starts_at=in_seconds(90000)).expect(200)
            operator.add_stock("s", "v", 1).expect(200)
            operator.grant("p", ["alice"]).expect(200)
            key = new_key()
            booked = person.book("p", "s", "am", "v", key=key).expect(201).json["appointment"]
            for end in (service.stop, service.kill9):
                end()
                service.start()
                person.appointment(booked).expect(200)
                again = person.book("p", "s", "am", "v", key=key).expect(201)
                self.assertEqual(booked, again.json["appointment"])
                Sample("show_readiness").send(person, service).expect(200)
