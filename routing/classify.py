"""What a message is about, how urgent it is and why: rules over folded words, with a reason for each step.

Machines only raise: what is not understood is read by a human the same day. `because` and `matched` hold patient text
and belong on the screens of people who may see it, never in logs.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import msgspec

from routing.courtesy import bare_greeting, bare_thanks
from routing.folding import Words, fold
from routing.language import detect
from routing.pack import SHIPPED, Scanner, shipped
from routing.reasons import CLINICAL, REASONS, is_clinical, is_known, of, text_class
from routing.redflags import Flag, PatientFacts, facts_of, priority_of, scan_words

__all__ = ["PatientFacts", "Question", "Score", "Verdict", "bare_thanks", "classify", "scores"]

_ENOUGH = 2.0
_AT_MOST = 4
_ORDER = {code: i for i, code in enumerate(REASONS)}
_RISKS = {
    "infant": "age under 3 months",
    "pregnant": "pregnancy",
    "postop": "within 7 days of a procedure",
    "discharged": "recent discharge",
    "anticoagulant": "anticoagulant",
    "chemotherapy": "chemotherapy",
}


class Verdict(msgspec.Struct, frozen=True):
    """`reasons` holds the primary `reason` first; `priority` 0 (now) to 4; `marks`: what the words tell (minor…)."""

    language: str
    reason: str
    reasons: tuple[str, ...]
    priority: int
    red_flags: tuple[Flag, ...]
    because: tuple[str, ...]
    sensitivity_class: str
    unclassified: bool = False
    marks: tuple[str, ...] = ()


class Question(msgspec.Struct, frozen=True):
    """What a program asks: one input line of `warmline routing classify`. Unknown fields are ignored."""

    text: str
    channel: str | None = None
    language: str | None = None
    patient: PatientFacts | None = None
    chosen_reason: str | None = None


class Score(msgspec.Struct, frozen=True):
    """How strongly the words speak for a reason; `matched` are the words themselves, which are patient text."""

    reason: str
    weight: float
    matched: str


class _Findings(NamedTuple):
    """Reasons with their score and the words that gave it, and the marks."""

    scores: dict[str, float]
    words: dict[str, str]
    marks: tuple[str, ...]


def classify(
    text: str,
    *,
    channel: str = "",
    language: str = "",
    patient: PatientFacts | None = None,
    chosen_reason: str = "",
    packs: tuple[str, ...] = SHIPPED,
    own: str = "",
) -> Verdict:
    """The verdict over one inbound text (subject and form fields included by the caller).

    `language`: what the channel or record says, trusted over our guess. `chosen_reason`: the patient's own choice; it
    decides only where the words say nothing. An unknown `chosen_reason` is ignored. `own`: the clinic's own red flags
    as text. Raises BadPack for an unknown pack.
    """
    words = fold(text)
    flags = scan_words(words, packs=packs, patient=patient, own=own)
    findings = _find(words)
    because: list[str] = []
    reasons = _reasons(findings, flags, patient, because)
    unclassified = not reasons
    if unclassified:
        reasons, unclassified = _fallback(text, words, channel, chosen_reason, because)
    elif chosen_reason and chosen_reason not in reasons:
        because.append(f"the patient chose {chosen_reason}; the words say otherwise")
    priority = _priority(reasons, flags, unclassified, _risks(findings, patient), because)
    if bare_thanks(text) and not flags:
        priority = 4
    return Verdict(
        language=language or detect(words),
        reason=reasons[0],
        reasons=reasons,
        priority=priority,
        red_flags=flags,
        because=tuple(because),
        sensitivity_class=text_class(reasons, red_flags=bool(flags), unclassified=unclassified),
        unclassified=unclassified,
        marks=findings.marks,
    )


def scores(text: str) -> tuple[Score, ...]:
    """Every reason that the words speak for, the strongest first; those under 2 are too weak to count."""
    found = _find(fold(text))
    listed = [Score(code, weight, found.words[code]) for code, weight in found.scores.items()]
    return tuple(sorted(listed, key=lambda one: (-one.weight, one.reason)))


def _find(words: Words) -> _Findings:
    scores: dict[str, float] = {}
    said: dict[str, str] = {}
    marks: list[str] = []
    for hit in _scanner().hits(words):
        kind = hit.rule.kind
        if kind.startswith("mark."):
            marks.append(kind.removeprefix("mark."))
        elif hit.rule.weight > scores.get(kind, 0) and not hit.history:
            scores[kind], said[kind] = hit.rule.weight, hit.matched
    return _Findings(scores, said, tuple(dict.fromkeys(marks)))


def _reasons(
    findings: _Findings, flags: tuple[Flag, ...], patient: PatientFacts | None, because: list[str]
) -> tuple[str, ...]:
    found = [code for code, score in findings.scores.items() if score >= _ENOUGH]
    found.sort(key=lambda code: (-findings.scores[code], not is_clinical(code), _ORDER[code.partition(".")[0]]))
    found = _without_shadows(found)[:_AT_MOST]
    because.extend(f"{code}: {findings.words[code]!r}" for code in found)
    if flags and not (found and all(flag.level == "history" for flag in flags)):
        found = _with_clinical(found, flags, because)
    if "symptom_new" in found and "$postop" in facts_of(patient):
        found = ["symptom_followup" if code == "symptom_new" else code for code in found]
        because.append("symptom_followup: within 7 days of a procedure")
    return tuple(dict.fromkeys(found))


def _without_shadows(found: list[str]) -> list[str]:
    """Leaves out what a better reason already says: "on_the_way" beside ".late", a new symptom beside a follow-up."""
    dotted = {code.partition(".")[0] for code in found if "." in code}
    seen: set[str] = set()
    kept = []
    for code in found:
        base = code.partition(".")[0]
        shadowed = base in seen or (code == base and base in dotted)
        if not shadowed and not (base == "symptom_new" and "symptom_followup" in found):
            seen.add(base)
            kept.append(code)
    return kept


def _with_clinical(found: list[str], flags: tuple[Flag, ...], because: list[str]) -> list[str]:
    """A red flag makes a clinical reason the primary one; a medicine flag keeps a refill first. One of long ago beside
    another reason does not: the form for school stays a form, read the same day."""
    clinical = next((code for code in found if code in CLINICAL), "")
    if not clinical and flags[0].kind == "med_reaction" and "refill" in found:
        clinical = "refill"
    if not clinical:
        clinical = "medication_question" if flags[0].kind == "med_reaction" else "symptom_new"
        because.append(f"{clinical}: red flag {flags[0].kind}")
    return [clinical, *(code for code in found if code != clinical)]


def _fallback(text: str, words: Words, channel: str, chosen: str, because: list[str]) -> tuple[tuple[str, ...], bool]:
    """The reasons where no rule spoke, and whether the message counts as not understood."""
    if bare_thanks(text) or bare_greeting(text):
        because.append("admin_other: only a courtesy")
        return ("admin_other",), False
    because.append("no rule knows these words" if words.words else "no words")
    if channel == "voice" and not words.words:
        because.append("a call without a transcript: a human listens")
    if chosen and is_known(chosen):
        because.append(f"{chosen}: the patient's own choice")
        return (chosen,), True
    return ("admin_other",), True


def _risks(findings: _Findings, patient: PatientFacts | None) -> list[str]:
    known = {fact.removeprefix("$") for fact in facts_of(patient)} | set(findings.marks)
    return [name for code, name in _RISKS.items() if code in known]


def _priority(
    reasons: tuple[str, ...], flags: tuple[Flag, ...], unclassified: bool, risks: list[str], because: list[str]
) -> int:
    """The most urgent of all; clinical or not understood at least P2; a risk raises those one step, never into P0."""
    priority = min(of(code).priority for code in reasons)
    for flag in flags:
        because.append(f"P{priority_of(flag.level)}: red flag {flag.kind} ({flag.level}): {flag.matched!r}")
        priority = min(priority, priority_of(flag.level))
    if unclassified:
        because.append("P2: not understood, a human reads it the same day")
        priority = min(priority, 2)
    clinical = unclassified or bool(flags) or any(is_clinical(code) for code in reasons)
    if clinical and risks and priority > 1:
        because.append(f"P{priority - 1}: one step up for {', '.join(risks)}")
        priority -= 1
    return priority


@cache
def _scanner() -> Scanner:
    packs = tuple(shipped(name) for name in ("reasons_en", "reasons_es", "marks"))
    return Scanner(packs, heeds_no=lambda kind: is_clinical(kind) or kind.startswith("mark."))
