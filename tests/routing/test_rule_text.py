"""What is written is what is read: every rule, in order, with the comments on top."""

import pytest

from routing import rules
from routing.rule_text import heading, write
from routing.rules import Facts, Rule, Rules, Step, When


def test_the_shipped_rules_survive_being_written() -> None:
    assert rules.read(write(rules.shipped())) == rules.shipped()


@pytest.mark.parametrize(
    "rule",
    [
        Rule('It\'s "quoted" \\ and\ttabbed\x7f é', enabled=False, team="billing", raise_to=0),
        Rule("all", when=When(("refill",), True, ("*",), ("minor",), ("sms", "chat"), priority=2), skills=("lang:es",)),
        Rule("rest", when=When(unclassified=False, hours="closed", attributes=("vip",)), policy="slow"),
    ],
)
def test_a_rule_survives_being_written(rule: Rule) -> None:
    assert rules.read(write(Rules("7", (rule,)))) == Rules("7", (rule,))


def test_the_comments_on_top_stay() -> None:
    text = write(Rules("7", ()), "# one\n# two")
    assert heading(text) == "# one\n# two"
    assert rules.read(text) == Rules("7", ())


def test_two_rules_of_one_name_are_refused_with_the_line() -> None:
    rule = '[[rule]]\nname = "a"\nteam = "billing"\n'
    with pytest.raises(rules.BadRules, match=r"^line 6: a: another rule has this name"):
        rules.read('version = "7"\n' + rule + rule)


def test_a_rule_that_is_off_keeps_its_place_and_does_nothing() -> None:
    off = Rule("off: for now", enabled=False, team="marketing")
    on = Rule("bills", when=When(reason=("billing",)), team="billing")
    late = Rule("late", team="quality", raise_to=2)
    facts = Facts(reason="billing", priority=3)
    ordered = Rules("7", (off, on, late, Rule("chat", when=When(channel=("chat",), language=("es",)), raise_to=1)))
    assert rules.apply(ordered, facts).team == "billing"
    assert rules.steps(ordered, facts) == (
        Step("off: for now", False, enabled=False),
        Step("bills", True, set=("team billing",)),
        Step("late", True, set=("raised to P2",)),
        Step("chat", False, unmet=("channel", "language")),
    )
