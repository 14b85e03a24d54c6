"""`warmline patients match` and `patients phone`: JSON Lines in, one answer a line out; the import is beside them."""

from __future__ import annotations

import argparse
from typing import Any, TypeVar

import msgspec

from ui.commands import patient_import
from ui.commands.json_lines import answer_lines

Shape = TypeVar("Shape")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `patients` with its two questions and the import."""
    questions = commands.add_parser("patients", help="questions about patients, and taking them in").add_subparsers(
        required=True
    )
    match = questions.add_parser("match", help="JSON lines {id, a, b} → decision, score, because, vetoes")
    match.set_defaults(func=lambda args: answer_lines(match_row))
    phone = questions.add_parser("phone", help="JSON lines {id, text, region?} → e164, why")
    phone.set_defaults(func=lambda args: answer_lines(phone_row))
    patient_import.add_to_patients(questions)


def match_row(row: dict[str, Any]) -> dict[str, Any]:
    """`{a, b}` → `{decision, score, because, vetoes}`; ValueError names the field of the wrong type, not its value."""
    from patients.demographics import Demographics
    from patients.matching import score

    match = score(shaped(row["a"], Demographics), shaped(row["b"], Demographics))
    return msgspec.structs.asdict(match)


def phone_row(row: dict[str, Any]) -> dict[str, Any]:
    """`{text, region?}` → `{e164, why}`."""
    from patients.phones import normalise

    return msgspec.structs.asdict(normalise(shaped(row["text"], str), shaped(row.get("region") or "US", str)))


def shaped(value: object, shape: type[Shape]) -> Shape:
    """`value` as `shape`; ValueError says which field has the wrong type."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as refusal:
        raise ValueError(str(refusal)) from None
