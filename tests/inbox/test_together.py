"""Arrivals understood in one transaction end as they would one by one, and no more questions are asked of more."""

from collections import Counter

from inbox import accounts
from tests.support.house import MARIA, Clinic
from tests.support.questions import questions


def strangers(clinic: Clinic, count: int, first: int = 0) -> list[str]:
    return [f"+1415555{first + number:04d}" for number in range(count)]


def test_two_messages_of_one_sender_in_a_group_are_one_conversation(clinic: Clinic) -> None:
    (other,) = strangers(clinic, 1)
    rows = clinic.land(clinic.sms("one", MARIA), clinic.sms("hello", other), clinic.sms("two", MARIA))
    assert [row.state for row in rows] == ["received"] * 3
    assert rows[0].conversation_id == rows[2].conversation_id != rows[1].conversation_id
    said = clinic.messages(rows[0].conversation_id)
    assert [(one.sequence, one.body) for one in said] == [(1, "one"), (2, "two")]


def test_a_group_is_shared_out_like_messages_one_by_one(clinic: Clinic) -> None:
    for person in (clinic.agent, clinic.rival):
        clinic.act(accounts.declare, actor=person, availability="available")
    apart = [clinic.landed("Please call me back about an appointment", who) for who in strangers(clinic, 6)]
    alone = Counter(clinic.conversation(each).owner_id for each in apart)
    rows = clinic.land(
        *(clinic.sms("Please call me back about an appointment", who) for who in strangers(clinic, 6, 100))
    )
    together = Counter(clinic.conversation(row.conversation_id).owner_id for row in rows)
    assert alone == together
    assert len(together) == 2


def test_a_larger_group_asks_no_more(clinic: Clinic) -> None:
    clinic.land(*(clinic.sms("warm", who) for who in strangers(clinic, 3)))
    costs = []
    for first, count in ((100, 3), (200, 12)):
        with questions() as asked:
            clinic.land(*(clinic.sms("I need an appointment", who) for who in strangers(clinic, count, first)))
        costs.append(Counter(statement.split(None, 1)[0] for statement in asked))
    assert costs[0] == costs[1]
