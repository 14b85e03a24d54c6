"""SQL of the question after a closure: whom it was asked, what came back, and the counts of both. Hashes of tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, case, func, insert, or_, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import closures, conversations, surveys


def closure(reading: Reading, closure_id: int) -> Row[Any] | None:
    """The closure that would be asked about."""
    return reading.one(select(closures).where(closures.c.id == closure_id))


def add(unit: Transaction, **values: Any) -> int:
    """One question; a second one about the same closure is refused by its unique place."""
    survey_id = unit.new_id()
    unit.execute(insert(surveys).values(id=survey_id, asked_at=unit.now, **values))
    return survey_id


def asked_since(reading: Reading, conversation: Row[Any], since: datetime) -> bool:
    """Whether this patient, or this address where nobody knows whose it is, was asked since then."""
    same = conversations.c.sender_contact_id == conversation.sender_contact_id
    if conversation.subject_patient_id is not None:
        same = or_(same, surveys.c.patient_id == conversation.subject_patient_id)
    wanted = select(surveys.c.id).join(conversations, conversations.c.id == surveys.c.conversation_id)
    return reading.one(wanted.where(same, surveys.c.asked_at > since).limit(1)) is not None


def find(reading: Reading, token_hash: str) -> Row[Any] | None:
    """The question with the language of its conversation and when that was opened."""
    columns = (surveys, conversations.c.language, conversations.c.opened_at)
    mine = surveys.c.token_hash == token_hash
    joined = select(*columns).join(conversations, conversations.c.id == surveys.c.conversation_id)
    return reading.one(joined.where(mine))


def answer(unit: Transaction, survey_id: int, *, score: int, tags: list[str], words: str) -> bool:
    """The answer; False when there was one already."""
    mine = and_(surveys.c.id == survey_id, surveys.c.answered_at.is_(None))
    values = {"score": score, "tags": tags, "words": words, "answered_at": unit.now}
    return unit.execute(update(surveys).where(mine).values(**values)).rowcount == 1


def counts(reading: Reading, since: datetime, until: datetime) -> Row[Any]:
    """Of the questions asked in [since, until): asked, answered, and answers of 4 or 5."""
    top = func.coalesce(func.sum(case((surveys.c.score >= 4, 1), else_=0)), 0)
    wanted = select(func.count().label("asked"), func.count(surveys.c.answered_at).label("answered"), top.label("top"))
    row = reading.one(wanted.where(surveys.c.asked_at >= since, surveys.c.asked_at < until))
    assert row is not None  # an aggregate always has its row
    return row
