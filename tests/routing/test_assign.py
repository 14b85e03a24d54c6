"""Who takes it: hard constraints that no wait relaxes, then capacity, then the longest idle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.assign import WEIGHTS, Candidate, Choice, Need, assign

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANA = Candidate(
    "ana",
    frozenset({"agent"}),
    teams=frozenset({"billing"}),
    availability="available",
    load_percent=30,
    idle_since=NOON,
)
BEN = msgspec.structs.replace(ANA, actor_id="ben", load_percent=60)
NORA = Candidate(
    "nora",
    frozenset({"nurse"}),
    teams=frozenset({"nursing"}),
    availability="available",
    load_percent=0,
    idle_since=NOON,
)


def test_most_spare_capacity_first() -> None:
    assert assign(candidates=[BEN, ANA], need=Need("billing", "sms")).actor_id == "ana"


def test_then_the_longest_idle() -> None:
    ben = msgspec.structs.replace(BEN, load_percent=30, idle_since=NOON - timedelta(minutes=5))
    assert assign(candidates=[ANA, ben], need=Need("billing", "sms")).actor_id == "ben"


def test_nobody_means_the_queue_and_says_why() -> None:
    away = msgspec.structs.replace(ANA, availability="break")
    full = msgspec.structs.replace(BEN, load_percent=90)
    assert assign(candidates=[away, full, NORA], need=Need("billing", "chat")) == Choice(
        None,
        (
            "ana: break",
            "ben: no room: 90 % taken, chat needs 30 %",
            "nora: not in billing",
            "nobody of billing may take it now: the team's queue",
        ),
    )


def test_a_voice_call_needs_a_free_person() -> None:
    free = msgspec.structs.replace(BEN, load_percent=0)
    assert assign(candidates=[ANA, free], need=Need("billing", "voice")).actor_id == "ben"
    assert assign(candidates=[ANA], need=Need("billing", "voice")).actor_id is None
    assert WEIGHTS == {"voice": 100, "chat": 30, "sms": 15, "whatsapp": 15, "social": 15, "mail": 10, "webform": 10}


@pytest.mark.parametrize("waited", [0.0, 0.2, 0.5, 1.0, 50.0])
def test_clinical_work_never_reaches_a_non_nurse(waited: float) -> None:
    in_nursing = msgspec.structs.replace(ANA, teams=frozenset({"nursing"}))
    need = Need("nursing", "sms", clinical=True, waited=waited)
    assert assign(candidates=[in_nursing], need=need).actor_id is None
    assert assign(candidates=[in_nursing, NORA], need=need).actor_id == "nora"


def test_a_language_is_hard_unless_there_is_an_interpreter() -> None:
    need = Need("billing", "sms", language="es", waited=9)
    assert assign(candidates=[ANA], need=need).actor_id is None
    assert assign(candidates=[ANA], need=msgspec.structs.replace(need, interpreter=True)).actor_id == "ana"
    speaks = msgspec.structs.replace(BEN, languages=frozenset({"en", "es"}))
    assert assign(candidates=[ANA, speaks], need=need).actor_id == "ben"


def test_who_is_excluded_stays_excluded() -> None:
    assert assign(candidates=[ANA], need=Need("billing", "sms", excluded=frozenset({"ana"}), waited=9)).actor_id is None


def test_skills_relax_in_rings() -> None:
    skilled = msgspec.structs.replace(BEN, skills=frozenset({"refunds"}))
    need = Need("billing", "sms", skills=frozenset({"refunds"}))
    assert assign(candidates=[ANA, skilled], need=need).actor_id == "ben"
    assert assign(candidates=[ANA, skilled], need=msgspec.structs.replace(need, waited=0.2)).actor_id == "ana"
    assert assign(candidates=[ANA, skilled], need=msgspec.structs.replace(need, waited=0.5)).actor_id == "ana"


def test_the_last_agent_first_while_there_is_time() -> None:
    knows = msgspec.structs.replace(BEN, last_agent=True)
    assert assign(candidates=[ANA, knows], need=Need("billing", "sms")).actor_id == "ben"
    assert assign(candidates=[ANA, knows], need=Need("billing", "sms", waited=0.6)).actor_id == "ana"


PEOPLE = st.builds(
    Candidate,
    actor_id=st.text("abc", min_size=1, max_size=3),
    roles=st.sets(st.sampled_from(["nurse", "agent"])).map(frozenset),
    teams=st.sets(st.sampled_from(["nursing", "billing"])).map(frozenset),
    languages=st.sets(st.sampled_from(["en", "es"])).map(frozenset),
    availability=st.sampled_from(["available", "busy", "off"]),
    load_percent=st.integers(0, 120),
)


@given(
    st.lists(PEOPLE, unique_by=lambda p: p.actor_id),
    st.sampled_from(["voice", "chat", "sms", "mail"]),
    st.sampled_from(["", "en", "es"]),
    st.floats(0, 10),
)
def test_whoever_is_chosen_may_and_can(people: list[Candidate], channel: str, language: str, waited: float) -> None:
    need = Need("nursing", channel, clinical=True, language=language, waited=waited)
    choice = assign(candidates=people, need=need)
    fit = [
        p
        for p in people
        if p.licensed
        and "nursing" in p.teams
        and p.availability == "available"
        and p.load_percent + WEIGHTS[channel] <= 100
        and (language != "es" or "es" in p.languages)
    ]
    assert (choice.actor_id is None) == (fit == [])
    if fit:
        chosen = next(p for p in fit if p.actor_id == choice.actor_id)
        assert chosen.load_percent == min(p.load_percent for p in fit)
