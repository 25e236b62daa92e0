"""Starts the `jari` program on a data directory of its own and speaks to it as its clients do.

    from jari_service import Service, main

    with Service() as service:                       # a fresh directory, removed when all went well
        operator = service.operator("ops")           # tokens are signed here, from keys/hs256.key
        operator.put_site("site-1")
        operator.put_slot("site-1", "am", starts_at=in_seconds(86400), capacity=10)
        alice = service.person("alice")
        answer = alice.book("flu", "site-1", "am", "vaccine-a")
        answer.expect(201)                           # else AssertionError with request and answer
        print(answer.json["appointment"], answer.code, answer.headers["jari-position"])
        service.kill9(); service.start()             # the same directory again
        service.stop()                               # SIGTERM; exit 0 is checked

What is here
    Service     one `jari serve`: start, stop, kill9, restart, token, person, operator, reader, cli.
    Client      (http_client.py) requests on pooled keep-alive connections; safe to share by threads.
    Person      a Client with a person's token and a function for each call a person makes.
    Operator    the same for an operator; every function has defaults that work.
    main        runs unittest in a script; skip(reason) ends it with 77, loudly.
    Contract    (contract.py) checks each answer against schemas/openapi.yaml as it arrives. An
                answer that is not documented raises ContractViolation where the request was made.
                Service(contract=None) leaves that out, for load.

Where the program is: the environment's JARI_BIN, else build/release/jari.
Units:   times are RFC 3339 text in UTC with milliseconds; lengths are seconds.
Errors:  Unreachable when there is no answer (the outcome is unknown: send the same key again).
Threads: a Service belongs to one thread; its clients to any number.
"""

import base64
import contextlib
import datetime
import hashlib
import hmac
import itertools
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import uuid

from contract import Contract, ContractViolation  # noqa: F401  (offered to the scripts)
from http_client import Answer, Client, Unreachable  # noqa: F401

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60
REASON = "system test"
EXIT_SKIPPED = 77

_numbers = itertools.count(1)
_run = uuid.uuid4().hex[:8]


def jari_binary():
    """The program under test."""
    return pathlib.Path(os.environ.get("JARI_BIN", ROOT / "build" / "release" / "jari"))


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


def skip(reason):
    """Ends the script as skipped, so that nobody takes it for passed."""
    print(f"\nSKIPPED: {pathlib.Path(sys.argv[0]).name}: {reason}\n", flush=True)
    print(f"SKIPPED: {reason}", file=sys.stderr, flush=True)
    sys.exit(EXIT_SKIPPED)


def need_binary():
    """Skips the script where the program has not been built."""
    if not jari_binary().is_file():
        skip(f"{jari_binary()} is absent: build it, or name it in JARI_BIN")


def main():
    """What a test script ends with: runs its unittest cases against the built program."""
    need_binary()
    unittest.main(verbosity=2, failfast="--failfast" in sys.argv)


def _base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign_token(secret, claims, header=None):
    """A JWT by HS256; `header` replaces the usual one (for tokens that must be refused)."""
    head = _base64url(json.dumps(header or {"alg": "HS256", "typ": "JWT"}).encode())
    body = _base64url(json.dumps(claims).encode())
    mac = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{_base64url(mac)}"


class Service:
    """One running `jari serve`.

    directory  its data directory; without one, a temporary one that is removed when the `with`
               block ends without an exception, and kept (and named) when it does not.
    flags      more of `jari serve`'s flags, as a list.
    contract   what checks the answers: the shared Contract, another one, or None for no check.
    """

    def __init__(self, directory=None, flags=(), contract="shared", environment=None):
        self.is_temporary = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="jari-system-"))
        self.flags = list(flags)
        self.contract = Contract.shared() if contract == "shared" else contract
        self.environment = dict(os.environ, **(environment or {}))
        self.url = None
        self._program = None
        self._secret = None
        self._clients = []
        self._errors = open(str(self.directory) + ".stderr", "ab")

    # Life

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        self.close(keep=kind is not None)

    def start(self, flags=None):
        """Starts it and waits for the line that says where it listens. Returns self."""
        assert self._program is None, "it runs already"
        command = [str(jari_binary()), "serve", "--data", str(self.directory),
                   "--listen", "127.0.0.1:0", *(self.flags if flags is None else flags)]
        self._program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._errors,
                                         env=self.environment)
        line = self._first_line(time.monotonic() + START_SECONDS_MAX)
        assert line.startswith("listening on http://"), f"first line was {line!r}"
        self.url = line.removeprefix("listening on ").strip()
        for client in self._clients:
            client.move_to(self.url)
        return self

    def _first_line(self, until):
        line = b""
        output = self._program.stdout.fileno()
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([output], [], [], max(0, until - time.monotonic()))
            got = os.read(output, 1) if readable else b""
            if not got:
                code = self._program.poll()
                self.kill9()
                why = f"ended with {code}" if code is not None else "said nothing in time"
                raise AssertionError(f"jari serve {why}; stderr:\n{self.stderr_tail()}")
            line += got
        return line.decode()

    def stop(self):
        """SIGTERM: it finishes what it accepted and exits 0, else AssertionError."""
        code = self.terminate()
        assert code == 0, f"exit {code} after SIGTERM; stderr:\n{self.stderr_tail()}"

    def terminate(self):
        """SIGTERM; returns the exit code."""
        self._program.send_signal(signal.SIGTERM)
        try:
            code = self._program.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired as late:
            self.kill9()
            raise AssertionError(f"still running {STOP_SECONDS_MAX} s after SIGTERM") from late
        self._ended()
        return code

    def kill9(self):
        """SIGKILL, in the middle of whatever it does."""
        self._program.kill()
        self._program.wait()
        self._ended()

    def restart(self, flags=None):
        """stop, then start on the same directory."""
        self.stop()
        return self.start(flags)

    def _ended(self):
        self._program.stdout.close()
        self._program = None

    @property
    def is_running(self):
        return self._program is not None and self._program.poll() is None

    @property
    def pid(self):
        return self._program.pid

    def close(self, keep=False):
        """Ends it, checks the exit where it still ran, and removes a temporary directory."""
        try:
            if self._program is not None:
                self.kill9() if keep else self.stop()
        finally:
            for client in self._clients:
                client.close()
            self._errors.close()
            if keep:
                print(f"kept: {self.directory} and {self._errors.name}", file=sys.stderr)
            elif self.is_temporary:
                shutil.rmtree(self.directory, ignore_errors=True)
                with contextlib.suppress(FileNotFoundError):
                    os.remove(self._errors.name)

    def stderr_tail(self, bytes_max=4000):
        """The last of what it said on stderr."""
        self._errors.flush()
        return pathlib.Path(self._errors.name).read_bytes()[-bytes_max:].decode(errors="replace")

    # Tokens and clients

    @property
    def secret(self):
        """The 32 bytes of keys/hs256.key, which the first start made."""
        if self._secret is None:
            line = (self.directory / "keys" / "hs256.key").read_text().strip()
            self._secret = base64.urlsafe_b64decode(line + "=" * (-len(line) % 4))
        return self._secret

    def token(self, subject, scope, ttl_seconds=3600, **claims):
        """A token signed here: fast enough for thousands of people. A claim of None is left out."""
        now = int(time.time())
        all_claims = {"aud": "jari", "sub": subject, "scope": scope, "iat": now,
                      "exp": now + ttl_seconds, **claims}
        return sign_token(self.secret, {k: v for k, v in all_claims.items() if v is not None})

    def client(self, token=None, kind=Client):
        """A client of this service that follows it through restarts."""
        client = kind(self.url, token, self.contract)
        self._clients.append(client)
        return client

    def person(self, name, **claims):
        return self._named(Person, name, self.token(name, "person", **claims))

    def operator(self, name="operator", **claims):
        return self._named(Operator, name, self.token(name, "operator", **claims))

    def reader(self, name="reader", **claims):
        return self._named(Operator, name, self.token(name, "reader", **claims))

    def _named(self, kind, name, token):
        client = self.client(token, kind)
        client.name = name
        return client

    # The command line

    def cli(self, *arguments, check=True, **options):
        """Runs `jari ARGUMENTS`; returns subprocess.CompletedProcess with text output."""
        done = subprocess.run([str(jari_binary()), *map(str, arguments)], text=True,
                              capture_output=True, env=self.environment, check=False, **options)
        assert not check or done.returncode == 0, (
            f"jari {' '.join(map(str, arguments))}: exit {done.returncode}\n"
            f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done


def _part(text):
    return urllib.parse.quote(str(text), safe="")


def _set(**fields):
    return {name: value for name, value in fields.items() if value is not None}


class Person(Client):
    """A person's calls. Each changing call draws a key unless `key` is given; `**options` are
    Client.request's: key, headers, query, prefer, position, timeout."""

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
        """Reads one's ticket until it says admitted (which no event tells a client)."""
        until = time.monotonic() + seconds
        while True:
            answer = self.my_ticket(queue, **options)
            if answer.status == 200 and answer.json["state"] == "admitted":
                return answer
            assert time.monotonic() < until, f"not admitted within {seconds} s: {answer}"
            time.sleep(0.02)


class Operator(Client):
    """An operator's calls. Fields that are not named get values that let a small test run."""

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
