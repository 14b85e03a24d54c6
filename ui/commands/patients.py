"""`warmline patients match` and `warmline patients phone`: JSON Lines in, JSON Lines out, one answer per line in order.

Refuses nothing as a whole: a bad line gets an error and the others go on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import Any

import msgspec


def add(commands: argparse._SubParsersAction[Any]) -> None:
    """Registers `patients` with its two questions."""
    questions = commands.add_parser("patients", help="questions about patients").add_subparsers(required=True)
    match = questions.add_parser("match", help="are two records one human? JSON Lines {id, a, b}")
    match.set_defaults(func=match_lines)
    phone = questions.add_parser("phone", help="one valid E.164 number of a text; JSON Lines {id, text, region?}")
    phone.set_defaults(func=phone_lines)


def match_lines(_args: argparse.Namespace) -> int:
    """Answers `{id, decision, score, because, vetoes}` for each `{id, a, b}` on standard input."""
    from patients.demographics import Demographics
    from patients.matching import score

    class Pair(msgspec.Struct):
        a: Demographics
        b: Demographics

    def answer(line: Any) -> Any:
        pair = msgspec.convert(line, Pair)
        return msgspec.structs.asdict(score(pair.a, pair.b))

    return answer_lines(answer)


def phone_lines(_args: argparse.Namespace) -> int:
    """Answers `{id, e164, why}` for each `{id, text, region?}` on standard input."""
    from patients.phones import normalise

    class Question(msgspec.Struct):
        text: str
        region: str | None = None

    def answer(line: Any) -> Any:
        question = msgspec.convert(line, Question)
        return msgspec.structs.asdict(normalise(question.text, question.region or "US"))

    return answer_lines(answer)


def answer_lines(answer: Callable[[Any], dict[str, Any]], lines: Iterable[bytes] | None = None) -> int:
    """Writes `{id, **answer(line)}` for each line of standard input, or `{id, error}`; the status is always 0."""
    for line in lines if lines is not None else sys.stdin.buffer:
        if line.strip():
            sys.stdout.buffer.write(msgspec.json.encode(_answered(answer, line)) + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _answered(answer: Callable[[Any], dict[str, Any]], line: bytes) -> dict[str, Any]:
    read: Any = None
    try:
        read = msgspec.json.decode(line)
        found = answer(read)
    except (msgspec.DecodeError, UnicodeDecodeError) as refusal:
        return {"id": read.get("id") if isinstance(read, dict) else None, "error": str(refusal)}
    return {"id": read.get("id"), **found}
