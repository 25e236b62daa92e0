"""What ops/kafka and ops/legacy share: servers of others that tests start, kill and start again.

Errors:  Failed: one line for people.
Threads: one; calls on one directory take turns (turn).
"""

import contextlib
import ctypes
import fcntl
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CANNOT_RUN = 77
PORT_LEAST, PORT_MOST, TRIES_MAX = 10_000, 32_767, 1_000
EPHEMERAL = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")


class Failed(Exception):
    """One line for people, and how to exit."""

    def __init__(self, why, code=1):
        super().__init__(why)
        self.code = code


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def tail(path, lines=8):
    with contextlib.suppress(OSError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    return ""


def is_free(port):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def free_ports(count):
    """Of those that the kernel gives to nobody by itself: a server that was stopped finds its own
    again, whatever connects to whom meanwhile."""
    most = PORT_MOST
    with contextlib.suppress(OSError, ValueError):
        most = min(most, int(EPHEMERAL.read_text().split()[0]) - 1)
    ports = set()
    for _ in range(TRIES_MAX if most > PORT_LEAST + count else 0):
        port = random.randint(PORT_LEAST, most)
        if is_free(port):
            ports.add(port)
        if len(ports) == count:
            return list(ports)
    raise Failed(f"no {count} free ports between {PORT_LEAST} and {most}: what is below those that "
                 f"the kernel gives by itself ({EPHEMERAL}) is used up")


def started_at(pid):
    """When the process began, in the kernel's ticks: a number given again has another."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2:].split()
    return None if fields[0] == "Z" else fields[19]


class KnownProcess:
    """One that this call or an earlier one began; a file remembers it."""

    def __init__(self, pid_file):
        self.pid_file = pid_file

    @property
    def pid(self):
        """Of the process, if it is alive and still the one that was started."""
        with contextlib.suppress(OSError, ValueError):
            pid, began = self.pid_file.read_text().split()
            if started_at(pid) == began:
                return int(pid)
        return None

    def begin(self, command, out, before=None, **more):
        """With a session of its own; `before` runs in the child."""
        begun = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 start_new_session=True, preexec_fn=before, **more)
        self.pid_file.write_text(f"{begun.pid} {started_at(begun.pid)}")

    def signal(self, number):
        if pid := self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def wait(self, seconds):
        """Whether it has ended by then."""
        deadline = time.monotonic() + seconds
        while (pid := self.pid) is not None:  # asked once: it may end between two askings
            with contextlib.suppress(ChildProcessError):  # where it is ours it waits to be buried
                os.waitpid(pid, os.WNOHANG)
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def turn(directory):
    """Two calls on one directory take turns."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def interrupted(number, _frame):
    raise Failed("broken off", 128 + number)


def heed_signals():
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)


def run_beside(command, directory, start, end):
    """Starts what `start` does and says by its environment, runs the command, ends all of it
    whatever happens, and exits as the command did."""
    command = command[1:] if command[:1] == ["--"] else command
    if not command:
        raise Failed("run needs a command", 2)
    try:
        with turn(directory):
            environment = start()
        with subprocess.Popen(command, env=dict(os.environ, **environment),
                              preexec_fn=die_with_parent) as child:
            try:
                return child.wait()
            finally:
                child.kill()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with turn(directory):
            end()
