"""The page of `jari audit --report` in a real browser, as a reader has it: at a desk and on a phone,
light and dark, and on paper.

One service lives a day that fills every part of the page, with names as long as they may be. Its page
(all is well) and that of its records altered (a rule is broken) are loaded in Debian's Chromium, which
reaches no network: first as they are, then copies with a script that measures what was laid out.

    JARI_BIN=build/release/jari python3 tests/system/report_page_test.py

Units:   CSS pixels.
Errors:  AssertionError, with what was measured; exit 77 where Chromium is missing or does not start.
Threads: one.
"""

import hashlib
import html
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from callers import everybody, in_seconds, one_dose, until
from jari_service import Service, main, need_binary, skip

DESK, PHONE, PAPER = (1280, 800), (390, 844), (718, 1000)  # A4 between Chromium's usual margins
CONTRAST_MIN = 4.5  # WCAG 2.1, AA
SEED = bytes(range(32))
LONG = 64  # characters of an id, or of an operator's name
LOAD_SECONDS_MAX = 60
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="[^"]*">')
VOID = {"meta", "br", "hr", "col"}

FRAME = """<!doctype html><html lang="en"><style>:root {{ color-scheme: light dark; }}</style>
<iframe style="border:0;width:{width}px;height:{height}px" srcdoc="{page}"></iframe></html>
"""

# What it finds is written into the page around it, which --dump-dom prints.
MEASURE = r"""
const box = one => one.getBoundingClientRect();
const name = one => one.tagName.toLowerCase() + (one.className.baseVal ?? one.className ?? "")
  .toString().replace(/^(?=.)|\s+/g, ".") + ": " + one.textContent.trim().slice(0, 40);
const shown = one => box(one).width > 0 && box(one).height > 0;
const numbers = color => color.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
  .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = one => {
  for (; one; one = one.parentElement) {
    const color = numbers(getComputedStyle(one).backgroundColor);
    if (color[3] !== 0) return color;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0] : [255, 255, 255];
};
const contrast = one => {
  const [low, high] = [light(numbers(getComputedStyle(one).color)), light(ground(one))]
    .sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const apart = (a, b) => a.right <= b.left + 0.5 || b.right <= a.left + 0.5 ||
  a.bottom <= b.top + 0.5 || b.bottom <= a.top + 0.5;
const marks = figure => [...figure.querySelectorAll(".ticks span, .ends span, .up, .along")];
const holds_text = one => [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim());
const only_heard = one => one.closest("thead") !== null &&
  getComputedStyle(one.closest("thead")).clipPath !== "none";
const all = [...document.body.querySelectorAll("*")]
  .filter(one => !one.closest("svg") && !only_heard(one));
const ink = all.filter(one => holds_text(one) && shown(one) && one.tagName !== "SCRIPT");
const found = {
  window: [innerWidth, innerHeight],
  is_dark: matchMedia("(prefers-color-scheme: dark)").matches,
  asked: performance.getEntriesByType("resource").map(one => one.name),
  page_width: document.documentElement.scrollWidth,
  too_wide: all.filter(one => box(one).right > innerWidth + 0.5 || box(one).left < -0.5 ||
    (one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)).map(name),
  faint: ink.filter(one => contrast(one) < CONTRAST_MIN)
    .map(one => name(one) + " " + contrast(one).toFixed(2)),
  small: ink.filter(one => parseFloat(getComputedStyle(one).fontSize) < SMALLEST).map(name),
  answers: [...document.querySelectorAll(".answer")].map(one => ({
    asks: one.querySelector("h2").textContent, says: one.querySelector("strong").textContent,
    top: box(one.querySelector("h2")).top, bottom: box(one.querySelector("strong")).bottom})),
  totals: [...document.querySelectorAll(".totals div")].map(one => ({
    what: one.querySelector("dt").textContent, count: one.querySelector("dd").textContent,
    bottom: box(one).bottom})),
  pictures: [...document.querySelectorAll("svg[role=img]")].map(one => ({
    width: box(one).width, height: box(one).height,
    title: one.querySelector(":scope > title").textContent,
    heading: one.closest("figure").querySelector("figcaption strong").textContent,
    bars: one.querySelectorAll("rect").length,
    bars_outside: [...one.querySelectorAll("rect")].filter(bar => shown(bar) &&
      (box(bar).top < box(one).top - 1 || box(bar).right > box(one).right + 1)).length,
    marks: marks(one.closest("figure")).map(mark => mark.textContent),
    overlapping: marks(one.closest("figure")).flatMap((mark, i, rest) => rest.slice(i + 1)
      .filter(other => !apart(box(mark), box(other))).map(other => name(mark) + " / " + name(other)))
  })),
  captions: [...document.querySelectorAll("caption")].filter(one => !one.textContent.trim()).length,
  texts: ink.length
};
const says = parent.document.createElement("script");
says.type = "application/json";
says.id = "found";
says.textContent = JSON.stringify(found).replaceAll("<", "\\u003c");
parent.document.body.append(says);
"""


class Form(html.parser.HTMLParser):
    """What is wrong with a page's tags, which a browser would put right without a word."""

    def __init__(self, page):
        super().__init__()
        self.open, self.wrong, self.ids, self.lang = [], [], set(), None
        self.feed(page)
        self.wrong += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.wrong.append(f"line {self.getpos()[0]}: an attribute of <{tag}> twice")
        if tag == "html":
            self.lang = dict(attrs).get("lang")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        if "svg" not in self.open:
            self.wrong.append(f"line {self.getpos()[0]}: <{tag}/>")

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"line {self.getpos()[0]}: </{tag}> ends {self.open[-1:]}")
        else:
            self.open.pop()


class Browser:
    """Headless Chromium with a profile of its own, and nothing behind its proxy."""

    def __init__(self, directory):
        self.program = shutil.which("chromium")
        self.directory = directory
        if self.program is None:
            skip("no Chromium here: apt-get install chromium")
        blank = self.run("--dump-dom", "about:blank")
        if blank.returncode != 0 or "<html>" not in blank.stdout:
            skip(f"Chromium does not start here (exit {blank.returncode}): {blank.stderr[-300:]}")

    def run(self, *words):
        # No sandbox: it needs rights that a container seldom has, and the page is our own.
        command = [self.program, "--headless=new", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                   "--proxy-server=http://127.0.0.1:9", "--hide-scrollbars", "--enable-logging=stderr",
                   f"--user-data-dir={self.directory}/profile", *map(str, words)]
        try:
            return subprocess.run(command, text=True, capture_output=True, check=False,
                                  timeout=LOAD_SECONDS_MAX)
        except subprocess.TimeoutExpired as late:
            return subprocess.CompletedProcess(command, -1, "", f"no end: {late}")

    def load(self, page, is_dark=False):
        """(the page as the browser has it then, what its console said)."""
        flags = ["--force-dark-mode"] if is_dark else []
        done = self.run(*flags, "--dump-dom", page.as_uri())
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    def measure(self, page, size, is_dark=False, is_paper=False):
        """What the script finds in a copy of the page; on paper, with the style of printing."""
        text = page.read_text()
        text, policies = POLICY.subn("", text)  # it would keep the script out, too
        assert policies == 1, f"{policies} policies"
        if is_paper:
            text = text.replace("@media print", "@media all").replace("@media screen", "@media none")
        script = MEASURE.replace("CONTRAST_MIN", str(CONTRAST_MIN)).replace(
            "SMALLEST", "11" if is_paper else "12")
        text = text.replace("</body>", f"<script>{script}</script></body>")
        # In a frame: a window is never as narrow as a phone, and lower than it is told to be.
        frame = self.directory / "frame.html"
        frame.write_text(FRAME.format(width=size[0], height=size[1], page=html.escape(text)))
        dom, console = self.load(frame, is_dark)
        assert not console, console
        found = re.search(r'<script type="application/json" id="found">(.*?)</script>', dom, re.S)
        assert found, dom[-2000:]
        return json.loads(found.group(1))


def live(service):
    """A crowd, a pause, two draws (one without a beacon), losses, overrides, long names, refusals."""
    service.cli("demo", "--server", service.url, "--data", service.directory, "--rate", 200)
    service.cli("load", "--server", service.url, "--data", service.directory, "--people", 300,
                "--seconds", 2)
    operator = service.operator("o" * LONG)
    operator.patch_queue("demo", paused=True, reason="nobody reaches the call centre " * 6).expect(200)
    operator.patch_queue("demo", paused=False, rate_per_second=500).expect(200)
    service.cli("load", "--server", service.url, "--data", service.directory, "--people", 200,
                "--seed", 2, "--seconds", 1)
    site, slot, product, programme = "S" * LONG, "W" * LONG, "M" * LONG, "P" * LONG
    operator.put_site(site).expect(200)
    operator.put_slot(site, slot, capacity=3).expect(200)
    operator.put_slot(site, slot, capacity=2, reason="r" * 180).expect(200)
    operator.add_stock(site, product, 10).expect(200)
    operator.add_stock(site, product, 2, lost=True, reason="<b>thawed</b> & thrown away").expect(200)
    operator.put_programme(programme, products=[one_dose(product)],
                           cohorts=[everybody("later", opens_in=3600)]).expect(200)
    operator.grant(programme, ["n" * LONG], "later").expect(200)
    operator.book_for("n" * LONG, programme, site, slot, product,
                      override=["cohort-not-open"]).expect(201)
    service.person("nobody").book(programme, site, slot, product).expect(403)
    for queue, beacon in (("q" * LONG, None), ("lottery", "4 8 15 16 23 42")):
        draw(service, operator, queue, product, beacon)


def draw(service, operator, queue, product, beacon):
    """Five tickets, whose places are drawn, and who are admitted."""
    people = [service.person(f"{queue[:8]}-{number}") for number in range(5)]
    programme = f"of-{queue}"[:LONG]
    prequeue = {"opens_at": in_seconds(-20), "closes_at": in_seconds(2),
                "commitment": hashlib.sha256(SEED).hexdigest()}
    if beacon:
        prequeue["beacon_name"] = "the lottery of Saturday"
    operator.put_programme(programme, queue=queue, products=[one_dose(product)]).expect(200)
    operator.put_queue(queue, programme, opens_at=in_seconds(2.5), prequeue=prequeue,
                       rate_per_second=3).expect(200)
    for person in people:
        person.take_ticket(queue).expect(201)
    until(lambda: operator.draw(queue, SEED.hex(), beacon),
          lambda answer: answer.code != "prequeue-not-closed").expect(200)
    for person in people:
        person.wait_admitted(queue, seconds=30)


class ReportPage(unittest.TestCase):
    """One day, its page, and the page of its records after somebody altered an admission."""

    @classmethod
    def setUpClass(cls):
        kept = tempfile.TemporaryDirectory(prefix="jari-report-")
        cls.addClassCleanup(kept.cleanup)
        cls.directory = pathlib.Path(kept.name)
        cls.browser = Browser(cls.directory)
        cls.good, cls.bad = cls.directory / "good.html", cls.directory / "bad.html"
        with Service(contract=None) as service:
            live(service)
            key, note = cls.directory / "key.pub", cls.directory / "published"
            key.write_text(service.cli("checkpoint", "key", "--data", service.directory).stdout)
            note.write_text(service.cli("checkpoint", "--data", service.directory).stdout)
            service.cli("audit", "--data", service.directory, "--checkpoint", note, "--public-key",
                        key, "--report", cls.good)
            export = cls.directory / "altered.jsonl"
            export.write_text(cls.altered(service.cli("export", "--data", service.directory).stdout))
            done = service.cli("audit", "--export", export, "--report", cls.bad, check=False)
            assert done.returncode == 1, done.stdout[-500:] + done.stderr[-500:]

    @staticmethod
    def altered(export):
        """Somebody else's place for the first who was admitted."""
        lines = export.splitlines()
        at = next(i for i, line in enumerate(lines) if '"type":"Admitted"' in line)
        record = json.loads(lines[at])
        record["body"]["place"] += 1
        lines[at] = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
        return "".join(line + "\n" for line in lines)

    def views(self):
        """(what it is of, what was measured) of both pages, each way they are looked at."""
        for page in (self.good, self.bad):
            for size in (DESK, PHONE):
                for is_dark in (False, True):
                    found = self.browser.measure(page, size, is_dark)
                    view = f"{page.name} at {size[0]}, {'dark' if is_dark else 'light'}"
                    self.assertEqual((found["window"], found["is_dark"]), (list(size), is_dark), view)
                    yield view, found
            found = self.browser.measure(page, PAPER, is_paper=True)
            self.assertEqual(found["window"], list(PAPER))
            yield f"{page.name} on paper", found

    def test_it_loads_without_a_word_and_asks_for_nothing(self):
        """As it was written, script-free and under its policy."""
        for page in (self.good, self.bad):
            _, console = self.browser.load(page)
            self.assertEqual(console, [], page.name)
            form = Form(page.read_text())
            self.assertEqual((form.wrong, form.lang), ([], "en"), page.name)

    def test_it_can_be_read_wherever_it_is_looked_at(self):
        """Nothing is cut off, faint, on top of each other or without a name; nothing is asked for."""
        for view, found in self.views():
            with self.subTest(view):
                self.assertEqual(found["asked"], [])
                self.assertLessEqual(found["page_width"], found["window"][0])
                self.assertEqual(found["too_wide"][:9], [])
                self.assertEqual((found["faint"], found["small"], found["captions"]), ([], [], 0))
                self.assertGreater(found["texts"], 200)
                self.look_at_pictures(found["pictures"])

    def look_at_pictures(self, pictures):
        """The places and the admissions of three queues."""
        self.assertEqual(len(pictures), 6)
        for one in pictures:
            self.assertGreater(one["width"], 200, one)
            self.assertGreater(one["height"], 80, one)
            self.assertTrue(one["title"].strip() and one["heading"].strip(), one)
            self.assertGreater(one["bars"], 0, one)
            self.assertEqual((one["bars_outside"], one["overlapping"]), (0, []), one)
            self.assertIn(one["marks"][0], ("place in the line", "people a second"))
            self.assertIn(one["marks"][-1], ("in the order of admission", "time, UTC"))
            self.assertGreaterEqual(len(one["marks"]), 6, "two names, two ends, two marks of an axis")

    def test_the_first_screen_answers(self):
        """Whether the rules hold, whether it was fair, and how many there were."""
        says = {self.good: ["Every rule holds.", "Yes, but:"],
                self.bad: ["No: ", "No, not as far as this log shows."]}
        for page, answers in says.items():
            for size in (DESK, PHONE):
                found = self.browser.measure(page, size)
                with self.subTest(f"{page.name} at {size[0]}"):
                    self.assertEqual([one["asks"] for one in found["answers"]],
                                     ["Do the rules hold?", "Was it fair?"])
                    for one, answer in zip(found["answers"], answers):
                        self.assertTrue(one["says"].startswith(answer), one)
                        self.assertTrue(0 <= one["top"] < one["bottom"] <= size[1], one)
                    seen = [one["what"] for one in found["totals"] if one["bottom"] <= size[1]]
                    if page == self.good or size == DESK:
                        self.assertEqual(seen[:2], ["People admitted", "Bookings"])

    def test_it_is_printed(self):
        """Onto pages, few of them."""
        paper = self.directory / "paper.pdf"
        done = self.browser.run(f"--print-to-pdf={paper}", self.good.as_uri())
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        pages = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
        self.assertTrue(2 <= pages <= 20, pages)


if __name__ == "__main__":
    need_binary()
    main()
