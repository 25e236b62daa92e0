#!/usr/bin/env python3
"""tests/bench/waits.py - what the threads of a running program wait for: waits.py PID [SECONDS]

For each kind of thread (by its name) and a second: how long it ran, how long it was ready and had no core, how often it
began to run. The kernel counts all three (/proc/PID/task/TID/schedstat); nothing is slowed down by it.

Exit: 0 printed, 1 there is no such process, 2 wrong usage.
"""

import collections
import pathlib
import sys
import time

NS = 1e9


def counted(process):
    """{thread: (its name, ran ns, waited ns, times)}."""
    all_of_them = {}
    for thread in pathlib.Path(f"/proc/{process}/task").iterdir():
        try:
            name = (thread / "comm").read_text(encoding="utf-8").strip()
            all_of_them[thread.name] = (name, *map(int, (thread / "schedstat").read_text(encoding="ascii").split()))
        except OSError:
            continue  # it has ended
    return all_of_them


def main():
    try:
        process, seconds = int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    except (IndexError, ValueError):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        before, begun = counted(process), time.monotonic()
        time.sleep(seconds)
        after, took = counted(process), time.monotonic() - begun
    except OSError as why:
        print(f"waits: process {process}: {why.strerror}", file=sys.stderr)
        return 1
    sums = collections.defaultdict(lambda: [0, 0, 0])
    for thread, (name, *now) in after.items():
        then = before.get(thread, (name, 0, 0, 0))[1:]
        for part, (end, begin) in enumerate(zip(now, then)):
            sums[name][part] += end - begin
    print(f"{'thread':<16} {'ran, s':>8} {'no core, s':>10} {'times':>8}   each second, of {took:.1f} s")
    for name, (ran, waited, times) in sorted(sums.items(), key=lambda one: -one[1][0]):
        print(f"{name:<16} {ran / NS / took:8.3f} {waited / NS / took:10.3f} {times / took:8.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
