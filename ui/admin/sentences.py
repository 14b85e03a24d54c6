"""Rules and promises as sentences: "Reason is Refill or Bill or payment"; "Nursing, Same day, Spanish"."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from inbox.practice import Practice
from routing.reasons import REASONS, is_known, of
from routing.rules import Rule, Step, When
from slas.policies import Condition, Target
from ui import words

UNMET = {
    "reason": "another reason",
    "clinical": "not clinical",
    "flags": "no red flag",
    "marks": "no such mark",
    "channel": "another channel",
    "line": "another line",
    "location": "another place",
    "language": "another language",
    "priority": "less urgent",
    "unclassified": "the words say what it is",
    "hours": "other hours",
    "attributes": "not such a patient",
}


def reason(code: str) -> str:
    """`appointment_change.cancel` → `Change of appointment: cancel`."""
    base, _, sub = code.partition(".")
    name = of(base).en if is_known(base) else words.plain(base)
    return f"{name}: {sub}" if sub else name


def conditions(when: When) -> list[tuple[str, str, str]]:
    """(what, is, value) for each condition that a rule has."""
    found = [
        ("Reason", "is", _or(when.reason, reason)),
        ("Red flag", "is", "any" if "*" in when.flags else _or(when.flags, words.plain)),
        ("Channel", "is", _or(when.channel, words.channel)),
        ("Language", "is", _or(when.language, words.language)),
        ("Line", "is", _or(when.line, str)),
        ("Location", "is", _or(when.location, str)),
        ("Mark", "is", _or(when.marks, words.mark)),
        ("Patient", "is", _or(when.attributes, words.plain)),
        ("Priority", "is at least", "" if when.priority is None else words.priority(when.priority)),
        ("It", "is", "" if when.clinical is None else "clinical" if when.clinical else "not clinical"),
        ("The clinic", "is", when.hours or ""),
        ("The reason", "is", "" if when.unclassified is None else "not clear" if when.unclassified else "clear"),
    ]
    return [one for one in found if one[2]]


def effects(rule: Rule) -> list[tuple[str, str]]:
    """(what, value) for each effect."""
    found = [
        ("Priority", "" if rule.raise_to is None else f"{words.priority(rule.raise_to)} or more urgent"),
        ("Team", words.team(rule.team) if rule.team else ""),
        ("Skills", ", ".join(skill(one) for one in rule.skills)),
        ("Policy", words.plain(rule.policy) if rule.policy else ""),
    ]
    return [one for one in found if one[1]]


def skill(code: str) -> str:
    """`lang:es` → `Spanish`."""
    return words.language(code.removeprefix("lang:")) if code.startswith("lang:") else words.plain(code)


def verdict(step: Step) -> str:
    """Why a rule did or did not count."""
    if not step.enabled:
        return "off"
    if step.unmet:
        return ", ".join(UNMET.get(field, field) for field in step.unmet)
    return "matched, an earlier rule decided" if not step.set else "matched"


def promise(target: Target) -> str:
    """`4 h`, `15 min, day and night`, `2 business days`."""
    runs = ", day and night" if target.calendar == "always" else ""
    if target.business_days:
        return f"{target.business_days} business day{'s' if target.business_days > 1 else ''}{runs}"
    return f"{length(target.seconds)}{runs}"


def length(seconds: int) -> str:
    """`90 s`, `15 min`, `4 h`, `7 days`; below zero it counts business days."""
    if seconds < 0:
        return f"{-seconds} business day{'s' if seconds < -1 else ''}"
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def asked(condition: Condition) -> str:
    """`Priority is Same day`."""
    told: dict[str, Callable[[str | int], str]] = {
        "reason": lambda value: reason(str(value)),
        "priority": lambda value: words.priority(int(value)),
        "channel": lambda value: words.channel(str(value)),
    }
    tell = told.get(condition.field, str)
    return f"{words.plain(condition.field)} is {' or '.join(tell(value) for value in condition.values)}"


def _or(values: Iterable[str], tell: Callable[[str], str]) -> str:
    return " or ".join(tell(value) for value in values)


def skills(codes: Iterable[str]) -> str:
    """`Nurse, Spanish`."""
    return ", ".join(skill(code) for code in codes)


def reason_options() -> list[tuple[str, str]]:
    """Every reason and sub-reason with its words."""
    codes = [code for base in REASONS.values() for code in (base.code, *(f"{base.code}.{sub}" for sub in base.subs))]
    return [(code, reason(code)) for code in codes]


def channel_options() -> list[tuple[str, str]]:
    """Every channel with its name."""
    return [(code, told[0]) for code, told in words.CHANNELS.items() if code != "mms"]


def line_options(practice: Practice) -> list[tuple[str, str]]:
    """The clinic's lines."""
    return [(line.address, line.label or line.address) for line in practice.lines]


def priority_options() -> list[tuple[int, str]]:
    """From emergent to informational."""
    return list(enumerate(words.PRIORITIES))


def team_options() -> list[tuple[str, str]]:
    """Every team with its name."""
    return [(code, told[0]) for code, told in words.TEAMS.items()]


def priority_strings() -> list[tuple[str, str]]:
    """The priorities as values of checkboxes."""
    return [(str(level), name) for level, name in enumerate(words.PRIORITIES)]
