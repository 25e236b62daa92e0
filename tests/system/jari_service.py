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
    Client      (http_client.py) requests on kept connections; threads may share one.
    Person      (callers.py) a Client with a function for each call that a person makes.
    Operator    the same for an operator; every function has defaults that work.
    main        runs unittest in a script; skip(reason) ends it with 77, loudly.
    Contract    (contract.py) checks each answer against schemas/openapi.yaml as it arrives; one
                that is not documented raises ContractViolation where the request was made.
                Service(contract=None) leaves that out, for load.

Where the program is: the environment's JARI_BIN, else build/release/jari.
Units:   seconds.
Errors:  Unreachable when there is no answer (the outcome is unknown: send the same key again).
Threads: a Service belongs to one thread; its clients to any number.
"""

import base64
import contextlib
import hashlib
import hmac
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

# What a script needs, from one place.
from callers import (  # noqa: F401
    Operator, Person, everybody, in_seconds, new_key, one_dose, rfc3339, seconds_of, two_doses,
    until)
from contract import Contract, ContractViolation  # noqa: F401
from http_client import Answer, Client, Unreachable  # noqa: F401

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS_MAX = int(os.environ.get("JARI_START_SECONDS", "60"))
STOP_SECONDS_MAX = 60
EXIT_SKIPPED = 77


def jari_binary():
    """The program under test."""
    return pathlib.Path(os.environ.get("JARI_BIN", ROOT / "build" / "release" / "jari"))


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
    files_max  how many files it may open (the hard limit); None: as many as this process.
    contract   what checks the answers: the shared Contract, another one, or None for no check.
    """

    def __init__(self, directory=None, flags=(), contract="shared", environment=None,
                 files_max=None):
        self.is_temporary = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="jari-system-"))
        self.flags = list(flags)
        self.files_max = files_max
        self.contract = Contract.shared() if contract == "shared" else contract
        # No load balancer is told that a node ends: stories of that say so.
        self.environment = {"JARI_DRAIN_SECONDS": "0", **os.environ, **(environment or {})}
        self.program = jari_binary()  # another one after an upgrade
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
        command = [str(self.program), "serve", "--data", str(self.directory),
                   "--listen", "127.0.0.1:0", *(self.flags if flags is None else flags)]
        if self.files_max is not None:
            command = ["prlimit", f"--nofile={self.files_max}", "--", *command]
        self._program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._errors,
                                         env=self.environment)
        line = self._first_line(time.monotonic() + START_SECONDS_MAX)
        assert line.startswith("listening on http://"), f"first line was {line!r}"
        self.url = line.removeprefix("listening on ").strip()
        for client in self._clients:
            client.move_to(self.url)
        return self

    def _first_line(self, end):
        line = b""
        output = self._program.stdout.fileno()
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([output], [], [], max(0, end - time.monotonic()))
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
        self.signal(signal.SIGTERM)
        return self.ended()

    def signal(self, number):
        """Sends it, and waits for nothing."""
        self._program.send_signal(number)

    def ended(self, seconds=STOP_SECONDS_MAX):
        """Waits until it has ended; returns the exit code."""
        try:
            code = self._program.wait(seconds)
        except subprocess.TimeoutExpired as late:
            self.kill9()
            raise AssertionError(f"still running {seconds} s after the signal; stderr:\n"
                                 f"{self.stderr_tail()}") from late
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
            if keep:
                self.say_what_was_wrong()
            self._errors.close()
            if keep:
                print(f"kept: {self.directory} and {self._errors.name}", file=sys.stderr)
            elif self.is_temporary:
                shutil.rmtree(self.directory, ignore_errors=True)
                with contextlib.suppress(FileNotFoundError):
                    os.remove(self._errors.name)

    def say_what_was_wrong(self, lines_max=10):
        """What it called an error or parked: whoever reads of the failure may not have its files."""
        said = [line for line in self.stderr_tail(1_000_000).splitlines()
                if " error " in line or " is parked" in line]
        for line in said[-lines_max:]:
            print(f"{self.directory.name}: {line}", file=sys.stderr)

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
        done = subprocess.run([str(self.program), *map(str, arguments)], text=True,
                              capture_output=True, env=self.environment, check=False, **options)
        assert not check or done.returncode == 0, (
            f"jari {' '.join(map(str, arguments))}: exit {done.returncode}\n"
            f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done
