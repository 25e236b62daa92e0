#!/usr/bin/env python3
"""ops/audit.py — a second auditor of Jari's log: it shares nothing with the first or with Jari.

    jari export --data DIR > day.jsonl
    ops/audit.py day.jsonl

Reads what `jari export` prints of a whole log and holds it against the rules I1 to I9
(engine/ARCHITECTURE.md, *Invariants*). Needs Python 3.11 and nothing else: copy this file, and
audit_answers.py, which lies beside it, to a machine of your own, read them, change them, run them.

Prints `ok: N records`, or `violation: RULE TOPIC PARTITION OFFSET: TYPE: why` for each thing that
does not hold, as `jari audit` does: the rule, the place and type of the record, and what is wrong
there; exit 0, or 1 (also for an export that is damaged or not whole, or a line whose `time` is not
the log's: named on stderr), 2 for wrong usage. Of a log that several nodes write, the last minute of
each partition is not judged for what is missing in it, nor a tick that goes back: `ok` says so. It believes Jari what it *said* (who was
granted what) and nothing else: places, doses, lines, draws, times and rights are counted here once
more.

How a log reads. Each line is a record: its place (topic, partition, offset), its type, its body. A
*request* comes from outside, with `request` (its id), `by` and `reason`. What a record causes
stands in other partitions and names it in `cause`: *effects*, and rows of `sync` (an appointment's
documents) and `outcomes` (answers), numbered from each source to each destination: `stream`.
*Ticks* are the only clock. Sessions, holds, rights and request ids end by *steady* time, which
leaves outages (TimeJump) out.

How to read it. A rule is a function whose name or first words name it (search for `I4`): those
words are the rule, and each `expect(what must hold, rule, where, what is said otherwise)` under
them is the rule in code. Nothing else reports anything. Begin with `audit`, in section 9, which
shows every record, in the order of its partition, to the rules. Then read what you ask about:

    Did anybody jump the line, or bend the draw?       section 5, 248 lines         I4
    Was a place or a dose sold twice?                  section 6, 194 lines         I1
    Did somebody book who might not, or too much?      section 8, 270 lines         I2 I3
    Is the old system told what is so?                 section 7, 92 lines          I7
    Was each answered what came of their request?      audit_answers.py, 317 lines  I5
    Was anything lost, doubled, forged or dated back?  sections 3 and 4, 243 lines  I5 I6 I8
    Did operators sign what they did?                  section 4, 151 lines         I9

Sections 1 and 2 only read lines: skip them unless you doubt that a record is what it says; a line
that they do not know ends the audit. To see a rule fail, alter a line of an export.

Left to `jari export`: that the `hash` of a row is what the chain of its stream has there (Python has
no XXH3); that the next row continues it is held against it here. Left to `jari replay`: that the
digests in ticks are the state's. To `jari reconcile`: the old database.

All records are kept in memory. 1,049,871 of them took 62 s of one core and 2.3 GB (27 November 2026,
Python 3.11): `ops/bench --audit 1000000 --audit-log DIR`, `jari export --data DIR`, this.
"""

import argparse
import bisect
import functools
import hashlib
import heapq
import hmac
import json
import re
import sys
from collections import Counter, defaultdict, deque, namedtuple
from datetime import date, datetime, timedelta

RULES = {
    "I1": "No slot and no stock was sold beyond what was there when it was granted.",
    "I2": "Nobody had more active appointments in a programme than it allows.",
    "I3": "Nothing was booked or held without an admission, a right to rebook, or an operator.",
    "I4": "People were admitted in the order of their places, within rate and most inside.",
    "I5": "The same request id had one effect, and what was answered is what came of the request.",
    "I6": "No tick, claim or dispute disagrees about state or time.",
    "I7": "What is in sync equals the appointments.",
    "I8": "No effect between partitions was lost, doubled or out of order.",
    "I9": "Every operator's act is in the log with who and why.",
}
DAY_MS = 86_400_000
NEVER = 1 << 62
NO_HASH = "0" * 32


# 1. The form of a record. What `jari export` would not print is refused, with its line.

class Damaged(Exception):
    """The export is not what `jari export` prints of a whole log."""


def text(value):
    return value if type(value) is str else None


def count(value):
    return value if type(value) is int and 0 <= value < 1 << 63 else None


def signed(value):
    return value if type(value) is int and abs(value) < 1 << 63 else None


def degrees(value):
    return value if type(value) in (int, float) else None


def flag(value):
    return value if type(value) is bool else None


def hash128(value):
    return value if re.fullmatch("[0-9a-f]{32}", value) else None


@functools.lru_cache(100_000)
def time(value):
    """Milliseconds since 1970."""
    is_time = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value)
    return round(datetime.fromisoformat(value).timestamp() * 1000) if is_time else None


@functools.lru_cache(100_000)
def day(value):
    """Dates stay text, which compares as the days do."""
    return date.fromisoformat(value).isoformat()


def from_(value):
    return time(value) if type(value) is str else count(value)


def members(value):
    return Body((name, read(name, one)) for name, one in value.items())


def appointment(value):
    """Its id, or the document that was answered."""
    return value if type(value) is str else members(value)


def objects(value):
    return tuple(map(members, value)) if type(value) is list else None


def texts(value):
    return tuple(value) if type(value) is list and all(map(text, value)) else None


EMPTY = {text: "", day: "", count: 0, signed: 0, degrees: 0, time: 0, from_: 0, flag: False,
         hash128: NO_HASH, members: (), objects: (), texts: (), appointment: ""}
KINDS = {name: kind for kind, names in {
    text: "acting_for address beacon beacon_name by cancelled_by code cohort commitment decision"
          " field hold last_product message name node phone person product programme queue reason"
          " region replaces request seed site slot slot_state state step topic type why who zone"
          " asked writers",
    count: "active_appointments_max bytes capacity dose doses_done epoch expects_version format"
           " hold_seconds inside_max knows_from knows_to last length_ms length_seconds offset"
           " outage_ms partition partitions place programme_version rate_per_second rebook_seconds"
           " seq session_seconds status stream_window ticket upto version",
    signed: "doses interval_days_max interval_days_min", degrees: "latitude longitude",
    flag: "attended cancel is_sink lost on paused rejoin used_rebook_right", from_: "from",
    hash128: "copy_of digest hash incarnation prev_hash process",
    time: "admitted_at as_of begins closes_at opens_at rebook_until starts_at time to until",
    day: "last_dose_on not_after not_before starts_on",
    members: "body cause destination prequeue sink source stream", appointment: "appointment",
    objects: "cohorts products topics", texts: "follows override",
}.items() for name in names.split()}


class Body(dict):
    """The members of an object. One that is absent reads as empty: "", 0, False or ()."""

    def __missing__(self, name):
        return EMPTY[KINDS[name]]


def read(name, value):
    """A member's value; times as numbers."""
    try:
        kind = KINDS[name]
        known = kind(value)
    except KeyError:
        raise Damaged(f"a record has no member {name}") from None
    except (ValueError, TypeError, AttributeError):
        known = None
    if known is None:
        raise Damaged(f"{name} is no {kind.__name__.strip('_')}")
    return known


# Effects: made in which topic, standing in which, in whose partition.
EFFECTS = {
    "Admitted": ("queue", "bookings", "person"), "AdmissionEnded": ("queue", "bookings", "person"),
    "SessionEnded": ("bookings", "queue", "queue"), "Outcome": (None, "outcomes", None),
    "Appointment": ("bookings", "sync", None),
    "ProgrammeConfigured": ("programmes", None, None), "Barrier": ("programmes", None, None),
    **dict.fromkeys(("Reserve", "Release", "HoldRequested", "HoldConfirmed",
                     "HoldReleaseRequested", "DoseReturned", "DoseTaken"),
                    ("bookings", "inventory", "site")),
    **dict.fromkeys(("ReservationGranted", "ReservationRefused", "HoldGranted", "HoldRefused",
                     "HoldEnded", "AppointmentWithdrawn"), ("inventory", "bookings", "person")),
}
WISHES = ("Reserve", "HoldRequested", "HoldConfirmed")  # what a site must answer, once
ANSWERS = ("ReservationGranted", "ReservationRefused", "HoldGranted", "HoldRefused")
OWN = {"Genesis", "Tick", "Claim", "Ack", "Barrier", "TimeJump", "StreamSet", "Disputed", "Reissue",
       "AdmissionHeld", "DeadLetter"}  # what nodes write for themselves, and what is no record
SETTINGS = {"QueueConfigured", "ProgrammeConfigured"}  # null clears a member
# Requests: where one may stand; elsewhere it is a dead letter. A * : a person may ask it for
# themself; all else is an operator's.
REQUESTS = {kind.strip("*"): (topic, "*" in kind) for topic, *kinds in map(str.split, """
    queue TicketRequested* TicketReturned* QueueConfigured PrequeueDrawn
    programmes ProgrammeConfigured
    bookings EligibilityGranted EligibilityRevoked AttendanceRecorded BookingRequested*
    bookings HoldRequested* HoldReleaseRequested* CancelRequested* RescheduleRequested*
    inventory SitePublished SlotPublished SlotChanged SlotWithdrawn
    inventory StockChanged""".strip().splitlines()) for kind in kinds}
NOWHERE = (None, False)


def is_id(value):
    return re.fullmatch(r"[\w.:-]{1,64}", value, re.A)


def made(letter, value):
    """The id of an appointment (`a3-1042`) or a hold (`h…`) that Jari made, of the partition and
    offset of the request that it came of; "" where it is none."""
    return value if re.fullmatch(letter + r"(0|[1-9]\d*)-(0|[1-9]\d*)", value) else ""


@functools.lru_cache(1_000_000)
def partition_of(key, partitions):
    """(murmur2(key) & 0x7fffffff) mod count, as Kafka's Java clients choose a partition."""
    raw, mask, factor = key.encode(), 0xFFFFFFFF, 0x5BD1E995
    hashed = 0x9747B28C ^ len(raw)
    whole = len(raw) // 4 * 4
    for at in range(0, whole, 4):
        word = int.from_bytes(raw[at:at + 4], "little") * factor & mask
        hashed = hashed * factor & mask ^ (word ^ word >> 24) * factor & mask
    if raw[whole:]:
        hashed = (hashed ^ int.from_bytes(raw[whole:], "little")) * factor & mask
    hashed = (hashed ^ hashed >> 13) * factor & mask
    return ((hashed ^ hashed >> 15) & 0x7FFFFFFF) % partitions


# 2. Reading: each partition in its order, its time, and what each record caused.

class Record:
    """A line, and what this auditor knows of it."""
    __slots__ = ("where", "offset", "type", "body", "request", "by", "reason", "is_effect",
                 "is_request", "is_applied", "is_repeat", "now", "steady", "outages", "caused",
                 "answers", "asked")

    def __init__(self, where, line, body):
        self.where, self.offset, self.type, self.body = where, line["offset"], line["type"], body
        self.request, self.by, self.reason = line["request"], line["by"], line["reason"]
        self.is_effect = "stream" in line
        self.is_request = self.is_applied = self.is_repeat = False
        self.caused = ()     # records of other partitions
        self.answers = None  # of an outcome: the request
        self.asked = None    # of a request of bookings: what its answer must say

    def is_persons_own(self):
        """A person asks for themself; an operator gives a reason, or asks for another."""
        is_persons = REQUESTS.get(self.type, NOWHERE)[1]
        return is_persons and self.body["person"] == self.by and not self.reason

    def effects(self, *kinds):
        return [one for one in self.caused if one.type in kinds]

    def outcome(self):
        """What the request that stands here was answered; empty: nothing yet, or before."""
        return next((one.body for one in self.caused if self.is_request and one.type == "Outcome"
                     and one.body["request"] == self.request), Body())

    def is_done(self):
        """A request that was granted, an effect that arrived."""
        return self.is_effect or self.outcome()["decision"] == "granted"


class Line:
    """A partition."""

    def __init__(self):
        self.records, self.next = [], 0   # of a sink no records: they hang at their causes
        self.caused = defaultdict(list)   # by offset
        self.applied = -1                 # whose effects surely are all there
        self.epoch, self.process, self.incarnation = 0, NO_HASH, None
        self.now = self.outages = self.ticked = 0
        self.times = deque(maxlen=256)    # (from which offset on, its time), as the exporter has it
        self.digests = {}                 # of the newest ticks, by offset


class Stream:
    """The rows of one source in one destination."""

    def __init__(self):
        self.last = self.highest = self.cause = self.acked = 0
        self.at = self.acked_at = None
        self.rows, self.hash = {}, NO_HASH


class Report:
    SHOWN_MAX = 10_000

    def __init__(self):
        self.records, self.violations, self.is_of_many = 0, [], False
        self.checked, self.broken = dict.fromkeys(RULES, 0), dict.fromkeys(RULES, 0)

    def expect(self, holds, rule, at, why):
        """Notes that a rule was checked; and where it does not hold, that it is broken there."""
        self.checked[rule] += 1
        if not holds:
            self.broken[rule] += 1
            if len(self.violations) < self.SHOWN_MAX:
                self.violations.append((rule, *at.where, at.offset, at.type, why))
        return holds


def distinct(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def no_number(name):
    raise ValueError(f"{name} is no number")


class Log:
    """An export, read once. Streams, ticks and claims are judged as records pass."""
    MEMBERS = set("topic partition offset time type cause stream request by acting_for reason body"
                  " writers".split())

    def __init__(self, report, is_kafka):
        self.report, self.expect, self.is_kafka = report, report.expect, is_kafka
        self.writers = None  # as the first line says it
        self.lines, self.streams, self.settings = {}, defaultdict(Stream), {}
        self.topics, self.genesis = {}, None
        self.early = []      # rows before their cause whose time is still to be judged

    def read(self, lines):
        for number, line in enumerate(lines, 1):
            try:
                raw = json.loads(line.decode(), object_pairs_hook=distinct,
                                 parse_constant=no_number)
                self.take(raw)
            except Damaged as why:
                raise Damaged(f"{number}: {why}") from None
            except (ValueError, RecursionError) as why:
                raise Damaged(f"{number}: the line is no JSON: {why}") from None
            self.report.records += 1
        if not self.lines or not all(line.next for line in self.lines.values()):
            raise Damaged("not every partition is there: export the whole log, in one go")
        for line in self.lines.values():
            for offset, rows in line.caused.items():
                if offset < len(line.records):
                    line.records[offset].caused = rows
        check_early_times(self)
        I8_streams_end_whole(self)

    def take(self, raw):
        if type(raw) is not dict or not raw.keys() <= self.MEMBERS:
            raise Damaged("the line is no record")
        kind, body = raw.get("type"), raw.pop("body", None)
        if not text(kind) or kind not in REQUESTS and kind not in OWN and kind not in EFFECTS:
            raise Damaged(f"there is no type {kind}")
        if type(body) is not dict:
            raise Damaged("body is no object")
        if (type(body.get("appointment", "")) is dict) != (kind == "Outcome") and (
                "appointment" in body):
            raise Damaged("appointment is no appointment")
        cleared = [name for name in body if body[name] is None and kind in SETTINGS]
        body = members({name: one for name, one in body.items() if name not in cleared})
        body.update((name, Body()[name]) for name in cleared if name in KINDS)
        line = members(raw)
        self.know_writers(kind, line["writers"])
        if kind == "Genesis" and body["format"] != 1:
            raise Damaged(f"records of format {body['format']}; this auditor knows format 1")
        if self.genesis is None:
            self.begin(kind, body)
        where = self.place(line)
        here = self.lines[where]
        if "offset" not in line or line["offset"] != here.next:
            raise Damaged(f"offset {line['offset']} of {where[0]} {where[1]} stands where "
                          f"{here.next} was next: a record is missing or doubled")
        if here.next == 0 and kind != "Genesis":
            raise Damaged("a partition begins without Genesis: export the whole log, in one go")
        here.next += 1
        record = Record(where, line, body)
        is_home = where[0] != "inventory" or self.home_of("inventory", body["site"]) == where
        record.is_request = not record.is_effect and is_home and (
            REQUESTS.get(kind, NOWHERE)[0] == where[0])
        pass_time(here, record, self.genesis["outage_ms"])
        I6_no_dispute(self, here, record)
        I8_streams_continue(self, here, record, line)
        check_time(self, record, line, raw.get("time", ""))
        if not self.topics[where[0]]["is_sink"]:
            record.body = None if kind == "Tick" else body  # most records are ticks
            here.records.append(record)

    def begin(self, kind, body):
        if kind != "Genesis":
            raise Damaged("an export begins with Genesis: export the whole log, in one go")
        self.genesis = body
        for topic in body["topics"]:
            self.topics[topic["name"]] = topic
            for partition in range(topic["partitions"]):
                self.lines[topic["name"], partition] = Line()

    def know_writers(self, kind, writers):
        """Whether several nodes write the log, which takes the ends of its partitions out of what
        is judged: each Genesis says so, and nothing else does."""
        if self.writers is None:
            self.writers, self.report.is_of_many = writers, self.is_kafka or writers == "many"
            self.is_kafka = self.report.is_of_many
        if writers != (self.writers if kind == "Genesis" else "") or writers not in ("", "many"):
            raise Damaged("it says otherwise than the first line who writes this log")

    def place(self, named):
        where = (named["topic"], named["partition"]) if named else None
        if where not in self.lines:
            raise Damaged("topic and partition are none of this log")
        return where

    def home_of(self, topic, key):
        return topic, partition_of(key, self.topics[topic]["partitions"])

# 3. Time: I6.

def is_owners(line, record):
    """Whether a tick or a jump is of the process that speaks for the partition."""
    return (record.body["epoch"], record.body["process"]) == (line.epoch, line.process)


def pass_time(line, record, outage_ms):
    """The partition's time once the record was applied. Only its owner's ticks and jumps count."""
    body, before = record.body, line.now
    if record.type == "Genesis" and record.offset == 0:
        line.now = body["begins"]
    elif record.type == "Tick" and is_owners(line, record):
        if line.now < body["time"] <= line.now + outage_ms:
            line.now = body["time"]
    elif record.type == "TimeJump" and is_owners(line, record):
        if body["from"] == line.now < body["to"]:
            line.now = body["to"]
            line.outages += body["to"] - body["from"]
    record.now, record.outages, record.steady = line.now, line.outages, line.now - line.outages
    if line.now != before:
        line.times.append((record.offset, line.now))


@functools.lru_cache(100_000)
def time_text(milliseconds):
    moment = datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds") + "Z"


def check_time(log, record, raw, said):
    """The `time` of a line is its partition's; of a row of a sink, that of its cause, or what the
    lines before it tell of that: where the row is read before its cause, Jari knows no better."""
    now = record.now
    if record.is_effect and log.topics[record.where[0]]["is_sink"]:
        source, cause = log.lines[log.place(raw["stream"]["source"])], raw["cause"]["offset"]
        now = next((time for since, time in reversed(source.times) if since <= cause), source.now)
        if said != time_text(now) and cause >= source.next:
            log.early.append((log.report.records + 1, source, cause, said))
            return
        if said != time_text(now) and source.records:
            now = source.records[cause].now  # the lines were sorted otherwise than they were printed
    if said != time_text(now):
        raise Damaged(wrong_time(said, time_text(now)))


def check_early_times(log):
    """Of rows that stand before their cause, which is known by now."""
    for number, source, cause, said in log.early:
        known = time_text(source.records[cause].now) if cause < len(source.records) else "not known"
        if said != known:
            raise Damaged(f"{number}: {wrong_time(said, known)}")


def wrong_time(said, known):
    return f"time is {said}, and by the ticks of the log it is {known}: the line was altered"


def is_settled(log, record):
    """Whether all that it caused surely is there: not of the last records of a log."""
    line = log.lines[record.where]
    return record.offset <= line.applied if not log.is_kafka else (
        record.now + 60_000 <= line.now)


def I6_no_dispute(log, line, record):
    """I6, of what a log can show: no tick, claim or dispute disagrees about state or time."""
    expect, body = log.expect, record.body
    if record.type == "Tick":
        if body["digest"] != NO_HASH:
            before = line.digests.setdefault(body["upto"], body["digest"])
            expect(before == body["digest"], "I6", record,
                   f"two ticks give the state after offset {body['upto']} different digests")
            if len(line.digests) > 4096:
                del line.digests[min(line.digests)]
        expect(body["upto"] < record.offset, "I6", record, "a digest of what stands after it")
        if body["upto"] <= record.offset:
            line.applied = max(line.applied, body["upto"])
        if is_owners(line, record) and not log.is_kafka:  # where many write, one may come late
            expect(body["time"] >= line.ticked, "I6", record, "the tick goes back in time")
            line.ticked = max(line.ticked, body["time"])
    elif record.type == "TimeJump" and is_owners(line, record):
        line.ticked = record.now
    elif record.type == "Claim":
        expect(body["epoch"] <= line.epoch + 1, "I6", record,
               f"epoch {body['epoch']} was claimed after epoch {line.epoch}")
        if body["epoch"] == line.epoch + 1:
            line.epoch, line.process = body["epoch"], body["process"]
    elif record.type == "Disputed":
        expect(False, "I6", record, "a node came to another state")


# 4. Every record: I5, I8, I9.

def I8_streams_continue(log, line, record, raw):
    """I8: an effect is the next of its stream and of this log, caused by a record of its source no
    earlier than the one before; of a kind that is made there, and belongs here."""
    expect, where, body = log.expect, record.where, record.body

    def acknowledge(destination, last):
        stream = log.streams[where, destination]
        if last > stream.acked:
            stream.acked, stream.acked_at = last, record

    if not record.is_effect:
        if record.type == "Genesis":
            expect(line.incarnation in (None, body["copy_of"]), "I8", record,
                   "a second genesis that is no copy of this log")
            line.incarnation = body["incarnation"]
            log.genesis = body
        elif record.type == "Ack":
            acknowledge(log.place(body["destination"]), body["last"])
        elif record.type == "StreamSet":
            stream = log.streams[log.place(body["source"]), where]
            stream.last, stream.rows, stream.hash = body["seq"], {}, body["hash"]
            stream.highest = max(stream.highest, stream.last)
        is_row = log.topics[where[0]]["is_sink"] and record.type not in OWN
        expect(not is_row, "I8", record, "an effect without its place in a stream")
        record.is_applied = not is_row and (record.is_request or record.type in OWN)
        return
    place = raw["stream"]
    source, number, cause = log.place(place["source"]), place["seq"], raw["cause"]
    if "offset" not in cause or log.place(cause) != source:
        raise Damaged("cause is no place in the partition that the stream comes from")
    cause = cause["offset"]
    destination = log.place(place["destination"]) if "destination" in place else where
    if not expect(destination == where, "I8", record, "the effect is for another partition"):
        return
    stream, name = log.streams[source, where], f"number {number} from {source[0]} {source[1]}"
    if number > stream.highest:
        stream.highest, stream.at = number, record
    acknowledge(source, place["last"])
    row = cause, place["prev_hash"], record.type, body
    if number != stream.last + 1:  # what came early comes again; a repeat says the same
        expect(stream.rows.get(number, row) == row, "I8", record,
               f"{name} came again and says something else")
        return
    if not expect(place["prev_hash"] == stream.hash, "I8", record,
                  f"{name} does not continue the chain of those before it"):
        return
    log_id = place["incarnation"] if "incarnation" in place else log.genesis["incarnation"]
    made_in, stands_in, key = EFFECTS.get(record.type, ("nowhere", None, None))
    expect(log_id == line.incarnation, "I8", record, f"{name} is of another log")
    expect(cause >= stream.cause, "I8", record, f"{name} was caused before the one before it")
    expect(made_in in (None, source[0]), "I8", record, f"a {record.type} that came from {source}")
    if key and body[key]:
        expect(log.home_of(stands_in, body[key]) == where, "I8", record,
               f"{record.type} about {body[key]} stands in a partition that is not theirs")
    if record.type == "ProgrammeConfigured":
        version = body["programme"], body["version"]
        expect(log.settings.setdefault(version, body) == body, "I8", record,
               f"version {version} of a programme is another here than in other partitions")
    stream.last, stream.cause, stream.rows[number] = number, max(stream.cause, cause), row
    stream.hash = place["hash"]
    record.is_applied = True
    log.lines[source].caused[cause].append(record)
    log.lines[source].applied = max(log.lines[source].applied, cause)


def I8_streams_end_whole(log):
    """I8: at the end no number is missing, none was caused by what is not there, and none that
    never arrived was acknowledged."""
    for (source, _), stream in log.streams.items():
        if stream.at:
            log.expect(stream.highest == stream.last, "I8", stream.at,
                       f"number {stream.last + 1} from {source[0]} {source[1]} is missing")
            log.expect(stream.cause < log.lines[source].next, "I8", stream.at,
                       f"its cause is beyond the end of {source[0]} {source[1]}")
        if stream.acked_at:
            log.expect(stream.acked <= stream.last, "I8", stream.acked_at,
                       f"it acknowledges number {stream.acked}, and only {stream.last} arrived: a "
                       "tail was lost")


def I8_nothing_is_left_unanswered(log, record):
    """I8: a site answers each reservation and hold once, and nothing else; a request that is
    decided where it stands has its outcome."""
    topic, body = record.where[0], record.body
    if topic == "inventory" and record.is_applied:
        is_hold = record.type == "HoldRequested"
        name, letter = ("hold", "h") if is_hold else ("appointment", "a")
        asked = record.is_effect and record.type in WISHES and made(letter, body[name])
        answers = record.effects(*ANSWERS)
        for answer in answers:
            is_its = answer.type.startswith("Hold") == is_hold and answer.body[name] == asked
            log.expect(asked and is_its, "I8", answer, "an answer that nobody asked this site for")
        if asked and (answers or is_settled(log, record)):
            log.expect(len(answers) == 1, "I8", record,
                       f"the site answered {len(answers)} times: an answer was lost or doubled")
    if record.is_request and not record.is_repeat and topic != "bookings":
        ids = [record.request, *([body["site"]] if topic == "inventory" else [])]
        if is_settled(log, record) and all(map(is_id, ids)):
            log.expect(record.outcome(), "I8", record,
                       f"the outcome of request {record.request} was lost")


def I5_one_effect_a_request(log, is_remembered):
    """I5, of what a log can show: a request id of one sender has one effect within 24 hours, and
    nothing is decided that nobody sent. What its key does not remember may be asked again."""
    for line in log.lines.values():
        sent, decided = defaultdict(list), deque()  # by request id: [sender, record, when decided]
        for record in line.records:
            while decided and decided[0][0] + DAY_MS <= record.steady:
                _, request = decided.popleft()
                sent[request] = [one for one in sent[request] if one[2] is None
                                 or one[2] + DAY_MS > record.steady]
            if record.is_request:
                sender = record.by, record.is_persons_own()
                record.is_repeat = record.request != "" and any(
                    one[0] == sender for one in sent[record.request])
                if not record.is_repeat:
                    sent[record.request].append([sender, record, None])
            for row in record.effects("Outcome"):
                said = row.body
                fitting = [one for one in sent[said["request"]] if one[2] is None
                           and one[1].type == said["asked"] and (
                               one[1] is record or not one[1].body["person"] or not said["person"]
                               or one[1].body["person"] == said["person"])]
                fitting.sort(key=lambda one: one[1] is not record)  # first what stands there
                is_kept = is_remembered(said)
                is_there = not record.is_effect and not is_kept and (
                    (record.request, record.type) == (said["request"], said["asked"]))
                row.answers = record if is_there else fitting[0][1] if fitting else None
                if is_kept:
                    if log.expect(fitting, "I5", record, f"request {said['request']} was decided "
                                  "twice within 24 hours, or nobody sent it"):
                        fitting[0][2] = record.steady
                        decided.append((record.steady, said["request"]))
                elif fitting and (fitting[0][1] is record or not record.is_request
                                  or record.request != said["request"]):
                    sent[said["request"]].remove(fitting[0])


def I9_operators_sign(log, record):
    """I9: every operator's act is in the log with who and why. What is asked for somebody else is
    an operator's, whoever asked."""
    is_act = record.is_request and not record.is_persons_own()
    if is_act or record.type in ("StreamSet", "Reissue"):
        did_nothing = is_act and record.outcome()["decision"] == "refused"
        log.expect(did_nothing or (record.by and record.reason), "I9", record,
                   f"{record.type} without {'a reason' if record.by else 'a name'}")


# 5. I4: the line.

class Ticket:
    __slots__ = ("person", "place", "state", "ends", "counts")

    def __init__(self, person, place):
        self.person, self.place, self.state = person, place, "waiting"
        self.ends, self.counts = 0, False  # the session's end; whether it counts as inside


class Queue:
    """A queue as its operators set it, and its line."""

    def __init__(self):
        self.set, self.is_known = Body(closes_at=NEVER, rejoin=True), False
        self.drawn, self.to_draw = None, 0
        self.tickets, self.latest, self.last_ticket_at = [], {}, 0
        self.waiting, self.places, self.first = {}, [], 0  # place: number; all places, sorted
        self.inside, self.ends = 0, []                     # a heap of (end, number)
        self.second, self.in_second = 0, 0

    def leave(self, ticket):
        if ticket.state == "waiting":
            self.waiting.pop(ticket.place, None)
        self.inside -= ticket.counts
        ticket.state, ticket.counts = "over", False

    def has(self, number, person):
        return 0 < number <= len(self.tickets) and self.tickets[number - 1].person == person

    def is_live(self, number, steady):
        ticket = self.tickets[number - 1] if number else None
        return ticket and (ticket.state == "waiting" or (
            ticket.state == "inside" and ticket.ends > steady))

    def opens_at(self):
        """From when on tickets are given."""
        return (self.set["prequeue"] or self.set)["opens_at"]

    def sweep(self, steady):
        """Sessions that have run out are not inside any more."""
        while self.ends and self.ends[0][0] <= steady:
            end, number = heapq.heappop(self.ends)
            ticket = self.tickets[number - 1]
            if ticket.counts and ticket.ends == end:
                self.inside, ticket.counts = self.inside - 1, False

    def before(self, place):
        """Tickets that wait at lower places, in order."""
        while self.first < len(self.places) and self.places[self.first] not in self.waiting:
            self.first += 1
        for at in range(self.first, bisect.bisect_left(self.places, place)):
            if self.places[at] in self.waiting:
                yield self.tickets[self.waiting[self.places[at]] - 1]


def places_drawn(seed, beacon, queue, tickets):
    """The places of tickets 1 to n: a balanced Feistel permutation of 10 rounds, keyed by seed,
    beacon, queue and n, as schemas/openapi.yaml has it."""
    def mac(key, content):
        return hmac.digest(key, content, "sha256")
    content = b"".join(len(one).to_bytes(4, "big") + one for one in (beacon.encode(),
                                                                     queue.encode()))
    key = mac(seed, content + tickets.to_bytes(8, "big"))
    bits = next(bits for bits in range(1, 33) if 4 ** bits >= tickets)
    mask = (1 << bits) - 1

    def permuted(value):
        left, right = value >> bits, value & mask
        for i in range(10):
            drawn = int.from_bytes(mac(key, bytes([i]) + right.to_bytes(8, "big"))[:8], "big")
            left, right = right, left ^ drawn & mask
        return left << bits | right
    for ticket in range(tickets):
        place = permuted(ticket)
        while place >= tickets:
            place = permuted(place)
        yield place + 1


class Lines:
    """I4: within a queue, tickets are dense and given once, a person has one that lives, and
    admission follows places, within rate and most inside, only while the queue is open."""

    def __init__(self, log, I5_answers):
        self.log, self.expect, self.I5_answers = log, log.expect, I5_answers
        self.queues = defaultdict(Queue)          # by partition and name
        self.programmes, self.held = {}, {}       # the queue that a programme names
        self.sent, self.acked = Counter(), {}     # of each stream

    def look(self, record):
        body, where = record.body, record.where
        if record.is_applied and body:
            if record.type == "AdmissionHeld":
                self.held[where] = body["on"]
            elif record.type == "ProgrammeConfigured" and record.is_effect:
                self.programmes[where, body["programme"]] = body["queue"]
            elif record.type == "SessionEnded" or record.is_request:
                queue = self.queues[where, body["queue"]]
                queue.sweep(record.steady)
                self.I5_answers(self.expect, record, queue)
                if record.is_done():
                    getattr(self, "I4_" + record.type)(record, queue, body)
        self.I4_admissions(record)

    def I4_SessionEnded(self, _, queue, body):
        """Whose session is used up makes room for the next."""
        if 0 < body["ticket"] <= len(queue.tickets):
            ticket = queue.tickets[body["ticket"] - 1]
            if ticket.state == "inside" and ticket.person == body["person"]:
                queue.leave(ticket)

    def I4_QueueConfigured(self, record, queue, body):
        """Once the first ticket is given, what decides the draw is fixed."""
        old, new, is_begun = queue.set["prequeue"], body["prequeue"], bool(queue.tickets)
        if "prequeue" in body and not new and old and is_begun and not queue.drawn:
            self.expect(record.now >= queue.set["opens_at"], "I4", record,
                        "the pre-queue was dropped before the opening")
        if new:
            self.expect(not old or not is_begun or all(
                old[name] == new[name] for name in ("commitment", "beacon_name", "opens_at")),
                "I4", record, "another commitment, beacon or opening after the first ticket")
            self.expect(not old or not is_begun or old["closes_at"] == new["closes_at"] or (
                record.now < old["closes_at"] and new["closes_at"] > queue.last_ticket_at),
                "I4", record, "the end of the pre-queue was moved too late")
            if not queue.drawn and record.now < new["closes_at"]:
                queue.to_draw = len(queue.tickets)
        queue.set.update(body)
        queue.set["closes_at"] = queue.set["closes_at"] or NEVER
        queue.is_known = True

    def I4_PrequeueDrawn(self, record, queue, body):
        """The seed is the one committed to, revealed after the pre-queue closed, with beacon."""
        prequeue, revealed = queue.set["prequeue"], (body["seed"], body["beacon"])
        if queue.drawn:
            self.expect(queue.drawn == revealed, "I4", record, "the pre-queue was drawn twice")
            return
        is_hex = re.fullmatch("([0-9a-f]{2})*", body["seed"])
        seed = bytes.fromhex(body["seed"]) if is_hex else b""
        self.expect(is_hex and prequeue and hashlib.sha256(seed).hexdigest()
                    == prequeue["commitment"], "I4", record,
                    "the seed is not the one that was committed to")
        self.expect(prequeue and record.now >= prequeue["closes_at"], "I4", record,
                    "the pre-queue was drawn before it had closed")
        self.expect(not prequeue or not prequeue["beacon_name"] or body["beacon"], "I4", record,
                    "the pre-queue was drawn without the beacon it names")
        queue.drawn = revealed
        if is_hex:
            drawn = places_drawn(seed, body["beacon"], body["queue"], queue.to_draw)
            for ticket, place in zip(queue.tickets, drawn):
                ticket.place = place
        queue.waiting = {ticket.place: number for number, ticket in enumerate(queue.tickets, 1)
                         if ticket.state == "waiting"}
        queue.places, queue.first = sorted(queue.waiting), 0

    def I4_TicketRequested(self, record, queue, body):
        """Numbers are dense and given once; who has a live ticket gets no other."""
        number, person = record.outcome()["ticket"], body["person"]
        next_one, latest = len(queue.tickets) + 1, queue.latest.get(person, 0)
        is_live = queue.is_live(latest, record.steady)
        if is_live or number < next_one:
            self.expect(is_live and number == latest, "I4", record,
                        f"ticket {number} was given before, or to who had a live one")
            return
        for holds, why in (
                (number == next_one, f"ticket {number} was given where {next_one} was next"),
                (queue.is_known, "a ticket of a queue that was never set up"),
                (record.now >= queue.opens_at(), "a ticket was given before the queue opened"),
                (record.now < queue.set["closes_at"], "a ticket was given after the closing"),
                (not latest or queue.set["rejoin"], "a second ticket where nobody may join again")):
            self.expect(holds, "I4", record, why)
        if number != next_one:
            return
        queue.tickets.append(Ticket(person, number))
        queue.waiting[number] = queue.latest[person] = number
        queue.places.append(number)
        queue.last_ticket_at = record.now
        prequeue = queue.set["prequeue"]
        if prequeue and not queue.drawn and record.now < prequeue["closes_at"]:
            queue.to_draw = number

    def I4_TicketReturned(self, record, queue, body):
        """A ticket is given back by who has it."""
        number = record.outcome()["ticket"]
        if self.expect(queue.has(number, body["person"]), "I4", record,
                       f"ticket {number} was given back by who does not have it"):
            queue.leave(queue.tickets[number - 1])

    def I4_admissions(self, record):
        """Only ticks admit: from each queue in the order of its places."""
        rows = sorted(record.effects("Admitted"),
                      key=lambda row: (row.body["queue"], row.body["place"]))
        if rows:
            self.expect(record.type in ("Tick", "TimeJump"), "I4", record,
                        "somebody was admitted by what is no tick")
        for row in rows:
            queue, number = self.queues[record.where, row.body["queue"]], row.body["ticket"]
            queue.sweep(record.steady)
            if self.expect(0 < number <= len(queue.tickets), "I4", row,
                           f"ticket {number} was admitted and never given"):
                self.I4_admission(record, row, queue, queue.tickets[number - 1])
                heapq.heappush(queue.ends, (queue.tickets[number - 1].ends, number))
            self.sent[record.where, row.where] += 1
        for row in record.caused:
            self.sent[record.where, row.where] += row.type != "Admitted"

    def I4_admission(self, record, row, queue, ticket):
        """Who is admitted waited, and nobody before them does who could have been told. The queue
        is open, drawn, not paused or held. No second of log time has more admissions than the
        rate, and no more are inside than may be."""
        body, setting, now = row.body, queue.set, record.now
        named = self.programmes.get((record.where, setting["programme"]))
        passed = next((one for one in queue.before(body["place"])
                       if not self.is_full(record.where, one.person)), None)
        ticket_was, place = ticket.state, ticket.place
        queue.in_second = queue.in_second + 1 if now // 1000 == queue.second else 1
        queue.second = now // 1000
        queue.leave(ticket)
        ticket.state, ticket.counts = "inside", True
        ticket.ends = record.steady + body["session_seconds"] * 1000
        queue.inside += 1
        for holds, why in (
                (ticket_was == "waiting", "it was admitted and did not wait"),
                (ticket.person == body["person"], "it is another person's ticket"),
                (place == body["place"], f"it has the place {place}"),
                (body["admitted_at"] == now, "it was admitted at another time than the queue's"),
                (body["session_seconds"] == setting["session_seconds"], "a session of another "
                 f"length than {setting['session_seconds']} seconds"),
                (queue.is_known, "the queue was never set up"),
                (not setting["paused"], "the queue was paused"),
                (now >= setting["opens_at"], "the queue had not opened"),
                (now < setting["closes_at"], "the queue had closed"),
                (not self.held.get(record.where), "admissions were held"),
                (not setting["prequeue"] or queue.drawn, "it was not drawn"),
                (named == body["queue"], "the queue's programme does not name it"),
                (not passed, f"place {passed and passed.place} was before it"),
                (queue.in_second <= setting["rate_per_second"], f"it was number {queue.in_second} "
                 f"of a second, of {setting['rate_per_second']}"),
                (queue.inside <= setting["inside_max"], f"{queue.inside} are inside, and "
                 f"{setting['inside_max']} may be")):
            self.expect(holds, "I4", row, f"ticket {body['ticket']} was admitted: {why}")

    def is_full(self, source, person):
        """Whether nothing more could be sent to the person's partition: they may be passed over."""
        stream = source, self.log.home_of("bookings", person)
        return self.sent[stream] + 1 > self.acked.get(stream, 0) + self.log.genesis["stream_window"]


# 6. I1: places and doses.

class Slot:
    def __init__(self):
        self.set, self.starts_on, self.is_withdrawn = None, "", False
        self.taken = set()  # appointments and holds


class Stock:
    def __init__(self):
        self.doses = self.taken = 0


class Booking:
    """What an appointment has at a site."""

    def __init__(self, slot, product, at):
        self.slot, self.product, self.at, self.has_dose = slot, product, at, True


Hold = namedtuple("Hold", "person site slot product ends")


class Sites:
    """I1: a slot's booked and held never exceed its capacity at the time of granting; a site's
    doses likewise. Whoever takes what is theirs already takes nothing from others."""

    def __init__(self, log):
        self.expect = log.expect
        self.slots, self.stocks = defaultdict(Slot), defaultdict(Stock)  # by site and what
        self.booked, self.holds = {}, {}  # by appointment and site; by hold
        self.ends = defaultdict(list)     # of holds: a heap for each partition
        self.untold = set()               # withdrawn, and the person is still to hear of it

    def look(self, record):
        ends = self.ends[record.where]
        while ends and ends[0][0] <= record.steady:
            end, hold = heapq.heappop(ends)
            if hold in self.holds and self.holds[hold].ends == end:
                self.end_hold(hold)
        act = getattr(self, "I1_" + record.type, None)
        if act and record.is_applied and record.is_done():
            act(record, record.body)
        for told in record.effects("AppointmentWithdrawn"):
            self.untold.discard((made("a", told.body["appointment"]), told.body["site"]))

    def I1_SlotPublished(self, record, body):
        """A slot with anybody in it keeps its time; its capacity may change."""
        slot = self.slots[body["site"], body["slot"]]
        is_moved = not slot.set or (slot.set["starts_at"], slot.set["length_seconds"]) != (
            body["starts_at"], body["length_seconds"])
        self.expect(not slot.set or not is_moved or not slot.taken, "I1", record,
                    f"slot {body['slot']} was moved with somebody booked or held in it")
        slot.set, slot.is_withdrawn = body, False
        slot.starts_on = body["starts_on"] if is_moved else slot.starts_on

    I1_SlotChanged = I1_SlotPublished

    def I1_SlotWithdrawn(self, _, body):
        """Holds in it end; who is booked stays, or each is told."""
        slot = self.slots[body["site"], body["slot"]]
        slot.is_withdrawn = True
        for one in list(slot.taken):
            if one in self.holds:
                self.end_hold(one)
            elif body["cancel"]:
                self.unbook(one, body["site"])
                self.untold.add((one, body["site"]))

    def I1_StockChanged(self, record, body):
        """Doses that are booked or held are not taken away, unless they are lost."""
        stock = self.stocks[body["site"], body["product"]]
        stock.doses += body["doses"]
        self.expect(stock.doses >= 0, "I1", record, "more doses were taken away than are there")
        self.expect(body["doses"] >= 0 or body["lost"] or stock.doses >= stock.taken, "I1", record,
                    "doses were taken away that are booked or held, and were not lost")

    def I1_Reserve(self, record, body):
        """At most one place for an appointment at a site: what it had there goes in this step."""
        appointment, site = made("a", body["appointment"]), body["site"]
        if not appointment or not record.effects("ReservationGranted", "HoldGranted"):
            return
        had, hold = self.booked.get((appointment, site)), self.hold_of(body)
        own_place = had and had.slot == body["slot"]
        own_dose = had and had.has_dose and had.product == body["product"]
        self.unbook(appointment, site)
        if hold and hold[1:4] == (site, body["slot"], body["product"]):
            own_place = own_dose = True
            self.end_hold(body["hold"])
        self.book(record, appointment, body)
        self.I1_granted(record, body, own_place, own_dose)

    def I1_HoldConfirmed(self, record, body):
        """A hold that lives becomes an appointment."""
        hold, appointment = self.hold_of(body), made("a", body["appointment"])
        if record.effects("ReservationGranted", "HoldGranted") and self.expect(
                hold and hold.site == body["site"], "I1", record,
                f"hold {body['hold']} became an appointment and did not live"):
            what = Body(person=hold.person, site=hold.site, slot=hold.slot, product=hold.product)
            self.unbook(appointment, hold.site)
            self.end_hold(body["hold"])
            self.book(record, appointment, what)
            self.I1_granted(record, what, True, True)

    def I1_HoldRequested(self, record, body):
        """A hold takes a place and a dose until its end; the one that it replaces ends."""
        hold, before = made("h", body["hold"]), self.holds.get(made("h", body["replaces"]))
        if not hold or not record.effects("ReservationGranted", "HoldGranted"):
            return
        if before and before[:2] == (body["person"], body["site"]):
            self.end_hold(body["replaces"])
        else:
            before = None
        self.expect(hold not in self.holds, "I1", record, f"hold {hold} was granted twice")
        self.end_hold(hold)
        self.holds[hold] = Hold(body["person"], body["site"], body["slot"], body["product"],
                                record.steady + body["length_ms"])
        self.slots[body["site"], body["slot"]].taken.add(hold)
        self.stocks[body["site"], body["product"]].taken += 1
        heapq.heappush(self.ends[record.where], (self.holds[hold].ends, hold))
        self.I1_granted(record, body, before and before.slot == body["slot"],
                        before and before.product == body["product"])

    def I1_HoldReleaseRequested(self, _, body):
        if self.hold_of(body):
            self.end_hold(body["hold"])

    def I1_Release(self, _, body):
        stay = made("a", body["appointment"]), body["site"]
        self.untold.discard(stay)
        if stay in self.booked and self.booked[stay].slot == body["slot"]:
            self.unbook(*stay)

    def I1_DoseReturned(self, record, body):
        """Who did not come leaves the dose, not the place; a correction takes it again."""
        booking = self.booked.get((made("a", body["appointment"]), body["site"]))
        is_back = record.type == "DoseReturned"
        if booking and booking.has_dose == is_back:
            booking.has_dose = not is_back
            self.stocks[body["site"], booking.product].taken += -1 if is_back else 1

    I1_DoseTaken = I1_DoseReturned

    def I1_granted(self, record, body, own_place, own_dose):
        """Where a place and a dose are granted they are there, in time, as was asked for."""
        site, name, expect = body["site"], body["slot"], self.expect
        slot, stock = self.slots[site, name], self.stocks[site, body["product"]]
        if record.type != "HoldRequested":
            said = record.effects("ReservationGranted", "HoldGranted")[0].body
            expect(all(said[one] == body[one] for one in ("person", "site", "slot", "product")),
                   "I1", record, "the answer names another person, slot or product")
        if not expect(slot.set, "I1", record, f"slot {name} was sold and never published"):
            return
        may = body["override"]
        is_early = body["not_before"] and slot.starts_on < body["not_before"]
        is_late = body["not_after"] and slot.starts_on > body["not_after"]
        expect(not slot.is_withdrawn, "I1", record, f"slot {name} was sold while withdrawn")
        expect(own_place or len(slot.taken) <= slot.set["capacity"], "I1", record,
               f"slot {name} has {slot.set['capacity']} places, and with this one "
               f"{len(slot.taken)} are booked or held")
        expect(own_dose or stock.taken <= stock.doses, "I1", record,
               f"site {site} has {stock.doses} doses of {body['product']}, and with this one "
               f"{stock.taken} are booked or held")
        expect(record.now < slot.set["starts_at"] or "slot-started" in may, "I1", record,
               f"slot {name} was sold after it had started")
        expect((not is_early or "too-early-for-next-dose" in may)
               and (not is_late or "too-late-for-next-dose" in may), "I1", record,
               f"slot {name} is on {slot.starts_on}, outside of the days that were asked for")

    def hold_of(self, body):
        """The person's own hold, while it lives."""
        hold = self.holds.get(made("h", body["hold"]))
        return hold if hold and hold.person == body["person"] else None

    def end_hold(self, hold):
        ended = self.holds.pop(hold, None)
        if ended:
            self.slots[ended.site, ended.slot].taken.discard(hold)
            self.stocks[ended.site, ended.product].taken -= 1

    def book(self, record, appointment, body):
        site, slot, product = body["site"], body["slot"], body["product"]
        self.untold.discard((appointment, site))
        self.slots[site, slot].taken.add(appointment)
        self.stocks[site, product].taken += 1
        self.booked[appointment, site] = Booking(slot, product, record)

    def unbook(self, appointment, site):
        booking = self.booked.pop((appointment, site), None)
        if booking:
            self.slots[site, booking.slot].taken.discard(appointment)
            self.stocks[site, booking.product].taken -= booking.has_dose


# 7. I7: the documents of sync.

class Documents:
    """I7: what is in sync equals the appointments."""
    PLACE = ("site", "slot", "product", "starts_at")
    SAYS = (*PLACE, "appointment", "programme", "person", "dose", "zone", "state", "cancelled_by",
            "slot_state", "rebook_until", "version")

    def __init__(self, log):
        self.log, self.expect = log, log.expect
        self.standing = {}      # the newest row of each appointment
        self.unsettled = set()  # named by the last records, whose effects may still be to come
        self.replaced = []      # by the record that is looked at

    def find(self, appointment):
        return self.standing[appointment].body if appointment in self.standing else None

    def changes(self, record):
        """(the document before or None, the one now) for each that says something new; first what
        was booked: what waited for that was decided after it."""
        self.replaced.clear()
        for row in sorted(record.effects("Appointment"), key=lambda row: row.body["version"] != 1):
            before = self.find(row.body["appointment"])
            self.replaced += [before] if before else []
            self.I7_document(record, row, before, row.body)
            self.standing[row.body["appointment"]] = row
            if not before or before["version"] != row.body["version"]:
                yield before, row.body
        # Of the last records of a log that goes on, sync may not have been read so far.
        for row in record.effects("Outcome") if is_settled(self.log, record) else ():
            told = row.body["appointment"]
            if row.body["decision"] == "granted" and told and made("a", told["appointment"]):
                self.expect(self.is_shown(told), "I7", row,
                            f"the answer shows {told['appointment']} otherwise than sync does")

    def is_shown(self, told):
        """Whether an answer shows an appointment as sync has it, or had it until just now."""
        known = [self.find(told["appointment"]) or Body(), *self.replaced]
        return any(all(one[name] == told[name] for name in self.SAYS) for one in known)

    def before(self, name):
        """As the record that is looked at found it."""
        return next((one for one in self.replaced if one["appointment"] == name), self.find(name))

    def I7_document(self, record, row, before, now):
        """Versions are dense; an appointment begins as booked, ends once, stays one person's, and
        only a site's yes gives it a place. A document that was asked for again says the same."""
        name, came, version = now["appointment"], ("attended", "missed"), 0
        is_again = before and all(before[one] == now[one] for one in self.SAYS)
        if before:
            version = before["version"]
        self.expect(made("a", name), "I7", row, "a document of no appointment")
        self.expect(now["version"] == version + 1 or is_again, "I7", row,
                    f"{name} has version {now['version']} after version {version}")
        self.expect(self.log.home_of("sync", name) == row.where, "I7", row,
                    f"{name} stands in a partition that is not its")
        if is_again:
            return
        if before:
            is_withdrawn = now["state"] == "cancelled" and record.type == "AppointmentWithdrawn"
            self.expect(before["state"] == "booked" or (
                before["state"] in came and (now["state"] in came or is_withdrawn)), "I7", row,
                f"{name} was {before['state']} and became {now['state']}")
            self.expect((before["person"], before["programme"]) == (
                now["person"], now["programme"]), "I7", row, f"{name} became another person's")
            self.expect(now["state"] not in came or record.now >= now["starts_at"], "I7", row,
                        f"{name} was attended before it began")
        else:
            self.expect(now["state"] == "booked", "I7", row, f"{name} began as {now['state']}")
        if not before or any(before[one] != now[one] for one in self.PLACE):
            self.expect(record.type == "ReservationGranted" and record.is_applied and all(
                record.body[one] == now[one] for one in (*self.PLACE, "appointment")), "I7", row,
                f"{name} has a place that no site granted: slot {now['slot']} of {now['site']}")

    def I7_sync_equals_the_sites(self, sites):
        """At the end each document says what its site has, and no site has more."""
        for name, row in self.standing.items():
            now, stay = row.body, (name, row.body["site"])
            booking, is_over = sites.booked.get(stay), row.body["state"] == "cancelled"
            agrees = (is_over or stay in sites.untold) if not booking else not is_over and (
                (booking.slot, booking.product, booking.has_dose)
                == (now["slot"], now["product"], now["state"] != "missed"))
            self.expect(agrees or name in self.unsettled, "I7", row,
                        f"{name} is {now['state']} in sync, and its site has "
                        + (f"slot {booking.slot} for it" if booking else "nothing"))
        for (name, site), booking in sites.booked.items():
            now = self.find(name)
            self.expect(name in self.unsettled or (now and now["site"] == site), "I7",
                        self.standing.get(name, booking.at),
                        f"site {site} has a place for {name}, and sync does not")


# 8. I2 and I3: by what right.

class Ask:
    """A request for a booking, a hold, another slot or eligibility: as it stood, as judged."""

    def __init__(self, record, letter):
        self.at, self.body = record, record.body
        self.name = f"{letter}{record.where[1]}-{record.offset}"  # of what may come of it
        self.was_admitted = self.was_open = False
        self.cohort = self.uses = self.right = None
        self.active_max = 0
        self.problem = "though its site was asked before anybody asked for it"  # until judged


Session = namedtuple("Session", "ticket ends is_over")
Held = namedtuple("Held", "whose active_max")


class Rights:
    """I2 and I3, person by person; `whose` is a person and a programme."""

    def __init__(self, log, documents):
        self.log, self.expect, self.documents = log, log.expect, documents
        self.programmes = {}                     # by partition and name
        self.sessions, self.cohorts = {}, {}     # by person and queue; by whose
        self.rights = defaultdict(list)          # ends, by whose
        self.active = defaultdict(list)          # appointments, by whose
        self.asks = defaultdict(list)            # what is open, by whose
        self.pending, self.asked = set(), {}     # whose site is to answer; whose a wish is, by name
        self.holds = {}                          # granted
        self.touched, self.used_up = set(), []   # asks, sessions: by the record that is looked at

    def look(self, record):
        act = getattr(self, "on_" + record.type, None)
        if act and record.is_applied:
            act(record, record.body)
        for before, now in self.documents.changes(record):
            if not before and now["state"] == "booked":
                self.I3_booked(record, now)
            elif before and before["state"] != "cancelled" and now["state"] != "booked":
                whose = now["person"], now["programme"]
                self.active[whose] = [one for one in self.active[whose]
                                      if one != now["appointment"]]
                if now["state"] == "cancelled":
                    self.I3_lost(record, now, whose)
        for row in record.effects("Outcome"):
            self.I3_decided(record, row.body)
        for row in record.effects(*WISHES):
            self.judge(record, row.type, row.body)
        for row in record.effects("HoldReleaseRequested"):
            self.holds.pop(row.body["hold"], None)
        self.I4_sessions_end(record)
        for whose in self.touched - self.pending:  # what waits for nothing has been decided
            self.asks.pop(whose, None)
        self.touched.clear()

    def on_Admitted(self, record, body):
        """The session begins where its own partition reads it; a lower ticket is ignored."""
        key = body["person"], body["queue"]
        if key not in self.sessions or self.sessions[key].ticket < body["ticket"]:
            ends = record.steady + body["session_seconds"] * 1000
            self.sessions[key] = Session(body["ticket"], ends, False)

    def on_AdmissionEnded(self, _, body):
        self.end_session(body["person"], body["queue"], body["ticket"])

    def end_session(self, person, queue, ticket=None):
        session = self.sessions.get((person, queue))
        if session and ticket in (None, session.ticket):
            self.sessions[person, queue] = session._replace(is_over=True)

    def on_ProgrammeConfigured(self, record, body):
        """I8: each version of a programme arrives, in order."""
        key = record.where, body["programme"]
        version = self.programmes[key]["version"] if key in self.programmes else 0
        if record.is_effect:
            self.expect(body["version"] == version + 1, "I8", record,
                        f"version {body['version']} of {key[1]} after version {version}")
            self.programmes[key] = body

    def on_EligibilityGranted(self, record, body):
        self.remember(record, (body["person"], body["programme"]), "e")

    def on_BookingRequested(self, record, body):
        hold = made("h", body["hold"])
        programme = self.programme_of(hold) if hold else body["programme"]
        self.remember(record, (body["person"], programme), "a")

    def on_HoldRequested(self, record, body):
        self.remember(record, (body["person"], body["programme"]), "h")

    def on_RescheduleRequested(self, record, body):
        now = self.documents.find(made("a", body["appointment"]))
        if now:
            self.remember(record, (now["person"], now["programme"]), "r")

    def remember(self, record, whose, letter):
        """Admission and window are judged where the request stands in the log."""
        ask, programme = Ask(record, letter), self.programmes.get((record.where, whose[1]))
        self.asks[whose].append(ask)
        self.touched.add(whose)
        if programme:
            session = self.sessions.get((whose[0], programme["queue"]))
            ask.was_admitted = programme["queue"] and session and (
                not session.is_over and session.ends > record.steady)
            ask.cohort = self.cohorts.get(whose)
            ask.was_open = is_window_open(programme, ask.cohort, record.now)

    def ask_of(self, name, whose):
        return next((ask for ask in self.asks.get(whose, ()) if ask.name == name), None)

    def programme_of(self, hold):
        """Of a hold, granted or asked for."""
        return (self.holds[hold].whose if hold in self.holds else self.asked.get(hold, ("", "")))[1]

    def judge(self, record, kind, wish):
        """Whoever's turn it is is judged by the eligibility and the rights that hold now."""
        is_hold, is_by_hold = kind == "HoldRequested", kind == "HoldConfirmed"
        hold, name = made("h", wish["replaces" if is_hold else "hold"]), (
            wish["hold" if is_hold else "appointment"])
        whose = wish["person"], self.programme_of(hold) if is_by_hold else wish["programme"]
        ask, programme = self.ask_of(name, whose), self.programmes.get((record.where, whose[1]))
        self.asked[name] = whose
        self.pending.add(whose)
        self.touched.add(whose)
        if not ask:
            return  # a reschedule; or nobody's, which its grant will show
        ask.uses = hold
        ask.active_max = programme["active_appointments_max"] if programme else 0
        if is_by_hold and hold in self.holds:
            ask.active_max = max(ask.active_max, self.holds[hold].active_max)
        ask.right = min((end for end in self.rights[whose] if end > record.steady), default=None)
        ask.problem = self.I3_problem(ask, programme, wish, whose)

    def answered(self, name):
        whose = self.asked.pop(name, None)
        self.pending.discard(whose)
        self.touched.add(whose)
        return whose

    def on_ReservationGranted(self, _, body):
        self.answered(body["appointment"])

    def on_HoldRefused(self, _, body):
        self.answered(body["hold"])

    on_ReservationRefused = on_ReservationGranted

    def on_HoldGranted(self, record, body):
        """I3, of a hold."""
        name = body["hold"]
        whose = self.answered(name)
        ask = self.ask_of(name, whose)
        if self.expect(ask and whose[0] == body["person"], "I3", record,
                       f"hold {name} was granted and nobody asked for it"):
            self.expect(not ask.problem, "I3", record, f"hold {name} was granted {ask.problem}")
            self.holds.pop(ask.uses, None)
            self.holds[name] = Held(whose, ask.active_max)

    def on_HoldEnded(self, _, body):
        self.holds.pop(body["hold"], None)

    def I3_problem(self, ask, programme, wish, whose):
        """By what right it may be granted: an operator with name and reason; a hold of one's own;
        eligible, in an open window, with an admission where one is needed, or with a right to
        rebook, which needs neither window nor admission. Empty where all is well."""
        is_operators, cohort = not ask.at.is_persons_own(), self.cohorts.get(whose)
        if is_operators and not (ask.at.by and ask.at.reason):
            return "to an operator without name and reason"
        own = ask.at.type == "BookingRequested" and made("h", ask.body["hold"])
        if own:
            is_theirs = own in self.holds and self.holds[own].whose == whose and ask.uses == own
            return "" if is_theirs else "by a hold that was never granted to them"
        if not programme:
            return "in a programme that was never set up"
        if any(wish[name] != ask.body[name] for name in ("site", "slot", "product")):
            return "for another slot or product than was asked for"
        if cohort is None:
            return "to who is not eligible"
        is_open = ask.was_open if ask.cohort == cohort else (
            is_window_open(programme, cohort, ask.at.now))
        if not is_open and ask.right is None and "cohort-not-open" not in ask.body["override"]:
            return f"while the window of cohort {cohort} was closed"
        if programme["queue"] and ask.right is None and not is_operators and not ask.was_admitted:
            return "without an admission, a right to rebook or an operator"
        return ""

    def I3_booked(self, record, now):
        """I3: somebody asked for the appointment and might have it. The booking that reaches the
        most allowed ends the session."""
        name, whose = now["appointment"], (now["person"], now["programme"])
        ask, programme = self.ask_of(name, whose), self.programmes.get((record.where, whose[1]))
        self.active[whose].append(name)
        if self.expect(ask, "I3", record, f"{name} was granted and nobody asked for it"):
            self.expect(not ask.problem, "I3", record, f"{name} was granted {ask.problem}")
            self.holds.pop(ask.uses, None)
        allowed = programme["active_appointments_max"] if programme else 0
        active = self.I2_most_active(record, whose, max(allowed, ask.active_max if ask else 0))
        if programme and active >= allowed:
            session = self.sessions.get((whose[0], programme["queue"]))
            if programme["queue"] and session and not session.is_over and (
                    session.ends > record.steady):
                self.used_up.append((programme["queue"], whose[0], session.ticket))
            self.end_session(whose[0], programme["queue"])

    def I4_sessions_end(self, record):
        """I4: the queue is told of each session that was used up, which makes room inside, and of
        no other."""
        for row in record.effects("SessionEnded"):
            told = row.body["queue"], row.body["person"], row.body["ticket"]
            if self.expect(told in self.used_up, "I4", row,
                           f"the session of ticket {told[2]} was ended and not used up"):
                self.used_up.remove(told)
        for queue, _, ticket in self.used_up if is_settled(self.log, record) else ():
            self.expect(False, "I4", record, f"it used up the session of ticket {ticket} of queue "
                        f"{queue}, and the queue was not told")
        self.used_up.clear()

    def I2_most_active(self, record, whose, most):
        """I2: a person has at most so many active appointments in a programme, as were allowed when
        this one, or its hold, was judged. Active: until 24 hours after it began."""
        self.active[whose] = [one for one in self.active[whose] if record.now
                              < self.documents.find(one)["starts_at"] + DAY_MS]
        active = len(self.active[whose])
        self.expect(active <= most, "I2", record, f"{whose[0]} has {active} active appointments in "
                    f"programme {whose[1]}, which allows {most}")
        return active

    def I3_lost(self, record, now, whose):
        """I3: who loses an appointment to a withdrawal or an operator, and nobody else, has a right
        to another, for as long as the programme says."""
        programme = self.programmes.get((record.where, whose[1]))
        length = programme["rebook_seconds"] * 1000 if programme else 0
        until = record.now + length if length and now["cancelled_by"] != "person" else 0
        self.expect(now["rebook_until"] == until, "I3", record,
                    f"{now['appointment']} was cancelled with another right to rebook than its own")
        if now["rebook_until"]:
            self.rights[whose].append(now["rebook_until"] - record.outages)

    def I3_decided(self, record, said):
        """I3: a right to rebook is used up by the booking that it allowed, and by no other. What
        was answered about eligibility holds from here on."""
        whose, asked = (said["person"], said["programme"]), said["asked"]
        if said["decision"] != "granted":
            return
        if asked == "EligibilityRevoked":
            self.cohorts.pop(whose, None)
        name = said["hold"]
        if asked == "BookingRequested":
            name = said["appointment"]["appointment"] if said["appointment"] else ""
        for ask in self.asks.get(whose, ()):
            if ask.at.type != asked or ask.at.request != said["request"]:
                continue
            if asked == "EligibilityGranted":
                self.cohorts[whose] = ask.body["cohort"]
            elif name in ("", ask.name):  # of one that was asked again, what this came of
                uses_right = asked == "BookingRequested" and ask.right is not None
                self.expect(said["used_rebook_right"] == uses_right, "I3", record,
                            "a booking by a right to rebook did not use it up" if uses_right else
                            "a booking used a right to rebook that was not there")
                if uses_right and ask.right in self.rights[whose]:
                    self.rights[whose].remove(ask.right)


def is_window_open(programme, cohort, at):
    """Whether a window [opens_at, closes_at) of the cohort has that log time in it."""
    return any(one["cohort"] == cohort and one["opens_at"] <= at < one["closes_at"]
               for one in programme["cohorts"])


# 9. The whole of it.

def audit(lines, is_kafka=False):
    """The report on an export's lines, as bytes."""
    import audit_answers  # here, since it knows this file as the module that is complete by now
    report = Report()
    log = Log(report, is_kafka)
    log.read(lines)
    I5_one_effect_a_request(log, audit_answers.is_remembered)
    queues = Lines(log, audit_answers.I5_answers_of_a_queue)
    sites, documents = Sites(log), Documents(log)
    rights = Rights(log, documents)
    answers = audit_answers.Answers(log, documents, rights)
    looks = {"queue": queues.look, "inventory": sites.look, "bookings": rights.look}
    for (topic, _), line in log.lines.items():
        for record in line.records:
            I8_nothing_is_left_unanswered(log, record)
            I9_operators_sign(log, record)
            if record.body and "appointment" in record.body and not is_settled(log, record):
                documents.unsettled.add(record.body["appointment"])
            if topic in looks:
                looks[topic](record)
            answers.look(record)
    documents.I7_sync_equals_the_sites(sites)
    return report


def say(report, json_file):
    def printable(words):
        return "".join(one if one.isprintable() else "?" for one in words)
    broken = sum(report.broken.values())
    for rule, topic, partition, offset, kind, why in report.violations:
        print(f"violation: {rule} {topic} {partition} {offset}: {kind}: {printable(why)}")
    if broken > len(report.violations):
        print(f"audit.py: {broken} violations in all", file=sys.stderr)
    if not broken:
        print(f"ok: {report.records} records" + (
            ", of a log of several nodes: the last minute is not judged" if report.is_of_many
            else ""))
    if json_file:
        result = {"ok": not broken, "records": report.records, "rules": {
            rule: {"checked": report.checked[rule], "violations": report.broken[rule]}
            for rule in RULES}}
        if broken:
            result["first_violation"] = dict(zip(
                ("rule", "topic", "partition", "offset", "type", "why"), report.violations[0]))
        with open(json_file, "w", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
    return 1 if broken else 0


def main():
    parser = argparse.ArgumentParser(
        prog="audit.py", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="A second auditor of a log that `jari export` printed, whole.\nPrints `ok: N "
                    "records`, or `violation: RULE TOPIC PARTITION OFFSET: TYPE: why` and exits "
                    "1.\n\n"
                    + "\n".join(f"  {rule}  {meaning}" for rule, meaning in RULES.items()))
    parser.add_argument("export", metavar="EXPORT.jsonl", help="the export; - reads stdin")
    parser.add_argument("--json", metavar="FILE", help="also writes a report for programs")
    parser.add_argument("--kafka", action="store_true",
                        help="several nodes write the log: a tick may come late, and what a record "
                             "of the last minute caused may still be to come. An export says so")
    chosen = parser.parse_args()
    try:
        with sys.stdin.buffer if chosen.export == "-" else open(chosen.export, "rb") as file:
            return say(audit(file, chosen.kafka), chosen.json)
    except OSError as why:
        print(f"audit.py: {why}", file=sys.stderr)
        return 2
    except ModuleNotFoundError:
        print("audit.py: audit_answers.py must lie beside it: copy both", file=sys.stderr)
        return 2
    except Damaged as why:
        print(f"audit.py: {chosen.export}:{why!s}".encode("ascii", "replace").decode(),
              file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    import audit as complete  # this file, by the name that audit_answers.py knows it by
    sys.exit(complete.main())
