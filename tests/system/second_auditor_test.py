"""Two auditors and a log that somebody has touched: whatever was altered, both say the same.

A day of a small town is booked through the service and exported. Both `jari audit --export` and
ops/audit.py find nothing in it. Then, again and again, one thing in the export is altered, drawn
from a seed (JARI_SEED, printed): a number, a time, an id that becomes another one, a line left out,
two lines exchanged, a line doubled. Where a row of a stream or what tells the time was altered,
forge_export chains the streams anew and dates each line by it, as a forger would, so that the rules
have to find it; then both are asked again. What
one calls whole the other must call whole. So it is with what the simulator exports of its worlds.

JARI_EDITS says how many. Where the auditors differ, the altered export is kept and named.

Units:   times as the API writes them.
Errors:  AssertionError, with each edit that the two judge differently.
Threads: one.
"""

import collections
import copy
import datetime
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from jari_service import (
    ROOT, Service, in_seconds, jari_binary, main, one_dose, seconds_of, two_doses, until)

SEED = int(os.environ.get("JARI_SEED", "1"))
EDITS = int(os.environ.get("JARI_EDITS", "60"))
SECOND = ROOT / "ops" / "audit.py"
FORGE = jari_binary().parent / "forge_export"
SIMULATOR = jari_binary().parent / "jari_sim"
WORLDS = int(os.environ.get("JARI_WORLDS", "20"))
DRAW_SEED = "5" * 64
CLOCKS = ("Genesis", "Claim", "Tick", "TimeJump")  # what the time of the lines after them is by
# Members whose values are exchanged for one another's.
IDS = ("person", "queue", "programme", "cohort", "site", "slot", "product", "appointment", "hold",
       "replaces", "request", "by", "state", "decision", "cancelled_by")
TIMES = {"opens_at", "closes_at", "starts_at", "admitted_at", "rebook_until", "begins", "to",
         "from", "time"}


class Town:
    """Two programmes, two sites, a line with a draw; nine people and an operator."""

    def __init__(self, service):
        self.service = service
        self.operator = service.operator("ann")
        self.people = {name: service.person(name) for name in "abcdefghi"}

    def set_up(self):
        draw_at = in_seconds(2)
        self.operator.put_programme("flu", queue="line", hold_seconds=30,
                                    products=[one_dose("vax")]).expect(200)
        self.operator.put_programme("pox", active_appointments_max=2,
                                    products=[two_doses("dip", 0)]).expect(200)
        self.operator.put_queue(
            "line", "flu", opens_at=draw_at, rate_per_second=20, inside_max=12, prequeue={
                "opens_at": in_seconds(-60), "closes_at": draw_at,
                "commitment": hashlib.sha256(bytes.fromhex(DRAW_SEED)).hexdigest()}).expect(200)
        for site in ("north", "south"):
            self.operator.put_site(site).expect(200)
            for product in ("vax", "dip"):
                self.operator.add_stock(site, product, 5).expect(200)
            for slot in ("early", "late"):
                self.operator.put_slot(site, slot, capacity=3).expect(200)
        self.operator.put_slot("north", "now", starts_at=in_seconds(-60), capacity=2).expect(200)
        for programme in ("flu", "pox"):
            self.operator.grant(programme, list(self.people)).expect(200)
        return draw_at

    def line_up(self, draw_at):
        for name in "abcdefg":
            self.people[name].take_ticket("line").expect(201)
        until(time.time, lambda now: now > seconds_of(draw_at) + 0.3)
        self.operator.draw("line", DRAW_SEED).expect(200)
        for name in "abcdefg":
            self.people[name].wait_admitted("line")
        self.people["g"].return_ticket("line").expect(204)
        self.people["g"].take_ticket("line").expect(201)

    def book(self):
        people, operator = self.people, self.operator
        booked = {name: people[name].book("flu", "north", "early", "vax").expect(201).json
                  for name in "abc"}
        people["d"].book("flu", "north", "early", "vax").expect(409)
        hold = people["d"].hold("flu", "north", "late", "vax").expect(201).json["hold"]
        people["d"].book_hold(hold).expect(201)
        people["e"].hold("flu", "south", "late", "vax").expect(201)
        hold = people["e"].hold("flu", "south", "early", "vax").expect(201).json["hold"]
        people["e"].release_hold(hold).expect(204)
        people["h"].book("flu", "south", "late", "vax").expect(403)
        people["a"].reschedule(booked["a"]["appointment"], "south", "late").expect(200)
        people["b"].cancel(booked["b"]["appointment"]).expect(200)
        people["c"].reschedule(booked["c"]["appointment"], "north", "late").expect(200)
        operator.book_for("i", "flu", "south", "early", "vax").expect(201)
        operator.withdraw_slot("north", "late", "cancel").expect(200)
        until(lambda: people["c"].my_eligibility().json["eligibility"],
              lambda all_of_it: any("rebook_until" in one for one in all_of_it))
        people["c"].book("flu", "south", "early", "vax").expect(201)
        for name in "abc":
            people[name].book("pox", "south", "late" if name == "a" else "early", "dip")
        people["a"].book("pox", "south", "late", "dip", key="again")
        people["a"].book("pox", "south", "late", "dip", key="again")
        late = operator.book_for("h", "pox", "north", "now", "dip",
                                 override=["slot-started"]).expect(201).json["appointment"]
        for attended in (False, True):
            operator.attendance(late, attended).expect(200)
        operator.add_stock("north", "dip", -5, lost=True).expect(200)
        operator.revoke("flu", "g").expect(204)

    def live(self):
        self.line_up(self.set_up())
        self.book()


def leaves(value, path=()):
    """The path of each number, id and time of a record that means something."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, path + (name,))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from leaves(one, path + (at,))
    elif type(value) is int:
        yield path
    elif path[-1] in IDS or path[-1] in TIMES:
        yield path


class Editor:
    """Draws edits of an export."""

    def __init__(self, lines, seed):
        self.random = random.Random(seed)
        self.lines = lines
        self.records = [json.loads(line) for line in lines]
        self.by_type = collections.defaultdict(list)
        self.ids = collections.defaultdict(set)
        for at, record in enumerate(self.records):
            self.by_type[record["type"]].append(at)
            for path in leaves(record):
                if path[-1] in IDS:
                    self.ids[path[-1]].add(self.get(record, path))

    @staticmethod
    def get(record, path):
        for step in path:
            record = record[step]
        return record

    def other(self, name, value):
        """What may stand there instead of the value."""
        if type(value) is int:
            return value + self.random.choice((-1, 1))
        if name in IDS:
            return self.random.choice(sorted(self.ids[name] - {value}) or [value])
        moved = datetime.datetime.fromisoformat(value) + datetime.timedelta(
            milliseconds=self.random.choice((-1, 1, -60_000, 60_000)))
        return moved.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def draw(self):
        """(what was done, the lines, whether a forger makes the others fit what it says now)."""
        if self.random.random() < 0.25:
            return self.draw_lines()
        kind = self.random.choice(sorted(self.by_type))  # most records are ticks
        at = self.random.choice(self.by_type[kind])
        record = copy.deepcopy(self.records[at])
        path = self.random.choice(list(leaves(record)))
        value = self.get(record, path)
        self.get(record, path[:-1])[path[-1]] = new = self.other(path[-1], value)
        altered = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
        what = f"line {at + 1}, {kind}: {'.'.join(map(str, path))} {value} becomes {new}"
        is_forgers = path[0] == "body" and ("stream" in record or kind in CLOCKS)
        return what, self.lines[:at] + [altered] + self.lines[at + 1:], is_forgers

    def draw_lines(self):
        at = self.random.randrange(len(self.lines) - 1)
        how = self.random.choice(("left out", "doubled", "exchanged with the next", "exchanged"))
        lines = list(self.lines)
        if how == "left out":
            del lines[at]
        elif how == "doubled":
            lines.insert(at, lines[at])
        else:
            to = at + 1 if how.endswith("next") else self.random.choice(
                [i for i, one in enumerate(self.records) if i != at and all(
                    one[name] == self.records[at][name] for name in ("topic", "partition"))]
                or [at + 1])
            lines[at], lines[to] = lines[to], lines[at]
            how = f"exchanged with {to + 1}"
        return f"line {at + 1}, {self.records[at]['type']}: {how}", lines, False


class TwoAuditors(unittest.TestCase):
    """Over one town's day."""

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="jari-two-auditors-"))
        with Service(contract=None) as service:
            Town(service).live()
            service.stop()
            cls.lines = service.cli("export", "--data", service.directory).stdout.splitlines()
            cls.program = service.program

    @classmethod
    def tearDownClass(cls):
        if not list(cls.directory.glob("edit-*")):
            shutil.rmtree(cls.directory)

    def judge(self, command):
        """(whether it says that the log is whole, what it says)."""
        done = subprocess.run([str(part) for part in command], text=True, check=False,
                              capture_output=True)
        self.assertIn(done.returncode, (0, 1), done.stderr[-2000:])
        self.assertNotIn("Traceback", done.stderr)
        said = done.stdout if done.returncode == 0 or done.stdout else done.stderr
        return done.returncode == 0, said

    def both(self, lines):
        """What the first says, and the second."""
        file = self.directory / "export.jsonl"
        file.write_text("".join(line + "\n" for line in lines))
        return self.both_of(file)

    def both_of(self, file):
        return (self.judge([self.program, "audit", "--export", file]),
                self.judge([sys.executable, SECOND, file]))

    def forged(self, lines):
        """The same with its streams chained anew; what is no export stays as it is."""
        done = subprocess.run([str(FORGE)], input="".join(line + "\n" for line in lines),
                              text=True, check=False, capture_output=True)
        return done.stdout.splitlines() if done.returncode == 0 else lines

    def test_both_find_nothing_in_a_good_day(self):
        first, second = self.both(self.lines)
        self.assertEqual((first, second), ((True, f"ok: {len(self.lines)} records\n"),) * 2)
        self.assertEqual(self.forged(self.lines), self.lines)

    def test_both_keep_what_a_site_was_given_to_its_own_partition(self):
        """Two sites are given the same, and each act is written into the other's partition."""
        records = [json.loads(line) for line in self.lines]
        for kind in ("StockChanged", "SlotPublished"):
            first, *others = [at for at, one in enumerate(records) if one["type"] == kind]
            other = next(at for at in others
                         if records[at]["partition"] != records[first]["partition"])
            lines = list(self.lines)
            for at, body in ((first, records[other]["body"]), (other, records[first]["body"])):
                lines[at] = json.dumps(dict(records[at], body=body), separators=(",", ":"),
                                       ensure_ascii=False)
            for is_whole, said in self.both(lines):
                self.assertFalse(is_whole, f"{kind}: {said}")

    def test_both_name_the_line_whose_time_is_another(self):
        """One of each type in each topic, dated back by an hour: once both passed over it."""
        kinds = {}
        for at, line in enumerate(self.lines):
            record = json.loads(line)
            kinds[record["topic"], record["type"]] = at
        self.assertGreater(len(kinds), 30)
        for kind, at in kinds.items():
            said = json.loads(self.lines[at])["time"]
            moved = (datetime.datetime.fromisoformat(said) - datetime.timedelta(hours=1)).isoformat(
                timespec="milliseconds").replace("+00:00", "Z")
            lines = list(self.lines)
            lines[at] = lines[at].replace(f'"time":"{said}"', f'"time":"{moved}"', 1)
            for is_whole, found in self.both(lines):
                self.assertFalse(is_whole, f"{kind}: {found}")
                self.assertIn(f"export.jsonl:{at + 1}: time is {moved}, and by the ticks of the log "
                              f"it is {said}", found, kind)

    def test_neither_takes_it_from_a_later_line_that_several_nodes_write_the_log(self):
        """Which would take the end of the log out of what is judged."""
        at = len(self.lines) // 2
        lines = list(self.lines)
        lines[at] = lines[at].replace('"type":', '"writers":"many","type":', 1)
        for is_whole, said in self.both(lines):
            self.assertFalse(is_whole, said)
            self.assertIn("writ", said)

    def test_both_judge_alike_what_the_simulator_lived_through(self):
        """Worlds of one node; some end while a row that came early still waits for those before."""
        file, found = self.directory / "world.jsonl", collections.Counter()
        for seed in range(SEED, SEED + WORLDS):
            subprocess.run([str(SIMULATOR), "--seed", str(seed), "--nodes", "1", "--export",
                            str(file)], check=True, capture_output=True)
            first, second = self.both_of(file)
            self.assertEqual(first[0], second[0], f"seed {seed}: {first[1]}\n{second[1]}")
            found["whole" if first[0] else "broken"] += 1
        print(f"  {WORLDS} worlds from seed {SEED}: {dict(found)}", flush=True)
        self.assertGreater(found["whole"], WORLDS // 2)

    def test_both_judge_alike_whatever_was_altered(self):
        print(f"  seed {SEED}, {EDITS} edits of {len(self.lines)} records", flush=True)
        editor, differ, found = Editor(self.lines, SEED), [], collections.Counter()
        for number in range(EDITS):
            what, lines, is_forgers = editor.draw()
            lines = self.forged(lines) if is_forgers else lines
            first, second = self.both(lines)
            found["whole" if first[0] else "broken"] += 1
            if first[0] != second[0]:
                kept = self.directory / f"edit-{number}.jsonl"
                kept.write_text("".join(line + "\n" for line in lines))
                differ.append(f"{what}\n  first: {first[1][:400]}\n  second: {second[1][:400]}"
                              f"\n  kept: {kept}")
        print(f"  {dict(found)}", flush=True)
        self.assertEqual(differ, [], "\n".join(differ))
        self.assertGreater(found["broken"], EDITS // 4)


if __name__ == "__main__":
    main()
