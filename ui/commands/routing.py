"""`warmline routing classify`: JSON Lines in, verdicts out. Writes nothing down."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add(commands: argparse._SubParsersAction[Any]) -> None:
    """Registers `routing classify`."""
    routing = commands.add_parser("routing", help="what a message is about, how urgent, who takes it")
    verbs = routing.add_subparsers(dest="verb", required=True, metavar="VERB")
    parser = verbs.add_parser("classify", help="JSONL {id, text, …} on stdin to JSONL verdicts on stdout")
    parser.set_defaults(func=classify)


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
