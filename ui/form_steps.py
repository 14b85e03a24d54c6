"""Which page of a form comes next: what must be mended, what an answer newly calls for, the next topic, or none.

Keeps no state: earlier answers travel in the page itself, so a form needs neither a script nor a cookie.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from channels.form import Field, Form, Language, answers_of, applies, field_errors


class Turn(msgspec.Struct, frozen=True):
    """A page to show: its step and what is wrong on it, by field."""

    step: int
    errors: dict[str, str] = {}


def is_walked(form: Form) -> bool:
    """Whether the form takes more than one page, or may."""
    return bool(form.steps) or any(field.when is not None for field in form.fields)


def turn(form: Form, typed: Mapping[str, str], language: Language) -> Turn | None:
    """The next page after what was typed; None when all is answered."""
    now = at(form, typed)
    answers = answers_of(form, {name: text.strip() for name, text in typed.items()})
    if typed.get("go") == "back":
        return Turn(_before(form, answers, now))
    errors = field_errors(form, answers, language)
    here = {field.name: errors[field.name] for field in asked(form, answers, now) if field.name in errors}
    shown = typed.get("shown", "").split(",")
    fresh = [field.name for field in asked(form, answers, now) if field.name not in shown]
    if here or fresh:
        return Turn(now, {name: error for name, error in here.items() if name not in fresh})
    later = [field.step for field in form.fields if field.step > now and applies(field, answers)]
    if later:
        return Turn(min(later))
    if not errors:
        return None
    first = next(field.step for field in form.fields if field.name in errors)
    return Turn(first, {name: error for name, error in errors.items() if _of(form, name).step == first})


def at(form: Form, typed: Mapping[str, str]) -> int:
    """The step that a posted page was."""
    given = typed.get("step", "0")
    number = int(given) if given.isdecimal() and len(given) < 4 else 0
    return min(number, max(0, len(form.steps) - 1))


def asked(form: Form, answers: Mapping[str, str], step: int) -> list[Field]:
    """The questions of one page."""
    return [field for field in form.fields if field.step == step and applies(field, answers)]


def carried(form: Form, typed: Mapping[str, str], shown: list[Field]) -> list[tuple[str, str]]:
    """Answers of other pages as hidden fields: name and text."""
    here = {field.name for field in shown}
    names = [name for field in form.fields if field.name not in here for name in _inputs(field)]
    return [(name, typed[name]) for name in names if typed.get(name)]


def page(form: Form, typed: Mapping[str, str], step: int) -> dict[str, Any]:
    """What the template needs of a step: its questions, what is carried, and its place among the topics."""
    shown = asked(form, answers_of(form, typed), step)
    last = max((field.step for field in form.fields), default=0)
    return {"step": step, "asked": shown, "carried": carried(form, typed, shown), "is_last": step >= last}


def _before(form: Form, answers: Mapping[str, str], at: int) -> int:
    earlier = [field.step for field in form.fields if field.step < at and applies(field, answers)]
    return max(earlier, default=0)


def _of(form: Form, name: str) -> Field:
    return next(field for field in form.fields if field.name == name)


def _inputs(field: Field) -> list[str]:
    return [f"{field.name}.{choice.code}" for choice in field.choices] if field.type == "many" else [field.name]
