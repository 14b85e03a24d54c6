"""`warmline sms segments`: what a text costs as an SMS. JSON lines `{id, text}` in, one answer a line out."""

from __future__ import annotations

import argparse
from typing import Any

import msgspec

from ui.commands.json_lines import answer_lines


def add_to_sms(subcommands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `segments` among the verbs of `warmline sms`."""
    segments = subcommands.add_parser("segments", help="JSON lines {id, text} → encoding, segments, units")
    segments.set_defaults(func=lambda args: answer_lines(count_row))


def count_row(row: dict[str, Any]) -> dict[str, Any]:
    """`{text}` → `{encoding, segments, units, units_left, characters_forcing_ucs2}`; TypeError if text is no string."""
    from channels.segments import count

    if not isinstance(row["text"], str):
        raise TypeError("text must be a string")
    counted: dict[str, Any] = msgspec.to_builtins(count(row["text"]))
    return counted
