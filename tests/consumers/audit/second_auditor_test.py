"""Both auditors on every log of audit_test.cc: good ones, a day broken in more than a hundred ways,
and days made anew so that neither finds anything (unseen.cc): only a checkpoint tells those.

audit_test writes each log as `jari export` would, and what the first auditor found in it;
ops/audit.py must find the same: the same rules, broken at the same places.

    python3 second_auditor_test.py build/dev/audit_test

Errors:  AssertionError, with both lists.
Threads: one.
"""

import importlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
SECOND = ROOT / "ops" / "audit.py"
sys.path.insert(0, str(SECOND.parent))
STORIES_MIN = 130
FILTER = ("Breaks/*:Unseen/*:Audit.FindsNothingInAGoodLogChainedAnew:Audit.FindsTheSameInAnExport:"
          "Audit.AuditsABackupsCopy:Audit.PassesOver*")


def second_auditor():
    """ops/audit.py as a module."""
    return importlib.import_module("audit")


def places(lines):
    """`violation: RULE TOPIC PARTITION OFFSET: TYPE: why` without the why.

    The first auditor also says where an effect is read too late: the second waits for all."""
    found = [line.split(": ") for line in lines if "had been read" not in line]
    return {(*line[1].split(), line[2]) for line in found}


class Stories(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        done = subprocess.run([AUDIT_TEST, f"--gtest_filter={FILTER}"], check=False, text=True,
                              capture_output=True,
                              env={**os.environ, "JARI_AUDIT_STORIES": cls.directory.name})
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        cls.stories = sorted(pathlib.Path(cls.directory.name).glob("*.jsonl"))

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_both_find_the_same(self):
        auditor = second_auditor()
        self.assertGreater(len(self.stories), STORIES_MIN)
        for story in self.stories:
            first = places(story.with_suffix(".found").read_text().splitlines())
            with story.open("rb") as lines:
                report = auditor.audit(lines)
            second = {(rule, topic, str(partition), str(offset), kind)
                      for rule, topic, partition, offset, kind, _ in report.violations}
            with self.subTest(story.stem):
                self.assertEqual(first, second)

    def test_who_writes_the_log_is_said_by_its_first_line(self):
        """Several nodes: the end is not judged, and `ok` says so. One word in a line switched that
        off for all of the log once, in silence. (`jari audit` refuses any such export.)"""
        auditor = second_auditor()
        for story in self.stories:
            lines = story.read_bytes().splitlines(keepends=True)
            at = len(lines) // 2
            word = lines[at].replace(b'"type":', b'"writers":"many","type":', 1)
            with self.subTest(story.stem), self.assertRaisesRegex(
                    auditor.Damaged, f"^{at + 1}: it says otherwise than the first line who"):
                auditor.audit(lines[:at] + [word] + lines[at + 1:])
        lines = self.good().splitlines(keepends=True)
        said_by_all = [line.replace(b'"type":"Genesis"', b'"type":"Genesis","writers":"many"')
                       for line in lines]
        code, said, _ = self.run_on(None, b"".join(said_by_all))
        self.assertEqual((code, said), (0, f"ok: {len(lines)} records, of a log of several nodes: "
                                           "the last minute is not judged\n"))
        self.assertEqual(self.run_on("AGoodDay.jsonl", flags=["--kafka"])[1], said)
        for what, broken in (("the first alone", said_by_all[:1] + lines[1:]),
                             ("all but the first", lines[:1] + said_by_all[1:]),
                             ("one", [line.replace(b'"many"', b'"one"') for line in said_by_all])):
            with self.subTest(what):
                self.assertIn("who writes", self.run_on(None, b"".join(broken))[2])

    def run_on(self, name, text=None, flags=()):
        """(exit code, stdout, stderr) of the program on a story, or on other bytes on stdin."""
        export = "-" if text is not None else str(pathlib.Path(self.directory.name, name))
        done = subprocess.run([sys.executable, str(SECOND), export, *flags], input=text,
                              check=False, capture_output=True)
        self.assertNotIn(b"Traceback", done.stderr)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def good_file(self):
        return pathlib.Path(self.directory.name, "AGoodDay.jsonl")

    def good(self):
        return self.good_file().read_bytes()

    def test_it_says_what_the_first_says(self):
        code, said, _ = self.run_on("AGoodDay.jsonl")
        self.assertEqual((code, said), (0, f"ok: {len(self.good().splitlines())} records\n"))
        file = pathlib.Path(self.directory.name, "report.json")
        code, said, _ = self.run_on("AHoldThatDidNotLive.jsonl", flags=["--json", str(file)])
        self.assertEqual(code, 1)
        report = json.loads(file.read_text())
        self.assertFalse(report["ok"])
        self.assertEqual(set(report["rules"]), {f"I{n}" for n in range(1, 10)})
        self.assertGreater(report["rules"]["I1"]["violations"], 0)
        first = [str(part) for part in report["first_violation"].values()]
        self.assertEqual(said.splitlines()[0],
                         f"violation: {' '.join(first[:4])}: {first[4]}: {first[5]}")
        self.assertEqual((report["first_violation"]["rule"], report["first_violation"]["type"]),
                         ("I1", "HoldConfirmed"))
        for line in said.splitlines():
            self.assertRegex(line, r"^violation: I[1-9] [a-z]+ \d+ \d+: [A-Z][A-Za-z]+: .")
        self.assertEqual(self.run_on("nothing.jsonl")[0], 2)

    def test_it_runs_alone_from_anywhere_with_its_neighbour_beside_it(self):
        with tempfile.TemporaryDirectory() as away:
            copy = pathlib.Path(shutil.copy(SECOND, away))
            command = [sys.executable, str(copy), str(self.good_file())]
            done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("audit_answers.py must lie beside it", done.stderr)
            shutil.copy(SECOND.with_name("audit_answers.py"), away)
            done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(sorted(os.listdir(away)), ["audit.py", "audit_answers.py"])

    def test_its_first_page_says_how_much_there_is_to_read(self):
        """For each question its sections, and how many lines they have."""
        lines = SECOND.read_text().splitlines()
        begins = {int(line[2]): at for at, line in enumerate(lines) if re.match(r"# \d\. ", line)}
        told = re.findall(r"\? +(?:sections? ([\d and]+)|audit_answers.py), (\d+) lines",
                          second_auditor().__doc__)
        self.assertEqual(len(told), 7)
        for sections, length in told:
            counted = sum(begins[one + 1] - begins[one]
                          for one in map(int, sections.split(" and "))) if sections else len(
                SECOND.with_name("audit_answers.py").read_text().splitlines())
            self.assertEqual(int(length), counted, sections or "audit_answers.py")

    def test_it_names_the_line_whose_time_is_another(self):
        """Of every line of a good day: an hour earlier, a millisecond later, none."""
        auditor, lines = second_auditor(), self.good().splitlines(keepends=True)
        for at, line in enumerate(lines):
            said = json.loads(line)["time"]
            for moved in (-3_600_000, 1):
                other = auditor.time_text(auditor.time(said) + moved)
                dated = line.replace(f'"time":"{said}"'.encode(), f'"time":"{other}"'.encode(), 1)
                with self.subTest(f"{at + 1}, {moved}"), self.assertRaisesRegex(
                        auditor.Damaged, f"^{at + 1}: time is {other}, and by the ticks of the log "
                                         f"it is {said}"):
                    auditor.audit(lines[:at] + [dated] + lines[at + 1:])
            without = line.replace(f'"time":"{said}",'.encode(), b"", 1)
            with self.subTest(f"{at + 1}, none"), self.assertRaisesRegex(
                    auditor.Damaged, f"^{at + 1}: time is , and by"):
                auditor.audit(lines[:at] + [without] + lines[at + 1:])

    def test_it_reads_the_partitions_in_any_order(self):
        """Each in its own; a row of a sink may stand before its cause, or long after it."""
        auditor, lines = second_auditor(), self.good().splitlines(keepends=True)
        records = [json.loads(line) for line in lines]
        for topics in (["queue", "bookings", "inventory", "programmes", "sync", "outcomes"],
                       ["outcomes", "sync", "programmes", "inventory", "bookings", "queue"]):
            order = sorted(range(len(lines)), key=lambda at, topics=topics: (
                records[at]["offset"] > 0, topics.index(records[at]["topic"]),
                records[at]["partition"], records[at]["offset"]))
            moved = [lines[at] for at in order]
            self.assertEqual(auditor.audit(moved).violations, [])
            at = next(at for at, one in enumerate(order) if records[one]["type"] == "Appointment")
            said = records[order[at]]["time"].encode()
            moved[at] = moved[at].replace(said, b"2001-01-01T00:00:00.000Z", 1)
            with self.assertRaisesRegex(auditor.Damaged, f"^{at + 1}: time is 2001"):
                auditor.audit(moved)

    def test_it_names_the_line_that_is_no_record(self):
        lines = self.good().splitlines(keepends=True)
        tick = next(at for at, line in enumerate(lines) if b'"type":"Tick"' in line)
        middle = len(lines) // 2
        for what, broken, why in (
                ("nothing", [], "not every partition is there"),
                ("no JSON", ["no json\n".encode()], "1: the line is no JSON"),
                ("no text", lines[:9] + [b"\xff\xfe\n"], "10: the line is no JSON"),
                ("cut short", lines[:middle] + [lines[middle][:50]], f"{middle + 1}: the line is"),
                ("too deep", lines[:9] + [b"[" * 100_000], "10: the line is no JSON"),
                ("no object", lines[:9] + [b"[]\n"], "10: "),
                ("a line left out", lines[:middle] + lines[middle + 1:], "missing or doubled"),
                ("a line doubled", lines[:middle] + lines[middle - 1:], "missing or doubled"),
                ("of a topic", [line for line in lines if line.startswith(b'{"topic":"queue"')],
                 "not every partition is there"),
                ("no genesis", lines[-1:] + lines, "1: an export begins with Genesis"),
                ("an unknown type", [line.replace(b'"type":"Tick"', b'"type":"Tock"')
                                     for line in lines], f"{tick + 1}: there is no type Tock"),
                ("an unknown topic", [line.replace(b'"topic":"sync"', b'"topic":"sink"')
                                      for line in lines], "none of this log"),
                ("a name twice", [line.replace(b'"type":"Tick"', b'"type":"Tick","type":"Ack"')
                                  for line in lines], f"{tick + 1}: the line is no JSON"),
                ("text for a number", [line.replace(b'"epoch":1', b'"epoch":"1"')
                                       for line in lines], "epoch is no"),
                ("below zero", [line.replace(b'"epoch":1', b'"epoch":-1') for line in lines],
                 "epoch is no"),
                ("no member", [line.replace(b'"epoch"', b'"epic"') for line in lines], "epic")):
            with self.subTest(what):
                code, said, error = self.run_on(None, b"".join(broken))
                self.assertEqual((code, said), (1, ""))
                self.assertIn(why, error)


if __name__ == "__main__":
    AUDIT_TEST = sys.argv.pop(1)
    unittest.main(verbosity=1)
