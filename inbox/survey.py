"""The question after a closure: asked at most every 30 days, where consent allows it; an unhappy answer reopens the
conversation before a supervisor, and so do words that may not wait.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from channels.envelope import Address, Inbound
from inbox import automatic, escalation, private_link, reception, red_flags, way
from inbox.hours_of_rest import RINGING, zone_of
from inbox.house import House
from inbox.private_link import hashed
from inbox.promise import Ledger
from inbox.store import contacts, jobs, threads, work
from inbox.store import survey as store
from inbox.store.contacts import Contact
from inbox.store.database import Reading, Transaction
from inbox.store.jobs import Job
from patients.consent import quiet_until
from routing.classify import classify
from slas import promises
from slas.metrics import Rate

GAP, LIFE = timedelta(days=30), timedelta(days=14)
WORDS_LONGEST = 2_000
TAGS = {
    "quick": "quick reply",
    "clear": "clear answer",
    "kind": "kind staff",
    "repeated": "had to repeat themselves",
    "slow": "took too long",
}
SCORES = {1: "bad", 2: "poor", 3: "OK", 4: "good", 5: "great"}
#: Whoever gives no more than this is called.
UNHAPPY = 2
CALL_WITHIN = {1: timedelta(hours=1), 2: timedelta(hours=4)}
#: Endings after which a question would be out of place.
UNASKED = frozenset({"unreachable", "duplicate", "spam", "wrong_number", "merged", "opted_out", "deceased"})
_QUESTION = {
    "en": "{clinic}: how did we do? Tell us with one tap: {url}",
    "es": "{clinic}: ¿le atendimos bien? Nos lo dice con un toque: {url}",
}


class Question(msgspec.Struct, frozen=True):
    """What the page shows. `answered`: thanks instead of the question."""

    opened_at: datetime
    language: str
    answered: bool


class Satisfaction(msgspec.Struct, frozen=True):
    """Of the questions asked in a time: `csat` is the share of 4 and 5 among the answers, `response` that of answers
    among the questions; each with its n, None without cases (domain.md §12)."""

    csat: Rate
    response: Rate


def perform(house: House, job: Job) -> None:
    """The *survey* job: at an hour when a phone may ring."""
    house.database.write(_perform, house, job)


def ask(unit: Transaction, house: House, closure_id: int) -> int | None:
    """Queues the question by the way the conversation went; None where it is not asked: reopened since, asked in the
    last 30 days, no consent, opted out, a machine wrote, or an ending or words that make it out of place."""
    closed = store.closure(unit, closure_id)
    if closed is None or closed.reopened_at is not None or {closed.outcome, closed.waiver} & UNASKED:
        return None
    row = threads.get(unit, closed.conversation_id)
    by = _way(unit, row)
    # what a machine sends is answered by no machine (RFC 3834 §2)
    machine = any(mark.startswith("machine:") for mark in row.marks)
    if by is None or machine or row.flagged or row.sensitive or store.asked_since(unit, row, unit.now - GAP):
        return None
    url = private_link.masked(house, "survey")
    said = _QUESTION["es" if row.language == "es" else "en"]
    message_id = automatic.send(
        unit,
        conversation_id=row.id,
        contact=by.contact,
        channel=by.channel,
        account=by.account,
        line=by.line,
        text=said.format(clinic=house.configuration.practice().name, url=url),
        template="survey",
        exempt="reply" if by.channel == "chat" else None,
    )
    if message_id is not None:
        _keep(unit, house, row, closure_id, message_id)
    return message_id


def look(reading: Reading, token: str) -> Question | None:
    """The question; None for an expired or unknown link. Looking changes nothing: mail scanners look, too."""
    row = store.find(reading, hashed(token))
    if row is None or row.expires_at <= reading.now:
        return None
    return Question(row.opened_at, row.language, row.answered_at is not None)


def answer(
    unit: Transaction, house: House, token: str, *, score: int, tags: tuple[str, ...] = (), words: str = ""
) -> Question | None:
    """Keeps the first answer; None as for `look`. An unhappy one is before a supervisor in the same transaction."""
    row = store.find(unit, hashed(token))
    if row is None or row.expires_at <= unit.now:
        return None
    kept = [tag for tag in TAGS if tag in tags]
    if store.answer(unit, row.id, score=score, tags=kept, words=words):
        details = {"survey": row.id, "closure": row.closure_id, "score": score}
        unit.record(
            "survey.answered",
            actor_id=None,
            conversation_id=row.conversation_id,
            patient_id=row.patient_id,
            details=details,
        )
        _heed(unit, house, row, score, kept, words)
    return Question(row.opened_at, row.language, True)


def figures(reading: Reading, since: datetime, until: datetime) -> Satisfaction:
    """CSAT as top-2-box of 5 and the response rate, over the questions asked in [since, until)."""
    found = store.counts(reading, since, until)
    return Satisfaction(Rate(found.top, found.answered), Rate(found.answered, found.asked))


def _perform(unit: Transaction, house: House, job: Job) -> None:
    closed = store.closure(unit, job.ref)
    row = threads.get(unit, closed.conversation_id) if closed is not None else None
    by = _way(unit, row) if row is not None else None
    if row is not None and by is not None and by.channel in RINGING:
        later = quiet_until(unit.now, zone_of(unit, house, row))
        if later > unit.now:
            jobs.put_back(unit, job, due_at=later, error="", spent=False)
            return
    ask(unit, house, job.ref)
    if not jobs.finish(unit, job):
        raise jobs.TakenOver


def _way(unit: Transaction, row: Row[Any]) -> way.Way | None:
    """The way the patient used, else the first that is open."""
    is_open = [one for one in way.ways(unit, row) if one.ok]
    return next((one for one in is_open if one.channel == row.channel), is_open[0] if is_open else None)


def _keep(unit: Transaction, house: House, row: Row[Any], closure_id: int, message_id: int) -> None:
    survey_id = store.add(
        unit,
        closure_id=closure_id,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        token_hash=hashed(private_link.token(house, "survey", message_id)),
        expires_at=unit.now + LIFE,
    )
    unit.record(
        "survey.asked",
        actor_id=None,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        details={"survey": survey_id, "closure": closure_id},
    )


def _heed(unit: Transaction, house: House, row: Row[Any], score: int, tags: list[str], words: str) -> None:
    urgent = bool(words) and any(
        flag.level != "history" for flag in classify(words, channel="webform", own=red_flags.own(unit)).red_flags
    )
    if score > UNHAPPY and not urgent:
        return
    conversation = threads.get(unit, row.conversation_id)
    contact = contacts.get(unit, conversation.sender_contact_id) if conversation.sender_contact_id else None
    told = _told(row.id, contact, score, tags, words)
    reception.add_to(unit, house, told, conversation.id, arrival_id=None, received_at=unit.now)
    if score <= UNHAPPY:
        _recover(unit, house, conversation.id, row.id, score)


def _told(survey_id: int, contact: Contact | None, score: int, tags: list[str], words: str) -> Inbound:
    """The answer as staff read it in the conversation."""
    stood_out = f" What stood out: {', '.join(TAGS[tag] for tag in tags)}." if tags else ""
    told = f"Answered how we did: {score} of 5 ({SCORES[score]}).{stood_out}"
    sender = Address(contact.kind, contact.value) if contact is not None else None  # type: ignore[arg-type]  # the table's words are the literal's
    text = f"{words}\n\n{told}" if words else told
    return Inbound("webform", f"survey:{survey_id}", sender, "", text=text, reply_text=words)


def _recover(unit: Transaction, house: House, conversation_id: int, survey_id: int, score: int) -> None:
    """P1 or P2, a call as the next step, and a hand raised to the supervisor at once."""
    practice = house.configuration.practice()
    row = threads.lock(unit, conversation_id)
    due_at = unit.now + CALL_WITHIN[score]
    values: dict[str, Any] = {"next_step_id": _call_back(unit, row, due_at, score)}
    if score < row.priority:
        ledger = Ledger(unit, practice, row.id)
        chosen = ledger.choose(reason=row.reason, priority=score, channel=row.channel)
        first = ledger.record(promises.on_priority_raised(ledger.clocks, chosen, at=unit.now), chosen=chosen)
        values |= {"priority": score, **first.values()}
        details = {"from": row.priority, "to": score, "cause": "survey"}
        unit.record("priority.raised", actor_id=None, conversation_id=row.id, details=details)
    threads.change(unit, row, values)
    if not work.open_escalations(unit, row.id):
        seconds = int(CALL_WITHIN[score].total_seconds())
        raised = threads.get(unit, row.id)
        escalation.begin(unit, practice, raised, cause="survey", ref=survey_id, tier=1, target_seconds=seconds)


def _call_back(unit: Transaction, row: Row[Any], due_at: datetime, score: int) -> int:
    threads.end_step(unit, row.id)
    what = f"Call back: the patient was not happy ({score} of 5)"
    step_id = threads.add_step(
        unit, conversation_id=row.id, what=what, team=row.team, owner_id=row.owner_id, due_at=due_at
    )
    unit.record("next_step.planned", actor_id=None, conversation_id=row.id, details={"step": step_id})
    return step_id
