"""Made-up screens: the structs that the reads give, filled for a page each. Renders them as the handlers would."""

import random
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from inbox import board_shape, history, metrics_shape, panel, patient_list, quarantine, record_shape
from inbox import conversation as talk
from inbox.actors import Actor, Sight
from inbox.errors import NotFound
from inbox.practice import Practice
from inbox.worklist import Page, Person, Row
from ui import changes, render, reports
from ui.listing import Desk

NOW = datetime(2026, 11, 22, 18, 42, 5, tzinfo=UTC)
FULL, BLIND = Sight(True, True, True, True), Sight(True, False, False, False)
JESS, DANA = Person(7, "Jess Moreno", "JM"), Person(8, "Dana Kim", "DK")
ACTOR = Actor(7, "jess@northside.example", "Jess Moreno", "nurse", frozenset({"nursing"}))


def at(minutes: float) -> datetime:
    """A moment so many minutes from NOW."""
    return NOW + timedelta(minutes=minutes)


def row(number: int, name: str, *, due: float | None = 60, priority: int = 3, **fields: Any) -> Row:
    """A row of the list; `due` in minutes from NOW."""
    values: dict[str, Any] = {
        "id": number,
        "version": 3,
        "key": f"{priority}-{(due if due is not None else 9999) + 10000:08.1f}-{number}",
        "name": name,
        "certainty": "confirmed",
        "channel": "sms",
        "reason": "refill",
        "reason_label": "Refill",
        "subject": "",
        "snippet": "Are they ready?",
        "state": "open",
        "priority": priority,
        "flagged": False,
        "owner": None,
        "queue": "nursing",
        "due_at": None if due is None else at(due),
        "due_metric": "first_response",
        "due_started_at": at(-30),
        "due_state": None if due is None else "running",
        "at": at(-4),
        "needs_reply": True,
        "unread": False,
        "snoozed_until": None,
        "quarantined": False,
        "marks": (),
        "sight": FULL,
    }
    return Row(**values | fields)


ROWS = (
    row(
        1,
        "Harold Whitcomb",
        due=-3.2,
        priority=1,
        channel="voice",
        reason_label="Symptom, new",
        flagged=True,
        unread=True,
    ),
    row(2, "Maria Alvarez", due=8.2, priority=2, subject="Lisinopril 10 mg", owner=JESS),
    row(3, "Tomás Ferreira", due=19, channel="whatsapp", unread=True),
    row(4, "Priya Raman", due=24, channel="chat", owner=DANA),
    row(5, "Beth Lindqvist", due=72, channel="mail"),
    row(6, "Grace O’Neill", due=None, state="waiting"),
    row(7, "", due=200, sight=BLIND, snippet=""),
)


def message(number: int, text: str, ago: float, **fields: Any) -> talk.Message:
    """A message, from the patient by SMS unless told otherwise."""
    values: dict[str, Any] = {
        "id": number,
        "direction": "in",
        "channel": "sms",
        "text": text,
        "subject": "",
        "status": "received",
        "external_id": None,
        "client_id": None,
        "at": at(-ago),
        "received_at": at(-ago),
        "author": "Maria Alvarez",
        "author_kind": "patient",
        "reply_text": None,
        "html": False,
        "error": "",
        "error_code": "",
        "attachments": (),
        "machine": None,
        "klass": "clinical",
    }
    return talk.Message(**values | fields)


def clock(number: int, metric: str, state: str, start: float, due: float, met: float | None = None) -> talk.Clock:
    """A promise, in minutes from NOW."""
    met_at = None if met is None else at(met)
    return talk.Clock(number, metric, state, "P2", at(start), at(due), met_at, None, None, "4 h", ())


STAFF = {"direction": "out", "author": "Jess Moreno", "author_kind": "staff"}
LETTER = talk.Attachment(1, "letter.pdf", "application/pdf", 120_300, "ab", "stored", "/files/x")
MESSAGES = (
    message(11, "“Hi, this is Maria Alvarez. I’m almost out of my pills…”", 44, channel="voice"),
    message(12, "Hola Maria, soy Jess de Northside.", 40, status="delivered", **STAFF),
    message(13, "¿Me pueden llamar antes de las 5? <b>Solo</b> me quedan dos pastillas.", 4),
    message(
        14,
        "Attached.\n> older",
        3,
        channel="mail",
        subject="Letter",
        html=True,
        reply_text="Attached.",
        attachments=(LETTER,),
    ),
    message(15, "Topic: Refill\nDate of birth: 1968-03-14\nPlease call me\nsoon", 3, channel="webform"),
    message(
        16, "Le llamo a las 4:15.", 2, status="failed", error="The carrier refused it", error_code="30007", **STAFF
    ),
)
PERMISSIONS = dict.fromkeys(
    ("reply", "note", "close", "assign", "work", "lower", "identify", "move", "edit", "consent"), True
)


def view(**fields: Any) -> talk.View:
    """Conversation 2 with all kinds of entries."""
    values: dict[str, Any] = {
        "id": 2,
        "version": 37,
        "state": "open",
        "reason": "refill",
        "reason_label": "Refill",
        "reasons": ("refill",),
        "patient_choice": "",
        "priority": 2,
        "clinical": True,
        "flagged": True,
        "red_flags": ({"kind": "med_reaction"},),
        "because": ("refill: pastillas",),
        "routed_because": ("nursing: clinical",),
        "marks": ("about_whom",),
        "subject": "Lisinopril 10 mg",
        "language": "es",
        "owner": JESS,
        "queue": "nursing",
        "patient": talk.Patient(55, "Maria Alvarez", "confirmed"),
        "sender": talk.Sender("+14155550142", "phone", "Maria", ""),
        "candidates": (talk.Candidate(55, "Maria A.", "MA", "self"), talk.Candidate(56, "Leo A.", "LA", "proxy")),
        "next_step": talk.NextStep(3, "Read and decide", None, "nursing", at(40)),
        "clocks": (
            clock(1, "first_response", "met", -44, -20, -40),
            clock(2, "next_response", "running", -34, 8.2),
            clock(3, "resolution", "running", -44, 300),
        ),
        "messages": MESSAGES,
        "notes": (talk.Note(21, "Dana Kim", "Last visit was 8 months ago.", at(-21), "clinical", (7,)),),
        "events": (talk.Event(31, at(-43), "conversation.opened", "Routed to Nursing, priority Same day", "", {}),),
        "calls": (talk.Call("CA1", "voicemail", at(-45), at(-44), 31, 31, True),),
        "escalations": (talk.Escalation(9, "clock", 2, at(-2), "Sam Patel", None, None, at(3)),),
        "closure": None,
        "snoozed_until": None,
        "channel": "sms",
        "line": "+14155550100",
        "location": "Lakeview",
        "opened_at": at(-45),
        "closed_at": None,
        "merged_into": None,
        "related_id": None,
        "reachability": (
            talk.Reach("sms", "+14155550142", True, "", basis="consent on file"),
            talk.Reach("mail", "maria@example.org", True, ""),
            talk.Reach("whatsapp", "+14155550142", False, "outside the 24-hour window"),
        ),
        "sight": FULL,
        "permissions": PERMISSIONS,
        "head": 4812,
        "base_seq": 4800,
    }
    return talk.View(**values | fields)


POINTS = (
    record_shape.ContactPoint(1, "phone", "+14155550142", "valid", "self", at(-9999), False, 1, 2),
    record_shape.ContactPoint(2, "email", "maria@example.org", "valid", "self", None, False, 2, 1),
)
PROXIES = (record_shape.Proxy(1, "Ana Alvarez", "mother", ("scheduling", "billing"), at(-9), None),)
CONSENTS = (
    record_shape.Consent(1, "+14155550142", "sms", "care", True, "grant", "form", at(-999)),
    record_shape.Consent(1, "+14155550142", "whatsapp", "care", False, "revoke", "keyword", at(-999)),
)
PANEL = panel.Panel(
    2,
    55,
    "Maria Alvarez",
    "confirmed",
    False,
    "",
    date(1968, 3, 14),
    58,
    "female",
    "es",
    ("interpreter",),
    {"contact": "SMS, afternoons"},
    (record_shape.Identifier("MRN", "1048-2217"),),
    POINTS,
    PROXIES,
    CONSENTS,
    ROWS[4:5],
    ROWS[5:6],
    True,
)
MASKED = panel.Panel(
    2, None, "Maria", "unknown", True, "unidentified", None, None, "", "", (), {}, (), (), (), (), (), (), True
)
SUMMARIES = (
    patient_list.Summary(55, "Maria Alvarez", "MA", date(1968, 3, 14), 58, "es", 2),
    patient_list.Summary(56, "Leo Alvarez", "LA", date(2019, 1, 4), 7, "en", 0),
)
RECORD = record_shape.Record(
    55,
    1,
    "Maria Alvarez",
    "Maria",
    "",
    "Alvarez",
    "",
    "",
    "MA",
    date(1968, 3, 14),
    58,
    "female",
    "es",
    None,
    ("interpreter",),
    {"contact": "SMS"},
    "Lakeview",
    None,
    (record_shape.Identifier("MRN", "1048-2217"),),
    POINTS,
    PROXIES,
    CONSENTS,
    ROWS[1:2],
    ROWS[4:6],
    (record_shape.Moment(1, "message", 2, "sms", "in", "Maria", "Sí, la misma", at(-4)),),
    4812,
)
TOLD: dict[str, Any] = {
    "history": history.History(
        (history.Line(1, "message", 2, "sms", "in", "Maria", "Sí, la misma", "", "refill", at(-4)),),
        "1.2",
        ("sms",),
        (("refill", "Refill"),),
        (2026,),
        (history.Episode(1, "treatment", "active", at(-9999), None),),
    ),
    "asked": history.ALL,
    "may_edit": {"person": True, "consent": True, "merge": True},
}
QUARANTINE = quarantine.Page(
    (
        quarantine.Quarantined(1, "mail", "mail", at(-30), "no sender address", 20_480, 77, "Subject: hello"),
        quarantine.Quarantined(2, "twilio/messages", "sms", at(-90), "no From", 200, None, ""),
    ),
    None,
    (quarantine.Refused("twilio", "bad signature", 12),),
    True,
    4812,
)


def board() -> board_shape.Board:
    """Four lanes, of which two have late work."""
    figures = board_shape.Figures(
        board_shape.Within(299, 318, 94.1, 90),
        3,
        5,
        2,
        112,
        14,
        board_shape.Oldest(1860, "front_desk", "sms"),
        board_shape.Available(11, 16, 40, 27),
        1,
        2,
        0,
    )
    lanes = (
        _lane("nursing", "Nursing", 6, 91.2, (("HW", -3), ("KS", 4))),
        _lane("front_desk", "Front desk", 41, 95.0, (("JF", 5), ("TN", 8.8))),
        _lane("billing", "Billing", 18, 88.4, (("BT", -11), ("RL", -1.4), ("MA", 7.9))),
        _lane("authorizations", "Authorizations", 8, None, ()),
    )
    team = (
        board_shape.Member(7, "Jess Moreno", "JM", "available", at(-3), 6),
        board_shape.Member(8, "Dana Kim", "DK", "busy", at(-9), 10),
    )
    flow = tuple(board_shape.Bucket(at(-360 + 15 * slot), slot % 7 + 2, slot % 5 + 3) for slot in range(24))
    return board_shape.Board(NOW, 4812, figures, lanes, ROWS[:4], team, flow, may_assign=True)


def _lane(
    team: str, label: str, count: int, percent: float | None, pressing: tuple[tuple[str, float], ...]
) -> board_shape.Lane:
    chance = random.Random(team)
    dues = [*pressing, *(("", 12 + 100 * chance.random()) for _ in range(count - len(pressing)))]
    marks = tuple(
        board_shape.Mark(
            number, name, at(due), "late" if due < 0 else "risk" if due <= 10 else "soon" if due <= 30 else "calm", name
        )
        for number, (name, due) in enumerate(dues)
    )
    return board_shape.Lane(team, label, count, percent, 90, 2, 3, marks)


def report() -> metrics_shape.Report:
    """Four weeks, one day of them without a case."""
    figures = tuple(
        metrics_shape.Figure(name, label, value, unit, count, "", "/inbox?view=closed")
        for name, label, value, unit, count in (
            ("first_response_median", "First reply, median", 300.0, "seconds", 212),
            ("resolution_median", "Time to resolve, median", 11_400.0, "seconds", 12),
            ("breach_rate", "Late promises", 6.8, "percent", 318),
            ("reopen_rate", "Reopened in 7 days", None, "percent", 0),
        )
    )
    groups = tuple(
        metrics_shape.Group(key, label, count, 240.0, 1200.0, 7.5, count, count - 3, 4000.0, 4.1)
        for key, label, count in (("sms", "SMS", 120), ("mail", "Email", 60))
    )
    days = tuple(
        metrics_shape.Day(
            (NOW - timedelta(days=27 - slot)).date(),
            slot % 9 + 3,
            slot % 7 + 2,
            None if slot == 5 else 200.0 + slot,
            None if slot == 5 else 900.0 + 20 * slot,
            slot == 27,
        )
        for slot in range(28)
    )
    return metrics_shape.Report(at(-40_320), NOW, NOW, "reason", figures, groups, groups, (), days)


def reports_page(base: dict[str, Any]) -> str:
    """The metrics as a manager has them."""
    found = report()
    asked = reports.Asked(date(2026, 10, 26), date(2026, 11, 23), metrics_shape.Narrow())
    asks = {
        "asked": asked,
        "presets": (),
        "choices": {"channel": {"sms": "SMS"}, "reason": {}, "queue": {}, "location": {}},
        "say": changes.say,
    }
    may = {"may_remark": True, "may_rows": True, "figures": {one.name: one for one in found.figures}}
    return render.page("reports.html", **base, current="reports", report=found, **asks, **may)


def shared(theme: str = "light") -> dict[str, Any]:
    """The context that all pages have."""
    return {
        "viewer": ACTOR,
        "practice": Practice(),
        "now": NOW,
        "zone": "America/Los_Angeles",
        "csrf": "tok",
        "seq": 4812,
        "theme": theme,
        "people": (JESS, DANA),
        "q": "",
        "current_view": "mine",
        "counts": {"mine": 9, "open": 100},
        "pressure": {"nursing": (2, 1, 1), "billing": (0, 0, 0)},
        "desk": Desk(),
    }


def pages(theme: str = "light") -> dict[str, str]:
    """Every page, by its address."""
    base = shared(theme)
    listed = {"listed": Page(ROWS, "next", 4812), "current": "inbox"}
    house = SimpleNamespace(configuration=SimpleNamespace(practice=Practice))
    found = {"current": "patients", "found": patient_list.Patients(SUMMARIES, None)}
    unknown = view(
        patient=None,
        state="closed",
        permissions=dict.fromkeys(PERMISSIONS, False),
        flagged=False,
        escalations=(),
        messages=(),
        calls=(),
        notes=(),
        events=(),
    )
    return {
        "/inbox": render.page("inbox.html", **base, **listed, view=None, panel=None),
        "/conversations/2": render.page("inbox.html", **base, **listed, view=view(), panel=PANEL),
        "/conversations/3": render.page("inbox.html", **base, **listed, view=unknown, panel=MASKED),
        "/inbox?view=mine": render.page(
            "inbox.html", **base | {"listed": Page((), None, 1), "current": "inbox", "view": None, "panel": None}
        ),
        "/board": render.page("board.html", **base, current="board", board=board(), as_table=False, wall=False),
        "/board?as=table": render.page("board.html", **base, current="board", board=board(), as_table=True, wall=False),
        "/reports": reports_page(base),
        "/quarantine": render.page("quarantine.html", **base, current="quarantine", page=QUARANTINE, raw=None),
        "/patients": render.page("patients.html", **base, **found, about=None),
        "/patients?about=2": render.page("patients.html", **base, **found, about=2),
        "/patients/55": render.page("patient.html", **base, current="patients", record=RECORD, **TOLD),
        "/login": render.page("login.html", theme=theme, house=house, fault="Those two do not match.", is_demo=True),
        "/nowhere": render.page("error.html", theme=theme, error=NotFound()),
    }
