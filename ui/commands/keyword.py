"""`warmline sms keyword`: is a text STOP, START, HELP, a revocation in free words or "wrong number"? JSON Lines."""

from __future__ import annotations

import argparse
from typing import Any

import msgspec

from ui.commands.patients import answer_lines


def add_to_sms(subcommands: argparse._SubParsersAction[Any]) -> None:
    """Registers `keyword` under `sms`."""
    keyword = subcommands.add_parser("keyword", help="opt-out words of a text; JSON Lines {id, text}")
    keyword.set_defaults(func=keyword_lines)


def keyword_lines(_args: argparse.Namespace) -> int:
    """Answers `{id, action, because}` for each `{id, text}` on standard input."""
    from patients.keywords import recognise

    class Question(msgspec.Struct):
        text: str

    def answer(line: Any) -> dict[str, Any]:
        found = recognise(msgspec.convert(line, Question).text)
        return {"action": found.action, "because": found.because}

    return answer_lines(answer)
