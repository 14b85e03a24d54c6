"""The command line's rows: `patients match`, `patients phone`, `sms keyword`."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from ui.commands.json_lines import write_answers
from ui.commands.keyword import keyword_row
from ui.commands.patients import match_row, phone_row


def answers(answer: Callable[[dict[str, Any]], dict[str, Any]], *lines: str) -> list[dict[str, Any]]:
    out = io.BytesIO()
    write_answers([line.encode() for line in lines], out, answer)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_phone_rows_keep_their_order_and_a_bad_one_stands_alone() -> None:
    assert answers(phone_row, '{"id": 1, "text": "650-253-0000", "region": null}', '{"id": 2, "text": 5}', "{") == [
        {"id": 1, "e164": "+16502530000", "why": "valid"},
        {"id": 2, "error": "Expected `str`, got `int`"},
        {"id": None, "error": "no JSON: Input data was truncated"},
    ]


def test_match_rows_take_missing_and_unknown_fields() -> None:
    record = (
        '{"given": ["Rosa", null], "family": "García", "birth_date": "1984-03-09", "sex": "female", "address": null'
    )
    line = f'{{"id": "x", "a": {record}}}, "b": {record}, "phones": [], "extra": 1}}}}'
    assert answers(match_row, line) == [
        {
            "id": "x",
            "decision": "review",
            "score": 23.0,
            "because": ["first exact +6.5", "last exact +6.5", "birth_date exact +9", "sex exact +1"],
            "vetoes": ["nothing beside name, birth date and sex"],
        }
    ]


@pytest.mark.parametrize(("text", "action"), [("STOP", "stop"), ("hello", None), ("wrong number", "wrong_number")])
def test_keyword_rows(text: str, action: str | None) -> None:
    assert [row["action"] for row in answers(keyword_row, json.dumps({"id": 1, "text": text}))] == [action]
