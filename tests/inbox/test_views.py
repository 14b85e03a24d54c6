"""What a list holds is decided once: SQL and the predicate for pushed rows agree on random rows and random filters."""

import random
from typing import Any

import pytest

from inbox import filters, views, worklist
from inbox.actors import Actor
from inbox.errors import Invalid
from inbox.filters import Filters
from inbox.store import tables as t
from tests.support.cast import AGENT, DAY, HOUR, MINUTE, NOW, NURSE, RIVAL, SUPERVISOR, Cast, ids

CHOICES: dict[str, tuple[str, ...]] = {
    "state": filters.STATES,
    "queue": ("contact_center", "billing", "nursing"),
    "owner": ("me", "none", str(RIVAL.id)),
    "reason": ("appointment_change", "appointment_change.cancel", "billing"),
    "priority": ("1", "3"),
    "channel": ("sms", "mail"),
    "location": ("Lakeview", "Mission"),
    "language": ("en", "es"),
    "age": ("1h", "1d"),
}
VIEWS = (*worklist.VIEWS, "all", "queue:billing", "queue:nursing")


def populate(cast: Cast, chance: random.Random, count: int) -> None:
    for _ in range(count):
        state = chance.choice(("open", "open", "open", "waiting", "closed"))
        hidden = NOW + DAY if state != "closed" and chance.random() < 0.25 else None
        unknown = chance.random() < 0.3
        conversation = cast.add_conversation(
            state=state,
            team=chance.choice(CHOICES["queue"]),
            owner_id=chance.choice((None, AGENT.id, RIVAL.id)),
            reason=chance.choice(CHOICES["reason"]),
            priority=chance.choice((1, 3)),
            channel=chance.choice(CHOICES["channel"]),
            location=chance.choice((None, *CHOICES["location"])),
            language=chance.choice(("", *CHOICES["language"])),
            opened_at=NOW - chance.choice((MINUTE, HOUR, 2 * DAY)),
            needs_reply=chance.random() < 0.7,
            snoozed_until=hidden,
            **({"subject_patient_id": None, "subject_certainty": "unknown"} if unknown else {}),
        )
        if hidden is not None:
            cast.add(t.snoozes, conversation_id=conversation, until=hidden, by_id=AGENT.id, at=NOW)
        if chance.random() < 0.5:
            met = {"state": "met", "met_at": NOW} if chance.random() < 0.5 else {}
            cast.add_clock(conversation, **met)
        if chance.random() < 0.2:
            cast.add_note(conversation, "?", mentions=[AGENT.id])
        if chance.random() < 0.2:
            cast.add_arrival(conversation_id=conversation)


def pages(cast: Cast, actor: Actor, view: str, wanted: Filters) -> list[worklist.Row]:
    with cast.database.snapshot() as reading:
        return list(worklist.page(reading, actor=actor, view=view, filters=wanted, limit=200).items)


def test_the_predicate_is_the_sql(cast: Cast) -> None:
    chance = random.Random(7)
    populate(cast, chance, 70)
    met = 0
    for _ in range(160):
        view = chance.choice(VIEWS)
        codes = {name: chance.choice(CHOICES[name]) for name in chance.sample(list(CHOICES), chance.choice((0, 1, 2)))}
        actor = chance.choice((AGENT, RIVAL, NURSE, SUPERVISOR))
        if view.startswith("queue:"):
            codes.pop("queue", None)
        wanted = filters.read(codes, viewer_id=actor.id)
        listed = pages(cast, actor, view, wanted)
        seen = pages(cast, actor, "all", Filters())
        asked = views.want(view, wanted)
        assert (view, codes, sorted(ids(listed))) == (
            view,
            codes,
            sorted(row.id for row in seen if views.holds(row, actor, asked, NOW)),
        )
        name = f"f:{filters.canonical(view, codes)}"
        assert {row.id for row in seen if name in views.lists_of(row, actor, [f"inbox:{name}"], NOW)} == set(
            ids(listed)
        )
        met += 0 < len(listed) < len(seen)
    assert met > 60


def test_counts_are_the_rows_of_named_lists(cast: Cast) -> None:
    populate(cast, random.Random(3), 40)
    lists = {"saved:1": "view=open&owner=me", "saved:2": "view=all&state=done&channel=sms"}
    for actor in (AGENT, SUPERVISOR):
        with cast.database.snapshot() as reading:
            counted = worklist.counts(reading, actor=actor, lists=lists)
        for name, query in lists.items():
            view, codes = filters.parse(query)
            assert counted[name] == len(pages(cast, actor, view, filters.read(codes, viewer_id=actor.id)))


@pytest.mark.parametrize("view", ["open", "closed", "all"])
def test_pages_backwards_are_the_same_list(cast: Cast, view: str) -> None:
    populate(cast, random.Random(5), 30)
    whole = pages(cast, RIVAL, view, Filters())
    with cast.database.snapshot() as reading:

        def page(**asked: Any) -> worklist.Page:
            return worklist.page(reading, actor=RIVAL, view=view, limit=4, **asked)

        found, before = list(page(before=whole[-1].key).items) + whole[-1:], page(before=whole[-1].key).earlier
        assert page().earlier is None
        while before is not None:
            part = page(before=before)
            assert part.next == part.items[-1].key
            found, before = [*part.items, *found], part.earlier
    assert found == whole


def test_one_spelling_whatever_the_order() -> None:
    query = filters.canonical("queue:billing", {"channel": "sms", "state": "next_reply", "location": "North side"})
    assert query == "view=queue:billing&state=next_reply&channel=sms&location=North%20side"
    assert filters.parse(query) == (
        "queue:billing",
        {"state": "next_reply", "channel": "sms", "location": "North side"},
    )


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ({"state": "nonsense"}, "one of first_reply, next_reply, waiting, snoozed, done, open, closed"),
        ({"age": "2h"}, "one of 1h, 4h, 1d, 3d, 7d"),
        ({"owner": "Jess"}, "me, none, or the id of a person"),
        ({"language": "EN"}, "a language code such as en or es"),
        ({"priority": "9"}, "one of 0, 1, 2, 3, 4"),
        ({"location": "x" * 61}, "at most 60 characters"),
    ],
)
def test_a_code_that_is_none_is_refused_with_the_mend(code: dict[str, str], mend: str) -> None:
    with pytest.raises(Invalid) as refused:
        filters.read(code, viewer_id=1)
    assert refused.value.fields == {next(iter(code)): mend}


def test_a_topic_that_is_none_is_nobodys_list(cast: Cast) -> None:
    cast.add_conversation()
    (row,) = pages(cast, AGENT, "open", Filters())
    nonsense = ["inbox:f:view=nonsense", "inbox:f:view=open&state=x", "inbox:f:view=open&a=b", "inbox:f:", "inbox:f:%"]
    assert views.lists_of(row, AGENT, nonsense, NOW) == (*views.views_of(row, AGENT), "f:")
