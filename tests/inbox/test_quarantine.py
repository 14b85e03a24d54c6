"""Quarantine: seen by those who may, read by fewer, counted without end."""

from typing import Any

import pytest

from inbox import quarantine
from inbox.errors import Forbidden, Invalid
from inbox.quarantine import Page, Refused
from tests.support.cast import ADMIN, AGENT, CLERK, COMPLIANCE, DAY, MANAGER, NOW, NURSE, SUPERVISOR, Cast, ids


def page(cast: Cast, actor: Any = SUPERVISOR, **asked: Any) -> Page:
    with cast.database.snapshot() as reading:
        return quarantine.page(reading, actor=actor, **asked)


def test_each_sees_their_own_and_reads_what_they_may(cast: Cast) -> None:
    nursing = cast.add_conversation(team="nursing")
    theirs = cast.add_arrival(conversation_id=nursing, body=b"it hurts")
    nobodys = cast.add_arrival(body=b"who am I")
    cast.add_arrival(state="received")

    def shown(actor: Any) -> dict[int, str]:
        return {item.id: item.preview for item in page(cast, actor).items}

    assert shown(SUPERVISOR) == {theirs: "it hurts", nobodys: "who am I"}
    assert shown(NURSE) == {theirs: "it hurts", nobodys: ""}
    assert shown(AGENT) == {nobodys: ""}
    assert shown(ADMIN) == {nobodys: ""}
    assert [page(cast, actor).may_replay for actor in (SUPERVISOR, AGENT, ADMIN)] == [True, True, True]


@pytest.mark.parametrize("actor", [CLERK, MANAGER, COMPLIANCE])
def test_other_roles_are_refused(cast: Cast, actor: Any) -> None:
    with pytest.raises(Forbidden):
        page(cast, actor)


def test_pages_go_on_where_they_ended(cast: Cast) -> None:
    waiting = [cast.add_arrival() for _ in range(5)]
    first = page(cast, limit=3)
    assert ids(first.items) == waiting[:3]
    last = page(cast, limit=3, after=first.next)
    assert (ids(last.items), last.next) == (waiting[3:], None)
    with pytest.raises(Invalid):
        page(cast, after="x")


def test_refusals_of_a_day_are_counted_by_door(cast: Cast) -> None:
    for ago in (0, 0, 2):
        cast.add_arrival(state="refused", door="/in/twilio/messages", reason="signature", received_at=NOW - ago * DAY)
    assert page(cast).refused == (Refused("/in/twilio/messages", "signature", 2),)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"one\r\ntwo\tthree", "one\ntwo\tthree"),
        (b"a\x00b\x1b[31mc", "ab[31mc"),
        ("ab\u202ec".encode(), "abc"),
        (b"\xff\xfeh", "\ufffd\ufffdh"),
        (b"x" * 9000, "x" * 4096),
    ],
)
def test_a_preview_cannot_harm_its_reader(body: bytes, text: str) -> None:
    assert quarantine.preview(body) == text
