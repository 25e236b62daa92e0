"""ops/audit_answers.py — the part of ops/audit.py that judges answers: I5.

Lies beside it and is read by it; says nothing alone. Whether what was answered is what came of the
request: `I5_answers_of_a_queue` what a queue said of its own state, `Answers` all the rest, each
check a condition and what is wrong without it. Which answers there are stands in the tables first.
"""

from collections import Counter, defaultdict

from audit import ANSWERS, WISHES, Body, is_id, is_settled, made

# Refusals, by the HTTP status that they are told with. A key remembers those of 403, 404 and 409.
STATUS = {code: int(status) for status, *codes in map(str.split, """
    400 invalid-request
    403 scope-required not-admitted not-eligible cohort-not-open too-early-for-next-dose
    403 too-late-for-next-dose
    404 no-ticket not-found unknown-queue unknown-programme unknown-site unknown-slot
    404 unknown-product unknown-appointment unknown-hold
    409 slot-full out-of-stock slot-withdrawn slot-started slot-booked already-booked hold-expired
    409 queue-not-open queue-closed ticket-ended appointment-not-active below-booked stale-version
    409 commitment-mismatch prequeue-not-closed prequeue-started already-drawn
    422 idempotency-key-reused
    429 slow-down
    503 overloaded""".strip().splitlines()) for code in codes}
ALWAYS = {"invalid-request", "scope-required", "idempotency-key-reused", "slow-down"}
JUDGED = ("unknown-programme unknown-product not-eligible already-booked cohort-not-open"
          " not-admitted hold-expired overloaded")
# Requests: what a granted one is answered, and why it may be refused where it stands, besides
# ALWAYS. In bookings one may wait for its turn; the others are answered where they stand.
MAY_SAY = {kind: (int(status), ALWAYS.union(codes)) for kind, status, *codes in map(str.split, f"""
    TicketRequested 201 unknown-queue queue-closed queue-not-open ticket-ended overloaded
    TicketReturned 204 unknown-queue no-ticket overloaded
    QueueConfigured 200 unknown-queue stale-version prequeue-started already-drawn
    PrequeueDrawn 200 unknown-queue already-drawn commitment-mismatch prequeue-not-closed
    ProgrammeConfigured 200 unknown-programme stale-version
    EligibilityGranted 200 unknown-programme
    EligibilityRevoked 204 unknown-programme
    AttendanceRecorded 200 unknown-appointment appointment-not-active
    BookingRequested 201 {JUDGED} unknown-hold slot-withdrawn
    HoldRequested 201 {JUDGED}
    HoldReleaseRequested 204 unknown-hold overloaded
    CancelRequested 200 unknown-appointment appointment-not-active overloaded
    RescheduleRequested 200 unknown-appointment appointment-not-active unknown-product {
    "not-eligible overloaded"}
    SitePublished 200 stale-version
    SlotPublished 200 unknown-site stale-version slot-booked
    SlotChanged 200 unknown-site stale-version slot-booked
    SlotWithdrawn 200 unknown-site unknown-slot slot-started
    StockChanged 200 unknown-site below-booked""".strip().splitlines())}
# The state of the appointment that the answer to a granted one shows; "": as was recorded.
STATES = {"BookingRequested": "booked", "RescheduleRequested": "booked",
          "CancelRequested": "cancelled", "AttendanceRecorded": ""}


def is_remembered(said):
    """Whether the request's id is kept with the answer: asked again, it gets the same."""
    return said["decision"] == "granted" or (
        said["decision"] == "refused" and STATUS.get(said["code"]) in (403, 404, 409))


def I5_answers_of_a_queue(expect, record, queue):
    """I5: what is refused by the queue's own state, or given back as it was, was so."""
    body = record.body
    had = queue.latest.get(body["person"], 0)
    is_live, opens_at = queue.is_live(had, record.steady), queue.opens_at()
    for row in record.effects("Outcome"):
        said, now = row.body, record.now
        if not record.is_request or said["request"] != record.request:
            continue
        if said["decision"] == "refused":
            expect({
                "unknown-queue": not queue.is_known, "no-ticket": queue.is_known and not had,
                "queue-closed": not is_live and now >= queue.set["closes_at"],
                "queue-not-open": not is_live and now < opens_at == said["opens_at"],
                "ticket-ended": not is_live and had and not queue.set["rejoin"],
            }.get(said["code"], True) and (queue.is_known or said["code"] not in (
                "queue-closed", "queue-not-open", "ticket-ended")), "I5", row,
                f"it was refused as {said['code']}, which was not so")
        elif said["decision"] == "granted" and record.type == "TicketRequested":
            expect(said["status"] == (200 if is_live else 201), "I5", row,
                        "a new ticket was answered as an old one, or an old one as new")
        elif said["decision"] == "granted" and record.type == "TicketReturned":
            expect(said["ticket"] == had or not queue.has(said["ticket"], body["person"]),
                        "I5", row, "another ticket was given back than the person's last")
        break


class Answers:
    """I5, of what a log can show: each request is answered once, where it was decided; granted or
    refused as its site said; and the answer names whom and what was asked about. A refusal is not
    judged here: what a site or a person's partition knew then is for `jari replay`."""

    def __init__(self, log, documents, rights):
        self.log, self.expect, self.documents, self.rights = log, log.expect, documents, rights
        self.open = defaultdict(list)  # by partition and person: requests that wait
        self.makers = {}               # by what may come of them: bookings and holds asked for
        self.pending = {}              # by what a site was asked for: (partition, person), request
        self.busy = Counter()          # how many of those, by partition and person
        self.versions = {}             # of settings: version, whether it was drawn or withdrawn

    def look(self, record):
        is_bookings, is_answered = record.where[0] == "bookings", False
        pending = self.take_pending(record) if is_bookings else None
        for row in record.effects("Outcome"):
            asked = row.answers
            is_here = asked is record
            is_known = asked and (not is_answered if is_here else asked in self.waiting(asked))
            self.expect(is_known, "I5", row,
                        "an answer to what nobody asked, or was answered before")
            is_answered = is_answered or is_here
            if is_known:
                if is_here:
                    self.remember(record)
                else:
                    self.waiting(asked).remove(asked)
                self.I5_answer(record, row, asked, pending and pending[1] is asked)
        if is_bookings:
            is_new = record.is_request and not record.is_repeat and not is_answered
            if is_new:
                self.keep(record)
            self.note_wishes(record)
            if pending and is_settled(self.log, record):
                self.I8_nothing_is_lost(pending)

    def waiting(self, asked):
        return self.open[asked.where, asked.asked["person"]] if asked.asked else ()

    def remember(self, record):
        """What its answer must say, as it stands."""
        body, kind, rights = record.body, record.type, self.rights
        about = self.documents.find(made("a", body["appointment"])) or Body()
        hold = made("h", body["hold"])
        person = body["person"] or about["person"]
        if not person and record.where[0] == "bookings":
            person = self.holder_of(record.where, body)
        programme = rights.programme_of(hold) if hold else body["programme"]
        queue = rights.programmes.get((record.where, programme), Body())["queue"]
        record.asked = {
            "person": person, "is_nameless": not body["person"], "programme": programme,
            "made": f"{'h' if kind == 'HoldRequested' else 'a'}{record.where[1]}-{record.offset}"
                    if kind in ("BookingRequested", "HoldRequested") else
                    hold or made("a", body["appointment"]),
            "settings": self.version_of(record.where, programme),
            "session": rights.sessions.get((person, queue)) if queue else None}

    def holder_of(self, where, body):
        """Of what is asked for, and of a hold."""
        name = made("h", body["hold"]) or made("a", body["appointment"])
        asked = self.makers.get(name)
        if asked and asked.where == where and asked in self.waiting(asked):
            return asked.asked["person"]
        return self.rights.holds[name].whose[0] if name in self.rights.holds else ""

    def version_of(self, where, programme):
        return self.rights.programmes.get((where, programme), Body())["version"]

    def I5_answer(self, record, row, asked, by_site):
        said = row.body
        is_granted = said["decision"] == "granted"
        is_bookings = record.where[0] == "bookings"
        checks = [(is_answer(said, by_site), "is none that such a request can have"),
                  *self.names(record, said, asked, is_bookings)]
        checks += (self.of_bookings(record, said, asked, by_site, is_granted) if is_bookings
                   else self.of_settings(said, asked, is_granted))
        for holds, why in checks:
            self.expect(holds, "I5", row, f"the answer to request {said['request']} {why}")

    def names(self, record, said, asked, is_bookings):
        """Who and what it names."""
        known, body, is_hold = asked.asked, asked.body, asked.type == "HoldRequested"
        is_granted, is_ids = said["decision"] == "granted", not is_bookings
        is_vague = is_bookings and known["is_nameless"] and not (said["person"]
                                                                 and known["person"])
        person = known["person"] if is_bookings else body["person"]
        repeated = {"queue": body["queue"] if asked.where[0] == "queue" else ""}
        if is_hold and is_granted or asked.where[0] == "inventory":
            repeated |= {name: body[name] for name in ("site", "slot", "product")
                         if name == "site" or is_id(body[name])}
        yield said["person"] == person or is_vague, "names another person"
        yield all(said[name] == repeated.get(name, "") for name in (
            "queue", "site", "slot", "product")), "names another queue, site, slot or product"
        yield not said["opens_at"] or said["code"] in ("queue-not-open", "cohort-not-open"), (
            "says when something opens that was not closed")
        if is_bookings:
            about = self.documents.find(known["made"])
            programme = about["programme"] if about else known["programme"]
            yield (not said["programme"] and not is_granted) or not programme or (
                said["programme"] == programme), "names another programme"
            now = self.version_of(record.where, said["programme"])
            yield (max(known["settings"], 1) <= said["programme_version"] <= now
                   if said["programme"] and asked.type != "HoldReleaseRequested"
                   else not said["programme_version"]), (
                "names a version of the programme that did not hold")
        elif asked.type != "QueueConfigured":
            yield said["programme"] == body["programme"], "names another programme"

    def of_bookings(self, record, said, asked, by_site, is_granted):
        """Granted is what a site gave, or what stands in sync; a site's no is passed on as it was
        said; a document shows what was asked for."""
        known, kind, no = asked.asked, asked.type, Body()
        is_yes = by_site and record.type.endswith("Granted")
        yield is_granted == is_yes if by_site else (
            not is_granted or kind not in ("BookingRequested", "HoldRequested")), (
            "says otherwise than the site")
        if by_site and not is_granted and not is_yes:
            no = record.body
        yield said["code"] == (no or said)["code"] and all(
            said[name] == no[name] for name in ("not_before", "not_after")), (
            "gives other reasons than the site")
        yield not said["version"], "names a version of no setting"
        told = said["appointment"]
        if is_granted and kind in STATES:
            yield (told or Body())["appointment"] == known["made"], "shows another appointment"
            if told and self.documents.is_shown(told):
                place = Body(asked.body)
                if not place["product"]:  # the one it had; where it is moved, before that
                    place["product"] = (self.documents.before(told["appointment"]) if by_site
                                        else told)["product"]
                state = STATES[kind] or ("attended" if asked.body["attended"] else "missed")
                yield told["state"] == state and all(
                    told[name] == said[name] for name in ("person", "programme")) and all(
                    told[name] == place[name] for name in ("site", "slot", "product")
                    if place["slot"]), "shows an appointment that is not what was asked for"
        is_hold = kind == "HoldRequested" and is_granted
        yield not made("h", said["hold"]) or (made("h", said["hold"]) == known["made"] and (
            is_hold or kind == "HoldReleaseRequested")), "names another hold"
        if is_hold and record.type == "HoldGranted":
            until = {record.now + record.body["length_ms"]}
            if known["session"]:
                until.add(min(*until, known["session"].ends + record.outages))
            yield said["until"] in until, "says another end of the hold"
        else:
            yield not said["until"], "says until when something is held"

    def of_settings(self, said, asked, is_granted):
        """Versions are dense. A draw that is held again, and a slot withdrawn again, may change
        nothing."""
        kind, body = asked.type, asked.body
        which = {"queue": body["queue"], "programmes": body["programme"]}.get(
            asked.where[0], (body["site"], body["slot"]))
        if kind in ("TicketRequested", "TicketReturned", "StockChanged"):
            yield not said["version"], "names a version of no setting"
            return
        version, is_over = self.versions.get((asked.where[0], which), (0, False))
        if not is_granted:
            yield said["version"] == version or (
                not said["version"] and said["code"] != "stale-version"), (
                "names a version that did not hold")
            return
        is_draw, is_withdrawal = kind == "PrequeueDrawn", kind == "SlotWithdrawn"
        is_again = is_over and (is_draw or is_withdrawal)
        yield (said["version"] == version + 1 and not (is_again and is_draw)) or (
            is_again and said["version"] == version), "names a version that is not the next"
        yield kind != "ProgrammeConfigured" or said["programme_version"] == said["version"], (
            "names two versions")
        self.versions[asked.where[0], which] = said["version"], (
            is_draw or is_withdrawal or (is_over and kind == "QueueConfigured"))

    def take_pending(self, record):
        """A site has answered: whose request that was; that an id names, where none waited when
        the site was asked."""
        if record.is_applied and record.type in ANSWERS:
            letter, name = ("h", "hold") if record.type.startswith("Hold") else ("a", "appointment")
            what = made(letter, record.body[name])
            who, asked = self.pending.pop(what, (None, None))
            self.busy[who] -= 1
            return who and (who, asked or self.makers.get(what))
        return None

    def keep(self, record):
        """It waits for a site, or for its turn behind what does; else its answer was lost."""
        self.remember(record)
        who = record.where, record.asked["person"]
        if record.type in ("BookingRequested", "HoldRequested"):
            self.makers[record.asked["made"]] = record
        if record.effects(*WISHES) or self.busy[who] or not (
                who[1] and is_settled(self.log, record)):
            self.open[who].append(record)
        else:
            self.expect(False, "I8", record, "its outcome was lost")

    def note_wishes(self, record):
        for row in record.effects(*WISHES):
            is_hold = row.type == "HoldRequested"
            name = made("h", row.body["hold"]) if is_hold else made("a", row.body["appointment"])
            who = record.where, row.body["person"]
            its = [one for one in self.open[who] if one.asked["made"] == name
                   and one.type == "RescheduleRequested"]
            if name in self.makers and self.makers[name] in self.waiting(self.makers[name]):
                its = [self.makers[name]]
            if name not in self.pending:
                self.pending[name] = who, its[0] if its else None
                self.busy[who] += 1

    def I8_nothing_is_lost(self, pending):
        """What a site answered is decided then, and what waited behind it has its turn."""
        who, asked = pending
        lost = [asked] if asked and asked in self.waiting(asked) else []
        lost += [one for one in self.open[who] if one is not asked and not self.busy[who]]
        for one in lost:
            self.expect(False, "I8", one, "its outcome was lost")
            self.waiting(one).remove(one)


def is_answer(said, by_site):
    """Whether such a request can be answered so; where a site said no, the code is the site's."""
    kind, code = said["asked"], said["code"]
    status, refusals = MAY_SAY.get(kind, (0, ()))
    if said["decision"] == "refused":
        return (by_site or code in refusals) and said["status"] == STATUS.get(code) and (
            not said["ticket"] and not said["appointment"] and not said["used_rebook_right"])
    has_live_one = kind == "TicketRequested" and said["status"] == 200
    return said["decision"] == "granted" and not code and (
        said["status"] == status or has_live_one) and (
        bool(said["ticket"]) == kind.startswith("Ticket")) and (
        bool(said["appointment"]) == (kind in STATES)) and (
        bool(made("h", said["hold"])) == (kind in ("HoldRequested", "HoldReleaseRequested")))
