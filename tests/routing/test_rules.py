"""The shipped rules send each reason to its team; mistakes are named with their line; clinical work never strays."""

from __future__ import annotations

from typing import Any

import pytest

from routing import reasons, rules
from routing.rules import BadRules, Facts

HEAD = 'version = "7"\n'


def route(text: str, **facts: Any) -> rules.Routed:
    return rules.apply(rules.read(HEAD + text), Facts(**{"reason": "billing", "priority": 3, **facts}))


@pytest.mark.parametrize(
    ("reason", "team"),
    [
        ("appointment_new", "contact_center"),
        ("appointment_change.cancel", "contact_center"),
        ("on_the_way.late", "front_desk"),
        ("refill", "nursing"),
        ("symptom_new", "nursing"),
        ("test_results", "nursing"),
        ("referral", "authorizations"),
        ("authorization.coverage", "authorizations"),
        ("billing", "billing"),
        ("records.forms", "front_desk"),
        ("complaint", "patient_experience"),
        ("feedback", "patient_experience"),
        ("technical", "contact_center"),
        ("admin_other", "contact_center"),
    ],
)
def test_shipped_teams(reason: str, team: str) -> None:
    routed = rules.apply(rules.shipped(), Facts(reason=reason, priority=3))
    assert routed.team == team
    assert routed.trace != ()


def test_the_shipped_rules_agree_with_the_taxonomy() -> None:
    teams = {c: rules.apply(rules.shipped(), Facts(reason=c, priority=3)).team for c in reasons.REASONS}
    assert teams == {code: reason.team for code, reason in reasons.REASONS.items()}


def test_authorization_has_a_policy_of_its_own() -> None:
    assert rules.apply(rules.shipped(), Facts(reason="authorization", priority=3)).policy == "authorization"


def test_red_flags_go_to_nursing_with_the_trace_that_says_so() -> None:
    routed = rules.apply(rules.shipped(), Facts(reason="billing", priority=0, flags=("cardiac",), language="es"))
    assert (routed.team, routed.skills, routed.policy) == ("nursing", ("nurse", "lang:es"), "red_flag")
    assert routed.trace[0] == "rules 2026.1: Red flags go to nursing: team nursing"


def test_no_rule_can_take_clinical_work_from_nursing() -> None:
    text = '[[rule]]\nname = "all to marketing"\nteam = "marketing"\n'
    assert route(text).team == "marketing"
    routed = route(text, reason="symptom_new")
    assert (routed.team, routed.skills) == ("nursing", ("nurse",))
    assert routed.trace[-1] == "never relaxed: clinical work and red flags go to nursing"
    assert route(text, reasons=("billing", "test_results")).team == "nursing"
    assert route(text, flags=("fever",)).team == "nursing"


def test_the_first_match_wins_for_each_effect() -> None:
    text = """
[[rule]]
name = "one"
team = "billing"
[[rule]]
name = "two"
team = "quality"
policy = "slow"
"""
    routed = route(text)
    assert (routed.team, routed.policy) == ("billing", "slow")
    assert routed.trace == ("rules 7: one: team billing", "rules 7: two: policy slow")


def test_priority_is_only_raised() -> None:
    text = '[[rule]]\nname = "r"\nraise = 2\n'
    assert [route(text, priority=p).priority for p in range(5)] == [0, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        ('reason = ["billing"]', {}, True),
        ('reason = ["authorization"]', {"reason": "authorization.coverage"}, True),
        ('reason = ["authorization.coverage"]', {"reason": "authorization"}, False),
        ('flags = ["*"]', {}, False),
        ('flags = ["mental"]', {"flags": ("mental",)}, True),
        ('channel = ["sms", "chat"]', {"channel": "chat"}, True),
        ('channel = ["sms"]', {"channel": "mail"}, False),
        ('line = ["+15550100"]', {"line": "+15550100"}, True),
        ('location = ["north"]', {"location": "south"}, False),
        ('language = ["es"]', {"language": "es"}, True),
        ("priority = 2", {"priority": 1}, True),
        ("priority = 2", {"priority": 3}, False),
        ("unclassified = true", {}, False),
        ('hours = "closed"', {"hours": "closed"}, True),
        ('attributes = ["membership"]', {"attributes": ("membership", "vip")}, True),
        ('attributes = ["membership"]', {}, False),
        ('marks = ["minor"]', {"marks": ("minor",)}, True),
        ("clinical = true", {}, False),
    ],
)
def test_conditions(condition: str, facts: dict[str, Any], holds: bool) -> None:
    routed = route(f'[[rule]]\nname = "r"\nwhen.{condition}\npolicy = "hit"\n', **facts)
    assert routed.policy == ("hit" if holds else "default")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[[rule]]\nname = "a"\nteam = "billing"\n[[rule]]\nname = "b"\nteam = "nurses"\n', 7, "no such team 'nurses'"),
        ('[[rule]]\nname = "a"\nwhen.reason = ["bills"]\nteam = "billing"\n', 4, "no such reason 'bills'"),
        ('[[rule]]\nname = "a"\nraise = 9\n', 4, "a priority is 0 to 4"),
        ('[[rule]]\nname = "a"\nraise = "high"\n', 4, "Expected `int | null`, got `str`"),
        ('[[rule]]\nname = "a"\nwhen.chanel = ["sms"]\nteam = "billing"\n', 4, "unknown field `chanel`"),
        ('[[rule]]\nname = "a"\nwhen.channel = ["sms"]\n', 3, "a rule without an effect"),
        ('[[rule]]\nname = "a"\nteam = \n', 4, "Invalid value"),
        ('[[rule]]\nteam = "billing"\n', 2, "missing required field `name`"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, line: int, words: str) -> None:
    with pytest.raises(BadRules) as caught:
        rules.read(HEAD + text)
    said = str(caught.value)
    assert said.startswith(f"line {line}: ")
    assert words in said
