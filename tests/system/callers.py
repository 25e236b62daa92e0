"""A person and an operator: a function for each call they make, with defaults that work.

    alice.take_ticket("flu-queue", key="k1").expect(201)
    operator.put_slot("site-1", "am", capacity=10, starts_at=in_seconds(3600))

Each changing call draws a key unless `key` is given. `**options` are Client.request's: key,
headers, query, prefer, position, timeout, token, check.

Units:   times are RFC 3339 text in UTC; fields ending in `_seconds` are seconds.
Errors:  as Client's.
Threads: as Client's.
"""

import datetime
import itertools
import time
import urllib.parse
import uuid

from http_client import Client

REASON = "system test"
POLL_SECONDS = 0.02

_numbers = itertools.count(1)
_run = uuid.uuid4().hex[:8]


def new_key(prefix="key"):
    """An idempotency key that no other call of any run has."""
    return f"{prefix}-{_run}-{next(_numbers)}"


def rfc3339(seconds):
    """Seconds since the Unix epoch as the API writes times."""
    at = datetime.datetime.fromtimestamp(round(seconds * 1000) / 1000, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def in_seconds(seconds):
    """The time so many seconds from now (before now: negative)."""
    return rfc3339(time.time() + seconds)


def seconds_of(text):
    """The API's time as seconds since the Unix epoch."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _part(text):
    return urllib.parse.quote(str(text), safe="")


def _set(**fields):
    return {name: value for name, value in fields.items() if value is not None}


def until(read, is_so, seconds=20):
    """Reads again and again until it is so, and returns what was read. For what the API shows only
    to who asks; never longer than `seconds`."""
    end = time.monotonic() + seconds
    while not is_so(seen := read()):
        assert time.monotonic() < end, f"still not so after {seconds} s: {seen}"
        time.sleep(POLL_SECONDS)
    return seen


class Person(Client):
    """A person's calls."""

    name = ""

    def change(self, method, path, body=None, **options):
        options.setdefault("key", new_key())
        return self.request(method, path, body, **options)

    def take_ticket(self, queue, **options):
        return self.change("POST", f"/v1/queues/{_part(queue)}/tickets", **options)

    def my_ticket(self, queue, **options):
        return self.request("GET", f"/v1/queues/{_part(queue)}/tickets/me", **options)

    def return_ticket(self, queue, **options):
        return self.change("DELETE", f"/v1/queues/{_part(queue)}/tickets/me", **options)

    def hold(self, programme, site, slot, product, **options):
        body = {"programme": programme, "site": site, "slot": slot, "product": product}
        return self.change("POST", "/v1/holds", body, **options)

    def my_holds(self, **options):
        return self.request("GET", "/v1/me/holds", **options)

    def release_hold(self, hold, **options):
        return self.change("DELETE", f"/v1/holds/{_part(hold)}", **options)

    def book(self, programme, site, slot, product, **options):
        body = {"programme": programme, "site": site, "slot": slot, "product": product}
        return self.change("POST", "/v1/appointments", body, **options)

    def book_hold(self, hold, **options):
        return self.change("POST", "/v1/appointments", {"hold": hold}, **options)

    def reschedule(self, appointment, site, slot, product=None, **options):
        body = _set(site=site, slot=slot, product=product)
        path = f"/v1/appointments/{_part(appointment)}/reschedule"
        return self.change("POST", path, body, **options)

    def cancel(self, appointment, **options):
        return self.change("DELETE", f"/v1/appointments/{_part(appointment)}", **options)

    def appointment(self, appointment, **options):
        return self.request("GET", f"/v1/appointments/{_part(appointment)}", **options)

    def my_appointments(self, **options):
        return self.request("GET", "/v1/me/appointments", **options)

    def my_eligibility(self, **options):
        return self.request("GET", "/v1/me/eligibility", **options)

    def asked(self, key, **options):
        """What became of the request with this key."""
        return self.request("GET", f"/v1/requests/{_part(key)}", **options)

    def wait_admitted(self, queue, seconds=10, **options):
        """Reads one's ticket until it says admitted; returns that Answer."""
        return until(lambda: self.my_ticket(queue, **options),
                     lambda a: a.status == 200 and a.json["state"] == "admitted", seconds)


class Operator(Client):
    """An operator's calls. Fields that are not named get values that let a small test run; those
    of Client.request (key, headers, ...) may stand among them."""

    name = ""

    def change(self, method, path, body=None, **options):
        options.setdefault("key", new_key("op"))
        return self.request(method, path, body, **options)

    def put_programme(self, programme, reason=REASON, **fields):
        """Without a queue: no admission needed. Products: vaccine-a, one dose."""
        options = _options(fields)
        body = {"name": programme, "cohorts": [everybody()], "products": [one_dose("vaccine-a")],
                "active_appointments_max": 1, "hold_seconds": 300, "reason": reason, **fields}
        path = f"/v1/operator/programmes/{_part(programme)}"
        return self.change("PUT", path, _set(**body), **options)

    def patch_programme(self, programme, reason=REASON, **fields):
        options = _options(fields)
        path = f"/v1/operator/programmes/{_part(programme)}"
        return self.change("PATCH", path, {**fields, "reason": reason}, **options)

    def put_queue(self, queue, programme, reason=REASON, **fields):
        """Open since an hour, 1,000 a second, 1,000,000 inside, sessions of 10 minutes."""
        options = _options(fields)
        body = {"programme": programme, "opens_at": in_seconds(-3600),
                "closes_at": in_seconds(30 * 86400), "rate_per_second": 1000,
                "inside_max": 1_000_000, "session_seconds": 600, "reason": reason, **fields}
        return self.change("PUT", f"/v1/operator/queues/{_part(queue)}", _set(**body), **options)

    def patch_queue(self, queue, reason=REASON, **fields):
        options = _options(fields)
        path = f"/v1/operator/queues/{_part(queue)}"
        return self.change("PATCH", path, {**fields, "reason": reason}, **options)

    def draw(self, queue, seed, beacon=None, reason=REASON, **options):
        body = _set(seed=seed, beacon=beacon, reason=reason)
        return self.change("POST", f"/v1/operator/queues/{_part(queue)}/draw", body, **options)

    def put_site(self, site, reason=REASON, **fields):
        options = _options(fields)
        body = {"name": site, "region": "region-1", "zone": "UTC", "reason": reason, **fields}
        return self.change("PUT", f"/v1/operator/sites/{_part(site)}", _set(**body), **options)

    def put_slot(self, site, slot, reason=REASON, **fields):
        """Tomorrow, for 15 minutes, 10 places."""
        options = _options(fields)
        body = {"starts_at": in_seconds(86400), "length_seconds": 900, "capacity": 10,
                "reason": reason, **fields}
        path = f"/v1/operator/sites/{_part(site)}/slots/{_part(slot)}"
        return self.change("PUT", path, body, **options)

    def withdraw_slot(self, site, slot, appointments=None, reason=REASON, **options):
        path = f"/v1/operator/sites/{_part(site)}/slots/{_part(slot)}"
        return self.change("DELETE", path, reason=reason, query=_set(appointments=appointments),
                           **options)

    def add_stock(self, site, product, doses, lost=None, reason=REASON, **options):
        body = _set(product=product, doses=doses, lost=lost, reason=reason)
        return self.change("POST", f"/v1/operator/sites/{_part(site)}/stock", body, **options)

    def grant(self, programme, people, cohort="everybody", reason=REASON, **options):
        """Makes people eligible; each a name, or a dict with the API's fields."""
        rows = [{"cohort": cohort, **(p if isinstance(p, dict) else {"person": p})} for p in people]
        body = {"programme": programme, "people": rows, "reason": reason}
        return self.change("POST", "/v1/operator/eligibility", body, **options)

    def revoke(self, programme, person, reason=REASON, **options):
        path = f"/v1/operator/eligibility/{_part(programme)}/{_part(person)}"
        return self.change("DELETE", path, reason=reason, **options)

    def book_for(self, person, programme, site, slot, product, override=None, reason=REASON,
                 **options):
        body = _set(person=person, programme=programme, site=site, slot=slot, product=product,
                    override=override, reason=reason)
        return self.change("POST", "/v1/operator/appointments", body, **options)

    def reschedule(self, appointment, site, slot, product=None, override=None, reason=REASON,
                   **options):
        body = _set(site=site, slot=slot, product=product, override=override, reason=reason)
        path = f"/v1/operator/appointments/{_part(appointment)}/reschedule"
        return self.change("POST", path, body, **options)

    def attendance(self, appointment, attended, reason=REASON, **options):
        path = f"/v1/operator/appointments/{_part(appointment)}/attendance"
        return self.change("POST", path, {"attended": attended, "reason": reason}, **options)

    def cancel(self, appointment, reason=REASON, **options):
        path = f"/v1/operator/appointments/{_part(appointment)}"
        return self.change("DELETE", path, reason=reason, **options)

    def read(self, path, **options):
        return self.request("GET", path, **options)

    def all_pages(self, path, member, query=None, **options):
        """Every row of a list, page by page."""
        rows, query = [], dict(query or {})
        while True:
            page = self.request("GET", path, query=query, **options).expect(200).json
            rows.extend(page[member])
            if "next" not in page:
                return rows
            query["after"] = page["next"]


_OPTIONS = ("key", "headers", "query", "prefer", "position", "timeout", "token", "check")


def _options(fields):
    """Takes what belongs to the request out of what belongs to its body."""
    return {name: fields.pop(name) for name in _OPTIONS if name in fields}


def everybody(cohort="everybody", opens_in=-3600, closes_in=60 * 86400):
    """A cohort's window around now."""
    return {"cohort": cohort, "opens_at": in_seconds(opens_in), "closes_at": in_seconds(closes_in)}


def one_dose(product):
    return {"product": product, "doses": 1, "interval_days_min": 0}


def two_doses(product, days_min=21, days_max=None, follows=None):
    return _set(product=product, doses=2, interval_days_min=days_min, interval_days_max=days_max,
                follows=follows)
