"""The clinic's ordered routing rules: read from TOML, checked with the line of each mistake, applied with a trace.

For each effect the first matching rule wins; priority is only ever raised. Clinical work and red flags reach nursing
whatever a rule says: that constraint is not the clinic's to relax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from routing.reasons import TEAMS, is_clinical, is_known, of

_HEADER = re.compile(r"\s*\[\[\s*rule\s*\]\]")
_ENTRY = re.compile(r"\s*([\w.]+)\s*=")
_INDEX = re.compile(r"\$\.rule\[(\d+)\](?:\.([\w.]+))?")
_TOML_LINE = re.compile(r"at line (\d+)")
#: Tables within tables, which no rule has: the decoder takes minutes for a key of many parts.
DEEP = re.compile(r"""(?:\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*){8}""")


class BadRules(ValueError):
    """Rules that cannot be used; the text starts with "line N:"."""


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions, all must hold; an empty one always does. A reason covers its sub-reasons; flags ["*"] means any."""

    reason: tuple[str, ...] = ()
    clinical: bool | None = None
    flags: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    priority: int | None = None
    unclassified: bool | None = None
    hours: Literal["open", "closed"] | None = None
    attributes: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: its conditions and the effects it sets; `raise` in the file is `raise_to` here. One that is not
    `enabled` keeps its place and does nothing."""

    name: str
    enabled: bool = True
    when: When = When()
    team: str = ""
    raise_to: int | None = msgspec.field(name="raise", default=None)
    skills: tuple[str, ...] = ()
    policy: str = ""


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule set and its version, which goes into every trace."""

    version: str = "draft"
    rule: tuple[Rule, ...] = ()


class Facts(msgspec.Struct, frozen=True):
    """What is known when a conversation is routed. `flags` are the kinds of red flags; `attributes` of the patient."""

    reason: str
    priority: int
    reasons: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    channel: str = ""
    line: str = ""
    location: str = ""
    language: str = ""
    unclassified: bool = False
    hours: Literal["open", "closed", ""] = ""
    attributes: tuple[str, ...] = ()

    @property
    def clinical(self) -> bool:
        """Whether a nurse must answer: a clinical reason among all, or a red flag."""
        return bool(self.flags) or any(is_clinical(code) for code in (self.reason, *self.reasons))


class Step(msgspec.Struct, frozen=True):
    """What one rule said to one set of facts: it `matched`, or the conditions in `unmet` did not hold. `set` names the
    effects that it decided; a rule that matched and set nothing came too late."""

    name: str
    matched: bool
    unmet: tuple[str, ...] = ()
    set: tuple[str, ...] = ()
    enabled: bool = True


class Routed(msgspec.Struct, frozen=True):
    """Where it goes; `trace` names version, rule and effect, one line each."""

    team: str
    priority: int
    skills: tuple[str, ...]
    trace: tuple[str, ...]
    policy: str = "default"


def read(text: str) -> Rules:
    """The rules of a TOML text. Raises BadRules with the line."""
    if deep := DEEP.search(text):
        raise BadRules(f"line {text.count(chr(10), 0, deep.start()) + 1}: a key of too many parts")
    try:
        rules = msgspec.toml.decode(text, type=Rules)
    except msgspec.ValidationError as error:
        raise BadRules(f"line {_line_of_error(text, str(error))}: {error}") from None
    except msgspec.DecodeError as error:
        found = _TOML_LINE.search(str(error))
        raise BadRules(f"line {found.group(1) if found else text.count(chr(10)) + 1}: {error}") from None
    except (RecursionError, ValueError):  # nesting without end, a number of thousands of digits
        raise BadRules("line 1: the text nests too deep or holds a number too long to read") from None
    names: set[str] = set()
    for number, rule in enumerate(rules.rule):
        mistakes = _mistakes(rule)
        if rule.name in names:
            mistakes.append(("name", "another rule has this name; hits are counted by name"))
        for key, complaint in mistakes:
            raise BadRules(f"line {_line(text, number, key)}: {rule.name}: {complaint}")
        names.add(rule.name)
    return rules


@cache
def shipped() -> Rules:
    """The rules that ship with the product."""
    return read(files("routing").joinpath("rules.toml").read_text("utf-8"))


def apply(rules: Rules, facts: Facts) -> Routed:
    """Team, priority, skills and policy for one conversation, and why."""
    team, policy, priority, trace = "", "", facts.priority, list[str]()
    skills: tuple[str, ...] = ()
    for rule in rules.rule:
        if not rule.enabled or not matches(rule.when, facts):
            continue
        said = f"rules {rules.version}: {rule.name}: "
        if rule.team and not team:
            team = rule.team
            trace.append(f"{said}team {team}")
        if rule.policy and not policy:
            policy = rule.policy
            trace.append(f"{said}policy {policy}")
        if rule.raise_to is not None and rule.raise_to < priority:
            priority = rule.raise_to
            trace.append(f"{said}raised to P{priority}")
        if new := tuple(skill for skill in rule.skills if skill not in skills):
            skills += new
            trace.append(f"{said}skills {' '.join(new)}")
    return _constrained(
        Routed(team or of(facts.reason).team, priority, skills, tuple(trace), policy or "default"), facts
    )


def steps(rules: Rules, facts: Facts) -> tuple[Step, ...]:
    """Why each rule did or did not match, in order."""
    said = f"rules {rules.version}: "
    told: dict[str, list[str]] = {}
    for line in apply(rules, facts).trace:
        if line.startswith(said):
            name, _, effect = line.removeprefix(said).rpartition(": ")
            told.setdefault(name, []).append(effect)
    found = []
    for rule in rules.rule:
        unmet = tuple(field for field, holds in _conditions(rule.when, facts) if not holds)
        effects = tuple(told.get(rule.name, ()))
        found.append(Step(rule.name, rule.enabled and not unmet, unmet, effects, rule.enabled))
    return tuple(found)


def matches(when: When, facts: Facts) -> bool:
    """Whether all conditions of a rule hold."""
    return all(holds for _, holds in _conditions(when, facts))


def _conditions(when: When, facts: Facts) -> Iterator[tuple[str, bool]]:
    """The name of each condition and whether it holds."""
    yield "reason", _covers(when.reason, facts.reason)
    yield "clinical", when.clinical in (None, facts.clinical)
    yield "flags", not when.flags or bool(facts.flags if "*" in when.flags else {*when.flags} & {*facts.flags})
    yield "marks", not when.marks or bool({*when.marks} & {*facts.marks})
    yield "channel", not when.channel or facts.channel in when.channel
    yield "line", not when.line or facts.line in when.line
    yield "location", not when.location or facts.location in when.location
    yield "language", not when.language or facts.language in when.language
    yield "priority", when.priority is None or facts.priority <= when.priority
    yield "unclassified", when.unclassified in (None, facts.unclassified)
    yield "hours", when.hours in (None, facts.hours)
    yield "attributes", {*when.attributes} <= {*facts.attributes}


def _covers(wanted: tuple[str, ...], reason: str) -> bool:
    return not wanted or reason in wanted or reason.partition(".")[0] in wanted


def _constrained(routed: Routed, facts: Facts) -> Routed:
    if not facts.clinical or (routed.team == "nursing" and "nurse" in routed.skills):
        return routed
    trace = (*routed.trace, "never relaxed: clinical work and red flags go to nursing")
    skills = routed.skills if "nurse" in routed.skills else (*routed.skills, "nurse")
    return msgspec.structs.replace(routed, team="nursing", skills=skills, trace=trace)


def _mistakes(rule: Rule) -> list[tuple[str, str]]:
    """(key, what is wrong) for what the types cannot say."""
    found = [("when.reason", f"no such reason {code!r}") for code in rule.when.reason if not is_known(code)]
    if rule.team and rule.team not in TEAMS:
        found.append(("team", f"no such team {rule.team!r}; one of {', '.join(TEAMS)}"))
    if rule.raise_to is not None and not 0 <= rule.raise_to <= 4:
        found.append(("raise", "a priority is 0 to 4"))
    if rule.when.priority is not None and not 0 <= rule.when.priority <= 4:
        found.append(("when.priority", "a priority is 0 to 4"))
    if not rule.name.strip():
        found.append(("name", "a rule needs a name"))
    if not (rule.team or rule.skills or rule.policy or rule.raise_to is not None):
        found.append(("name", "a rule without an effect"))
    return found


def _line_of_error(text: str, error: str) -> int:
    found = _INDEX.search(error)
    if not found:
        return 1
    key = found.group(2) or ""
    if unknown := re.search(r"unknown field `(\w+)`", error):
        key = f"{key}.{unknown.group(1)}".lstrip(".")
    return _line(text, int(found.group(1)), key)


def _line(text: str, number: int, key: str) -> int:
    """The line of a key in the n-th rule (from 0), or of the rule's header."""
    rule, header = -1, 1
    for place, line in enumerate(text.splitlines(), 1):
        if _HEADER.match(line):
            rule += 1
            if rule == number:
                header = place
        elif rule == number and (entry := _ENTRY.match(line)) and key and key.startswith(entry.group(1)):
            return place
    return header
