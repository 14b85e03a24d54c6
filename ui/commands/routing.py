"""`warmline routing classify`, `rehearse` and `corrections`: verdicts on messages, what other rules would have done,
what people corrected. They write nothing down."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routing.rules import Rules


def add(commands: argparse._SubParsersAction[Any]) -> None:
    """Registers `routing` and its verbs."""
    routing = commands.add_parser("routing", help="what a message is about, how urgent, who takes it")
    verbs = routing.add_subparsers(dest="verb", required=True, metavar="VERB")
    parser = verbs.add_parser("classify", help="JSONL {id, text, …} on stdin to JSONL verdicts on stdout")
    parser.set_defaults(func=classify)
    trial = verbs.add_parser("rehearse", help="what changed rules would have done to the last days, as JSON Lines")
    trial.add_argument("--rules", required=True, metavar="FILE", help="a rule set in TOML; - for standard input")
    trial.add_argument("--days", type=int, default=30, metavar="N")
    trial.add_argument("--json", action="store_true", help="one object with all that is listed")
    trial.set_defaults(func=rehearse)
    data = verbs.add_parser("corrections", help="the reasons that people corrected, as JSON Lines without any words")
    data.add_argument("--days", type=int, default=90, metavar="N")
    data.set_defaults(func=corrections)


def rehearse(args: argparse.Namespace) -> int:
    """A line for each request that would go another way, then one that counts them; 1 for rules that cannot be read."""
    from inbox import effect
    from ui.commands.house import opened, show

    proposed = _rules(args.rules)
    with opened() as house:
        with house.database.snapshot() as reading:
            found, clinic = effect.begin(reading, args.days), house.configuration.practice()
        while found.running:
            with house.database.snapshot() as reading:
                found = effect.go_on(reading, clinic, proposed, found)
            for change in () if args.json else found.changes:
                show(change)
            if not args.json:
                found = found.without_changes()
    show(found.told(listed=args.json))
    return 0


def corrections(args: argparse.Namespace) -> int:
    """A line for each correction, oldest first."""
    from inbox import corrections as data
    from ui.commands.house import opened, show

    with opened() as house, house.database.snapshot() as reading:
        for one in data.corrections(reading, args.days):
            show(one)
    return 0


def _rules(name: str) -> Rules:
    from inbox.errors import Invalid
    from routing.rules import BadRules, read

    try:
        return read(sys.stdin.read() if name == "-" else Path(name).read_text("utf-8"))
    except (BadRules, OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{name}: {error}") from None


def classify(args: argparse.Namespace) -> int:
    """Answers each input line with one output line, in order; a bad line gives {id, error} and the others go on."""
    for line in sys.stdin.buffer:
        if line.strip():
            sys.stdout.buffer.write(answer(line) + b"\n")
    sys.stdout.buffer.flush()
    return 0


def answer(line: bytes) -> bytes:
    """One output line for one input line."""
    import msgspec

    try:
        asked = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.encode({"id": None, "error": "not a JSON object"})
    if not isinstance(asked, dict):
        return msgspec.json.encode({"id": None, "error": "not a JSON object"})
    try:
        return msgspec.json.encode({"id": asked.get("id"), **_verdict(asked)})
    except msgspec.ValidationError as error:
        return msgspec.json.encode({"id": asked.get("id"), "error": str(error)})


def _verdict(asked: dict[str, Any]) -> dict[str, Any]:
    import msgspec

    from routing.classify import Question
    from routing.classify import classify as judge

    question = msgspec.convert(asked, Question)
    verdict = judge(
        question.text,
        channel=question.channel or "",
        language=question.language or "",
        patient=question.patient,
        chosen_reason=question.chosen_reason or "",
    )
    flags = [{"kind": f.kind, "level": f.level, "matched": f.matched} for f in verdict.red_flags]
    names = ("language", "reason", "reasons", "priority")
    return {**{n: getattr(verdict, n) for n in names}, "red_flags": flags, "because": verdict.because}
