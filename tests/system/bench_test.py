"""What the benchmarks say they write, they write: little is measured here, and nothing is judged.

`jari_bench --json` with each measurement that stands instead of the usual rounds and needs no quiet
machine: the file has every row, and every figure its unit.

Errors:  AssertionError with what the bench said.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from jari_service import jari_binary, main, skip

BENCH = jari_binary().with_name("jari_bench")


class Json(unittest.TestCase):
    """Beside the table."""

    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="jari-bench-")
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)

    def written(self, *arguments, may_miss=False):
        """What it wrote, each row's figures by their names. `may_miss`: what is aimed at, on a
        machine that others keep busy."""
        file = self.place / "figures.json"
        done = subprocess.run(
            [BENCH, "--dir", self.place, "--json", file, *map(str, arguments)], text=True,
            capture_output=True, check=False, env=dict(os.environ, TMPDIR=str(self.place)))
        document = json.loads(file.read_text())
        if not may_miss:
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("failed", document)
        for row in document["rows"]:
            for figure in row["figures"]:
                self.assertTrue(figure["unit"], figure)
        return document["bench"], {
            row["what"]: {one["name"]: one["value"] for one in row["figures"]}
            for row in document["rows"]}

    def test_of_growth(self):
        bench, rows = self.written("--growth", "1500,3000", "--requests", 1000)
        self.assertEqual(bench, "growth")
        self.assertEqual(list(rows), ["1500 people", "3000 people"])
        for figures in rows.values():
            self.assertGreater(figures["records"], 1500)
            self.assertGreater(figures["start"], 0)

    def test_of_request_ids(self):
        bench, rows = self.written("--request-ids", 10000)
        self.assertEqual(bench, "request-ids")
        self.assertEqual(len(rows), 4)
        for figures in rows.values():
            self.assertGreater(figures["CPU to decide"], 0)

    def test_of_overload_which_loses_nothing(self):
        bench, rows = self.written("--jari", jari_binary(), "--overload", 2, may_miss=True)
        self.assertEqual(bench, "overload")
        figures = rows["tickets: all"]
        self.assertGreater(figures["goodput"], 0)
        self.assertEqual(figures["answered 202 and not decided"], 0)

    def test_of_restarts_in_rounds(self):
        bench, rows = self.written("--restarts", 1000, "--requests", 1000, "--rounds", 2)
        self.assertEqual(bench, "restarts")
        self.assertEqual(len(rows), 5)
        for figures in rows.values():
            least, most = figures["start, the least"], figures["start, the most"]
            self.assertLess(least, most)
            self.assertAlmostEqual(figures["start"], (least + most) / 2)

    def test_rounds_are_refused_where_there_are_none(self):
        for arguments in (["--growth", "1500"], ["--overload", "2"], ["--request-ids", "10000"]):
            done = subprocess.run([BENCH, "--dir", self.place, "--rounds", "3", *arguments],
                                  text=True, capture_output=True, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"--rounds does not go with {arguments[0]}", done.stderr)

    def test_a_file_that_cannot_be_written_is_an_error(self):
        done = subprocess.run(
            [BENCH, "--dir", self.place, "--json", self.place / "none" / "x", "--request-ids",
             "10000"], text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write", done.stderr)


if __name__ == "__main__":
    if not BENCH.is_file():
        skip(f"{BENCH} is absent: configure with -DJARI_BENCH=ON")
    main()
