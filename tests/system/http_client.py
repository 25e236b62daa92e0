"""HTTP/1.1 for the system tests: keep-alive, pooled, and quick enough to be the load.

Reads no more of HTTP than the service speaks: Content-Length or chunked bodies, no redirects.

Units:   timeouts in seconds.
Errors:  Unreachable when no whole answer came; AssertionError where expect() says so.
Threads: a Client may be shared; each request has a connection to itself while it lasts.
"""

import json
import select
import socket
import threading
import urllib.parse

TIMEOUT_SECONDS = 40
READ_BYTES = 65536


class Unreachable(ConnectionError):
    """No whole answer came: what was asked may have been done or not."""


class Answer:
    """Status, headers (lower-case names) and body of one answer."""

    def __init__(self, method, target, status, headers, body, sent=None):
        self.method, self.target, self.sent = method, target, sent
        self.status, self.headers, self.body = status, headers, body
        self._json = None

    @property
    def json(self):
        """The body as parsed; None where there is none."""
        if self._json is None and self.body:
            self._json = json.loads(self.body)
        return self._json

    @property
    def media_type(self):
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def code(self):
        """The problem's code; empty for an answer that is no problem."""
        return self.json["code"] if self.media_type == "application/problem+json" else ""

    @property
    def position(self):
        return self.headers.get("jari-position")

    def expect(self, status, code=None):
        """Returns itself if it is so; else says what was sent and what came."""
        if self.status != status or (code is not None and self.code != code):
            wanted = f"{status} {code or ''}".strip()
            raise AssertionError(f"wanted {wanted}, got {self}")
        return self

    def __repr__(self):
        return (f"{self.status} {self.body[:1500].decode(errors='replace')}"
                f"\n  for {self.method} {self.target} {self.sent or ''}")


class Connection:
    """One socket; sends a request, reads an answer."""

    def __init__(self, host, port, timeout):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        self.is_used = False

    def close(self):
        self.socket.close()

    def has_ended(self):
        """Whether the other side has closed it: nothing was asked, so nothing is there to read."""
        looks = select.poll()
        looks.register(self.socket, select.POLLIN)
        return bool(looks.poll(0))

    def exchange(self, raw, is_head, timeout):
        """Sends raw bytes; returns (status, headers, body, whether it may be used again)."""
        self.socket.settimeout(timeout)
        try:
            self.socket.sendall(raw)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the answer to a request refused early (413, 431) may be there to read
        status, headers = self.read_head()
        while status == 100:
            status, headers = self.read_head()
        if is_head or status in (204, 304):
            body = b""
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            body = self.read_chunks()
        else:
            body = self.read_bytes(int(headers.get("content-length", "0")))
        self.is_used = True
        return status, headers, body, headers.get("connection", "").lower() != "close"

    def more(self):
        got = self.socket.recv(READ_BYTES)
        if not got:
            raise EOFError("closed" if self.rest else "closed before any byte")
        self.rest += got

    def read_until(self, mark):
        while (at := self.rest.find(mark)) < 0:
            self.more()
        head, self.rest = self.rest[:at], self.rest[at + len(mark):]
        return head

    def read_bytes(self, count):
        while len(self.rest) < count:
            self.more()
        body, self.rest = self.rest[:count], self.rest[count:]
        return body

    def read_head(self):
        lines = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            value = value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return int(lines[0].split(" ", 2)[1]), headers

    def read_chunks(self):
        body = b""
        while (size := int(self.read_until(b"\r\n").split(b";")[0], 16)) > 0:
            body += self.read_bytes(size)
            self.read_bytes(2)
        self.read_until(b"\r\n")
        return body


class Client:
    """Requests to one base URL with one token.

    `contract` sees every answer (contract.py) and raises where it is not documented.
    """

    def __init__(self, url, token=None, contract=None):
        self.token, self.contract = token, contract
        self.cut_off = 0  # connections that ended after a request was sent over them, unanswered
        self.refused = 0  # connections that nobody took
        self._idle, self._lock = [], threading.Lock()
        self.move_to(url)

    def move_to(self, url):
        """Speaks to another address from now on; open connections are dropped."""
        self.close()
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port

    def close(self):
        with self._lock:
            for connection in self._idle:
                connection.close()
            self._idle.clear()

    def request(self, method, path, body=None, *, key=None, reason=None, headers=None, query=None,
                prefer=None, position=None, token="own", timeout=TIMEOUT_SECONDS, check=True):
        """Sends one request and returns its Answer.

        body      bytes go as they are, anything else but None as JSON.
        key, reason, prefer, position   the headers Idempotency-Key, Jari-Reason (percent-encoded
                  here), Prefer and Jari-Position.
        token     another than the client's own; None for none.
        check     False: the contract does not see the answer.
        """
        target = path
        if query:
            target += "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote)
        fields = {"Host": f"{self.host}:{self.port}"}
        token = self.token if token == "own" else token
        if token is not None:
            fields["Authorization"] = f"Bearer {token}"
        for name, value in (("Idempotency-Key", key), ("Prefer", prefer),
                            ("Jari-Position", position),
                            ("Jari-Reason", urllib.parse.quote(reason) if reason else None)):
            if value is not None:
                fields[name] = value
        raw_body = b""
        if body is not None:
            raw_body = body if isinstance(body, bytes) else json.dumps(body).encode()
            fields["Content-Type"] = "application/json"
        if raw_body or method in ("POST", "PUT", "PATCH"):
            fields["Content-Length"] = str(len(raw_body))
        fields.update(headers or {})
        head = "".join(f"{n}: {value}\r\n" for n, value in fields.items() if value is not None)
        raw = f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + raw_body
        may_repeat = key is not None or method in ("GET", "HEAD")
        status, seen, got = self._exchange(raw, method == "HEAD", may_repeat, timeout)
        answer = Answer(method, target, status, seen, got, body)
        assert status != 503 or not check or "retry-after" in seen, f"no Retry-After: {answer}"
        if check and self.contract is not None:
            self.contract.see(answer, fields)
        return answer

    def _kept(self):
        """An idle connection that the service has not ended meanwhile; None: there is none."""
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if not connection.has_ended():
                    return connection
                connection.close()
        return None

    def _exchange(self, raw, is_head, may_repeat, timeout):
        connection = self._kept()
        try:
            if connection is None:
                connection = Connection(self.host, self.port, timeout)
            status, headers, body, is_reusable = connection.exchange(raw, is_head, timeout)
        except (OSError, EOFError) as error:
            was_idle = connection is not None and connection.is_used
            if connection is not None:
                connection.close()
                self.cut_off += not isinstance(error, TimeoutError)
            self.refused += isinstance(error, ConnectionRefusedError)
            # A kept connection may have been closed by the service meanwhile: once more, afresh.
            if was_idle and may_repeat and not isinstance(error, TimeoutError):
                self.close()
                return self._exchange(raw, is_head, may_repeat, timeout)
            raise Unreachable(f"{self.host}:{self.port}: {error}") from error
        if is_reusable:
            with self._lock:
                self._idle.append(connection)
        else:
            connection.close()
        return status, headers, body

    def raw(self, data, timeout=TIMEOUT_SECONDS):
        """Sends bytes that may be no HTTP at all on a fresh connection; returns the Answer."""
        connection = Connection(self.host, self.port, timeout)
        try:
            status, headers, body, _ = connection.exchange(data, False, timeout)
        except (OSError, EOFError) as error:
            raise Unreachable(str(error)) from error
        finally:
            connection.close()
        line = data.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        return Answer(line[0], line[1] if len(line) > 1 else "", status, headers, body)

    def events(self, path, count, timeout=TIMEOUT_SECONDS, headers=None):
        """Reads `count` blocks of a Server-Sent Events stream (comments are blocks too).

        Returns (Answer without body, blocks as text)."""
        more = "".join(f"{n}: {v}\r\n" for n, v in (headers or {}).items())
        connection = Connection(self.host, self.port, timeout)
        try:
            connection.socket.sendall(
                f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n{more}\r\n".encode())
            status, fields = connection.read_head()
            answer = Answer("GET", path, status, fields, b"")
            if status != 200:
                answer.body = connection.read_bytes(int(fields.get("content-length", "0")))
                return answer, []
            is_chunked = fields.get("transfer-encoding", "").lower() == "chunked"
            return answer, list(self._blocks(connection, is_chunked, count))
        except (OSError, EOFError) as error:
            raise Unreachable(f"{path}: {error}") from error
        finally:
            connection.close()

    @staticmethod
    def _blocks(connection, is_chunked, count):
        text = b""
        while count > 0:
            while b"\n\n" not in text:
                if is_chunked:
                    size = int(connection.read_until(b"\r\n"), 16)
                    text += connection.read_bytes(size)
                    connection.read_bytes(2)
                else:
                    if not connection.rest:
                        connection.more()
                    text, connection.rest = text + connection.rest, b""
            block, text = text.split(b"\n\n", 1)
            count -= 1
            yield block.decode()
