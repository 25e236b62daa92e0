"""The same log, the same state: by every build, under any TZ and locale, from any snapshot.

A service is led through a crowd (`jari load`), a storm of changes, a kill -9 and a state directory
put back to an earlier one. Then every program replays its log from the first record, and each must
end with the digests that the service showed: g++ -O2 (build/release), g++ -O0 with address and
undefined sanitizers (build/dev), clang -O1 with sanitizers (build/fuzz), as far as they are built
or named in JARI_PROGRAMS (paths, separated by `:`). JARI_PEOPLE visitors (2,000; some 65,000 make
a million records), seed JARI_SEED (printed).

Errors:  AssertionError that names the program, the setting and the partition.
"""

import os
import pathlib
import shutil
import subprocess
import unittest

import storm_test
from jari_service import ROOT, Service, jari_binary, main
from log_checks import audit, partitions_shown, ready, replay_ends_with

PEOPLE = int(os.environ.get("JARI_PEOPLE", "2000"))
SEED = int(os.environ.get("JARI_SEED", "3"))
PLACES = [  # where a program that minds them would say another thing
    {},
    {"TZ": "Asia/Seoul", "LC_ALL": "ko_KR.UTF-8", "LANG": "ko_KR.UTF-8"},
    {"TZ": "America/New_York", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
]


def programs():
    """Every build of the program that there is."""
    named = os.environ.get("JARI_PROGRAMS")
    if named:
        return [pathlib.Path(path) for path in named.split(":")]
    builds = [ROOT / "build" / name / "jari" for name in ("release", "dev", "tsan", "fuzz")]
    return list(dict.fromkeys([jari_binary(), *(path for path in builds if path.is_file())]))


class SameState(unittest.TestCase):
    """One log, told to all."""

    def crowd(self, people, seed):
        done = self.service.cli("load", "--server", self.service.url, "--data",
                                self.service.directory, "--people", people, "--seed", seed,
                                "--seconds", max(4, people // 300), "--threads", 4)
        print(f"  {done.stdout.splitlines()[-1]}", flush=True)

    def lead(self, service):
        """Everything that makes a log long and its state old."""
        self.service = service
        service.cli("demo", "--server", service.url, "--data", service.directory,
                    "--rate", max(PEOPLE, 1000))
        self.crowd(PEOPLE // 2, SEED)
        service.stop()
        earlier = service.directory.with_name(service.directory.name + "-state")
        shutil.copytree(service.directory / "state", earlier)
        service.start()
        ready(service)
        storm = storm_test.Storm()
        storm.service = service
        storm.prepare()
        storm.blow()
        self.crowd(PEOPLE - PEOPLE // 2, SEED + 1)
        service.kill9()
        service.start()
        ready(service)
        by_tail = partitions_shown(service)
        service.kill9()
        shutil.rmtree(service.directory / "state")
        earlier.rename(service.directory / "state")
        service.start()
        ready(service)
        by_snapshot = partitions_shown(service)
        for where, (offset, digest) in by_tail.items():
            later, other = by_snapshot[where]
            self.assertGreaterEqual(later, offset, where)
            if later == offset:
                self.assertEqual(digest, other, where)
        return by_snapshot

    def replayed(self, program, place):
        """{(topic, partition): (offset, digest)} as that program sees it there."""
        command = [str(program), "replay", "--data", str(self.service.directory)]
        done = subprocess.run(command, text=True, capture_output=True, check=False,
                              env=dict(os.environ, **place))
        self.assertEqual(done.returncode, 0, f"{program} {place}: {done.stderr[-2000:]}")
        rows = [line.split() for line in done.stdout.splitlines() if line]
        return {(row[0], int(row[1])): (int(row[2]), row[3]) for row in rows}

    def test_every_build_comes_to_it(self):
        print(f"  seed {SEED}, {PEOPLE} visitors", flush=True)
        with Service(contract=None) as service:
            shown = self.lead(service)
            service.stop()
            audit(service)
            first = None
            for program in programs():
                for place in PLACES if first is None else PLACES[-1:]:
                    ends = self.replayed(program, place)
                    first = first or ends
                    self.assertEqual(ends, first, f"{program} {place}")
                print(f"  {program.parent.name}: the same {len(first)} digests", flush=True)
            replay_ends_with(service, shown)


if __name__ == "__main__":
    main()
