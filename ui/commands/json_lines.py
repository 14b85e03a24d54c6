"""JSON Lines in, JSON Lines out: same order, `id` echoed, a bad line gives `{id, error}` and the others go on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import msgspec


def answer_lines(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Answer standard input on standard output; 0 always, since a bad line is an answer too."""
    write_answers(sys.stdin.buffer, sys.stdout.buffer, answer)
    return 0


def write_answers(lines: Iterable[bytes], out: BinaryIO, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """`answer` takes a row and raises ValueError, KeyError or TypeError (with words fit for a person) for a bad one."""
    for line in lines:
        if line.strip():
            out.write(msgspec.json.encode(_one(line, answer)) + b"\n")
    out.flush()


def _one(line: bytes, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return {"id": None, "error": f"no JSON: {error}"}
    if not isinstance(row, dict):
        return {"id": None, "error": "no JSON object"}
    try:
        return {"id": row.get("id"), **answer(row)}
    except KeyError as error:
        return {"id": row.get("id"), "error": f"no {error.args[0]}"}
    except (ValueError, TypeError) as error:
        return {"id": row.get("id"), "error": str(error)}
