"""`warmline sms keyword`: STOP, START, HELP, a revocation in free words, "wrong number" or none. JSON Lines."""

from __future__ import annotations

import argparse
from typing import Any

from ui.commands.json_lines import answer_lines


def add_to_sms(subcommands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `keyword` among the verbs of `warmline sms`."""
    keyword = subcommands.add_parser("keyword", help="JSON lines {id, text} → action, because")
    keyword.set_defaults(func=lambda args: answer_lines(keyword_row))


def keyword_row(row: dict[str, Any]) -> dict[str, Any]:
    """`{text}` → `{action, because}`; TypeError if text is no string."""
    from patients.keywords import recognise

    if not isinstance(row["text"], str):
        raise TypeError("text must be a string")
    found = recognise(row["text"])
    return {"action": found.action, "because": found.because}
