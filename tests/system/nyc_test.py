"""New York's January 2021, booked again: what the city's scheduler showed, slot by slot.

Sites and slots are published as first seen, then every observed change happens over HTTP, in the
order of observation: a rise of `booked` is that many bookings by people never seen before, a fall
that many cancellations, a change of `total` a change of capacity. At the end each slot must show
its last row. All dates are moved forward by one number of whole weeks, so that every slot lies
ahead. The observations are not part of the project: JARI_DATA_NYC names their directory.

Units:   starts_at of the observations is New York's local time; slots are 10 minutes long.
Errors:  exit 77, loudly, where the observations are absent.
Threads: one client with a pipelined connection, then eight with one each; a slot belongs to one.
"""

import csv
import dataclasses
import datetime
import json
import os
import pathlib
import socket
import threading
import time
import unittest
import zoneinfo

from http_client import Answer, Connection
from jari_service import ROOT, Service, everybody, main, need_binary, new_key, one_dose, skip
from log_checks import eventually, log_proves

OBSERVATIONS = pathlib.Path(os.environ.get("JARI_DATA_NYC", ROOT / ".." / "shared" / "data"))
ZONE = zoneinfo.ZoneInfo("America/New_York")
SLOTS, PLACES, BOOKED = 2876, 57903, 33242
SLOT_SECONDS = 600
PEOPLE_IN_A_GRANT = 1000
PIPELINE_MAX = 64
RUN_SECONDS_MAX = 1500
PROGRAMME, PRODUCT = "nyc", "vaccine-a"


@dataclasses.dataclass(frozen=True)
class Row:
    """One observed change."""
    site: str
    slot: str
    starts_at: datetime.datetime
    total: int
    booked: int


def observations():
    """Every row, in the order of observation."""
    with open(OBSERVATIONS / "nyc_slot_observations.csv", encoding="utf-8") as file:
        return [Row(row["site_id"], row["slot_id"],
                    datetime.datetime.fromisoformat(row["starts_at"]).replace(tzinfo=ZONE),
                    int(row["total"]), int(row["booked"])) for row in csv.DictReader(file)]


def sites():
    with open(OBSERVATIONS / "nyc_sites.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def first_rows(rows):
    seen = {}
    for row in rows:
        seen.setdefault(row.slot, row)
    return list(seen.values())


def weeks_ahead(rows):
    """The least number of weeks that puts every slot at least a day ahead of now."""
    first = min(row.starts_at for row in rows)
    now = datetime.datetime.now(datetime.timezone.utc)
    return max(0, -(-(now + datetime.timedelta(days=1) - first) // datetime.timedelta(weeks=1)))


def moved(starts_at, weeks):
    """The same local time, so many weeks later, as the API writes it."""
    later = starts_at + datetime.timedelta(weeks=weeks)  # local arithmetic: keeps the wall clock
    utc = later.astimezone(datetime.timezone.utc)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Steps:
    """Turns rows into steps, each a tuple: ("book", row, person), ("cancel", row, person) or
    ("capacity", row, None). Who cancels is who booked the slot first.

    Within a row: cancellations, then the capacity, then bookings, so that at no moment more is
    booked than the slot has places."""

    def __init__(self, rows):
        self.people = 0
        self.booked_by = {}
        self.capacity = {row.slot: row.total for row in first_rows(rows)}
        self.steps = [step for row in rows for step in self._of(row)]

    def _of(self, row):
        here = self.booked_by.setdefault(row.slot, [])
        while len(here) > row.booked:
            yield "cancel", row, here.pop(0)
        if self.capacity[row.slot] != row.total:
            self.capacity[row.slot] = row.total
            yield "capacity", row, None
        while len(here) < row.booked:
            self.people += 1
            here.append(f"nyc-{self.people:05d}")
            yield "book", row, here[-1]


class Pipeline:
    """Requests sent before the answers to the ones before them came; answers in the same order."""

    def __init__(self, service):
        self.host, self.port = service.url.removeprefix("http://").split(":")
        self.connection = Connection(self.host, int(self.port), 60)
        self.unsent = []
        self.waiting = []

    def send(self, method, path, body, token, then):
        """Queues a request; then(answer) is called when its answer is there."""
        raw_body = b"" if body is None else json.dumps(body).encode()
        kind = "Content-Type: application/json\r\n" if raw_body else ""
        head = (f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\n"
                f"Authorization: Bearer {token}\r\nIdempotency-Key: {new_key('nyc')}\r\n"
                f"Prefer: wait=30\r\n{kind}Content-Length: {len(raw_body)}\r\n\r\n")
        self.unsent.append(head.encode() + raw_body)
        self.waiting.append((method, path, body, then))
        if len(self.waiting) >= PIPELINE_MAX:
            self.drain()

    def drain(self):
        """Sends what is queued and reads every answer."""
        self.connection.socket.sendall(b"".join(self.unsent))
        self.unsent.clear()
        for method, path, body, then in self.waiting:
            status, headers = self.connection.read_head()
            got = self.connection.read_bytes(int(headers.get("content-length", "0")))
            then(Answer(method, path, status, headers, got, body))
        self.waiting.clear()

    def close(self):
        self.connection.socket.shutdown(socket.SHUT_RDWR)
        self.connection.close()


class Reader:
    """Does steps over one connection, in order. Steps of one slot that depend on each other
    (a booking behind a cancellation, say) wait for the answers before them."""

    def __init__(self, service, weeks, length, until):
        self.service, self.weeks, self.until = service, weeks, until
        self.pipeline = Pipeline(service)
        self.operator = service.token("scheduler", "operator")
        self.appointments = {}
        self.in_flight = {}
        self.done, self.length = 0, length

    def run(self, steps):
        for kind, row, person in steps:
            if not self.pipeline.waiting:
                self.in_flight.clear()
            if self.in_flight.setdefault(row.slot, kind) != kind:
                self.pipeline.drain()
                self.in_flight = {row.slot: kind}
            getattr(self, kind)(row, person)
            self.done += 1
            if self.done % 5000 == 0:
                print(f"  {self.done} of {self.length} steps", flush=True)
            assert time.monotonic() < self.until, f"{self.done} steps in {RUN_SECONDS_MAX} s"
        self.pipeline.drain()
        self.pipeline.close()

    def book(self, row, person):
        def then(answer):
            self.appointments[person] = answer.expect(201).json["appointment"]
        body = {"programme": PROGRAMME, "site": row.site, "slot": row.slot, "product": PRODUCT}
        self.pipeline.send("POST", "/v1/appointments", body,
                           self.service.token(person, "person"), then)

    def cancel(self, row, person):
        if person not in self.appointments:
            self.pipeline.drain()
        path = f"/v1/appointments/{self.appointments[person]}"
        self.pipeline.send("DELETE", path, None, self.service.token(person, "person"),
                           lambda answer: answer.expect(200))

    def capacity(self, row, _):
        def then(answer):
            assert answer.expect(200).json["capacity"] == row.total
        self.pipeline.send("PUT", f"/v1/operator/sites/{row.site}/slots/{row.slot}",
                           slot_body(row, self.weeks), self.operator, then)


def slot_body(row, weeks):
    return {"starts_at": moved(row.starts_at, weeks), "length_seconds": SLOT_SECONDS,
            "capacity": row.total, "reason": "as the scheduler showed it"}


def publish(service, rows, people, weeks):
    """A programme without a queue, plenty of stock, each slot as first seen, everybody eligible."""
    operator = service.operator("scheduler")
    operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)], active_appointments_max=1,
                           cohorts=[everybody(closes_in=400 * 86400)]).expect(200)
    for site in sites():
        operator.put_site(site["site_id"], name=site["name"], zone=ZONE.key,
                          region=site["city"].lower().replace(" ", "-"),
                          address=", ".join((site["address"], site["city"], site["zip"]))
                          ).expect(200)
        operator.add_stock(site["site_id"], PRODUCT, 20_000).expect(200)
    pipeline = Pipeline(service)
    for row in first_rows(rows):
        def then(answer, row=row):
            starts_on = (row.starts_at + datetime.timedelta(weeks=weeks)).date().isoformat()
            assert answer.expect(200).json["starts_on"] == starts_on, answer
        pipeline.send("PUT", f"/v1/operator/sites/{row.site}/slots/{row.slot}",
                      slot_body(row, weeks), operator.token, then)
    pipeline.drain()
    pipeline.close()
    names = [f"nyc-{number:05d}" for number in range(1, people + 1)]
    for first in range(0, people, PEOPLE_IN_A_GRANT):
        operator.grant(PROGRAMME, names[first:first + PEOPLE_IN_A_GRANT]).expect(200)


def span_of(weeks, rows):
    """The query of a list that has them all."""
    return {"from": moved(min(row.starts_at for row in rows), weeks),
            "to": moved(max(row.starts_at for row in rows) + datetime.timedelta(days=1), weeks),
            "limit": 1000}


def slots_shown(service, weeks, rows):
    """{slot: its row of the public list}, of every site."""
    reader, span = service.operator("scheduler"), span_of(weeks, rows)
    shown = {}
    for site in sites():
        path = f"/v1/sites/{site['site_id']}/slots"
        listed = reader.all_pages(path, "slots", span, token=None)
        assert listed == sorted(listed, key=lambda slot: (slot["starts_at"], slot["slot"])), path
        shown.update({slot["slot"]: slot for slot in listed})
    return shown


class Observations(unittest.TestCase):
    """What is read, worked out without the service."""

    def test_the_last_rows_add_up(self):
        rows = observations()
        last = {row.slot: row for row in rows}
        self.assertEqual(len(last), SLOTS)
        self.assertEqual(sum(row.total for row in last.values()), PLACES)
        self.assertEqual(sum(row.booked for row in last.values()), BOOKED)

    def test_no_step_books_beyond_the_capacity_and_the_steps_end_with_the_last_rows(self):
        rows = observations()
        places = {row.slot: row.total for row in first_rows(rows)}
        booked = dict.fromkeys(places, 0)
        seen = set()
        for kind, row, person in Steps(rows).steps:
            if kind == "capacity":
                places[row.slot] = row.total
            else:
                booked[row.slot] += 1 if kind == "book" else -1
            if kind == "book":
                self.assertNotIn(person, seen)
                seen.add(person)
            self.assertLessEqual(booked[row.slot], places[row.slot], row)
        last = {row.slot: row for row in rows}
        self.assertEqual(places, {slot: row.total for slot, row in last.items()})
        self.assertEqual(booked, {slot: row.booked for slot, row in last.items()})

    def test_every_slot_is_moved_ahead_and_keeps_its_local_time(self):
        rows = observations()
        weeks = weeks_ahead(rows)
        now = datetime.datetime.now(datetime.timezone.utc)
        for row in rows:
            later = datetime.datetime.fromisoformat(moved(row.starts_at, weeks)[:-1] + "+00:00")
            self.assertGreater(later, now)
            local = later.astimezone(ZONE)
            self.assertEqual(local.timetz().replace(tzinfo=None), row.starts_at.time())
            self.assertEqual(local.weekday(), row.starts_at.weekday())


class January(unittest.TestCase):
    """The whole of it, through one running service or several nodes of one."""

    def setUp(self):
        self.rows = observations()
        self.steps = Steps(self.rows)
        self.weeks = weeks_ahead(self.rows)

    def book_again(self, doors):
        """A client at each door; at the end every slot is as it was there."""
        until = time.monotonic() + RUN_SECONDS_MAX
        publish(doors[0], self.rows, self.steps.people, self.weeks)
        shares = [[] for _ in doors]
        for step in self.steps.steps:
            shares[int(step[1].slot) % len(doors)].append(step)
        began = time.monotonic()
        self.run_shares(doors, shares, until)
        seconds = time.monotonic() - began
        print(f"  {len(self.steps.steps)} steps by {len(doors)} clients in {seconds:.1f} s",
              flush=True)
        for door in set(doors):
            eventually(lambda door=door: self.check_slots(door))

    def run_shares(self, doors, shares, until):
        failures = []

        def work(door, share):
            try:
                Reader(door, self.weeks, len(share), until).run(share)
            except Exception as error:  # reported by the thread that waits
                failures.append(error)

        threads = [threading.Thread(target=work, args=at) for at in zip(doors, shares)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def check_slots(self, service):
        shown = slots_shown(service, self.weeks, self.rows)
        last = {row.slot: row for row in self.rows}
        wrong = [(row, shown.get(slot)) for slot, row in last.items()
                 if slot not in shown or row.total != shown[slot]["capacity"]
                 or row.booked != shown[slot]["booked"] or shown[slot]["held"] != 0
                 or row.total - row.booked != shown[slot]["available"]]
        self.assertEqual(wrong[:5], [], f"{len(wrong)} slots differ")
        self.assertEqual(len(shown), SLOTS)
        self.assertEqual(sum(slot["booked"] for slot in shown.values()), BOOKED)
        self.assertEqual(sum(slot["capacity"] for slot in shown.values()), PLACES)


class NewYork(January):
    """On the embedded log."""

    def run_with(self, clients):
        with Service(contract=None) as service:
            self.book_again([service] * clients)
            log_proves(service)

    def test_one_client_in_order(self):
        self.run_with(1)

    def test_eight_clients_at_once(self):
        self.run_with(8)


def need_observations():
    """Skips the script where they are absent."""
    if not (OBSERVATIONS / "nyc_slot_observations.csv").is_file():
        skip(f"{OBSERVATIONS.resolve()} has no nyc_slot_observations.csv: "
             "name the directory that has it in JARI_DATA_NYC")


if __name__ == "__main__":
    need_observations()
    need_binary()
    main()
