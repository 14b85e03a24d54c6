"""What a form asks: typed questions in two languages, shown where an earlier answer calls for them, a topic a step.

Pure values and their checks. Refuses (by `faults`) a definition that a browser without scripts could not fill.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

Language = Literal["en", "es"]
Kind = Literal["text", "email", "tel", "date", "choice", "many", "long", "file"]
#: Names that the page itself uses.
RESERVED = frozenset({"token", "website", "step", "shown", "go", "files", "lang", "embed"})
MOST_FIELDS, MOST_STEPS, MOST_CHOICES = 40, 8, 30
_SLUG, _NAME = re.compile(r"[a-z][a-z0-9-]{1,39}"), re.compile(r"[a-z][a-z0-9_]{0,39}")
_EMAIL = re.compile(r"[^@\s<>\"(),:;\\]{1,64}@([\w-]+\.)+[\w-]{2,63}")
_ERRORS = {
    "required": {"en": "Please fill this in.", "es": "Complete este campo."},
    "email": {"en": "This is not an e-mail address.", "es": "Esta no es una dirección de correo."},
    "tel": {"en": "This is not a phone number.", "es": "Este no es un número de teléfono."},
    "date": {"en": "Please write the date as year-month-day.", "es": "Escriba la fecha como año-mes-día."},
    "choice": {"en": "Please choose one of these.", "es": "Elija una de estas opciones."},
    "too_long": {"en": "This is too long.", "es": "Esto es demasiado largo."},
    "reach": {
        "en": "Please give an e-mail address or a phone number.",
        "es": "Indique un correo o un número de teléfono.",
    },
}


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer to choose."""

    code: str
    en: str
    es: str


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The question is asked only if `field` was answered with one of `is_one_of`."""

    field: str
    is_one_of: tuple[str, ...]


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question. `holds` tags what an answer discloses, so that pages and exports can tell them apart; `step` is
    the topic it belongs to, from 0."""

    name: str
    type: Kind
    holds: Literal["identity", "contact", "clinical", "routing"]
    label_en: str
    label_es: str
    required: bool = False
    longest: int = 200
    choices: tuple[Choice, ...] = ()
    help_en: str = ""
    help_es: str = ""
    step: int = 0
    when: When | None = None


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One topic, on a page of its own."""

    title_en: str
    title_es: str


class Outline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a form says around its questions. Without steps it is one page. `is_open` False: nobody may fill it any
    more."""

    title_en: str = ""
    title_es: str = ""
    lead_en: str = ""
    lead_es: str = ""
    steps: tuple[Step, ...] = ()
    is_open: bool = True


class Form(Outline, frozen=True, forbid_unknown_fields=True):
    """A form by its slug; a new version for every change, since answers are read by the version they were given to."""

    slug: str
    version: int
    fields: tuple[Field, ...]


CONTACT = Form(
    slug="contact",
    version=1,
    fields=(
        Field("name", "text", "identity", "Your name", "Su nombre", required=True, longest=120),
        Field("email", "email", "contact", "E-mail", "Correo electrónico", longest=254),
        Field("phone", "tel", "contact", "Phone", "Teléfono", longest=40),
        Field("birth_date", "date", "identity", "Date of birth", "Fecha de nacimiento"),
        Field("topic", "choice", "routing", "Topic", "Motivo", longest=60),
        Field("message", "long", "clinical", "How can we help?", "¿En qué podemos ayudarle?", True, longest=8000),
    ),
)


def answers_of(form: Form, fields: Mapping[str, str]) -> dict[str, str]:
    """What was answered, by field; a field of many answers as codes with commas between; nothing where a question did
    not apply."""
    told = {field.name: _answer(field, fields) for field in form.fields}
    return {field.name: told[field.name] if applies(field, told) else "" for field in form.fields}


def applies(field: Field, answers: Mapping[str, str]) -> bool:
    """Whether earlier answers call for this question."""
    if field.when is None:
        return True
    return not set(answers.get(field.when.field, "").split(",")).isdisjoint(field.when.is_one_of)


def field_errors(form: Form, answers: Mapping[str, str], language: Language = "en") -> dict[str, str]:
    """Field name → what is wrong with it, in the writer's language; empty when all is well."""
    asked = [field for field in form.fields if field.type != "file" and applies(field, answers)]
    found = {field.name: _fault(field, answers.get(field.name, "")) for field in asked}
    errors = {name: _ERRORS[fault][language] for name, fault in found.items() if fault}
    ways = [field for field in asked if field.name in ("email", "phone")]
    if len(ways) == 2 and not any(answers.get(field.name) for field in ways):
        # told at once with all else, where the second of them is asked: nobody mends a form twice
        errors.setdefault(max(ways, key=lambda field: field.step).name, _ERRORS["reach"][language])
    return errors


def in_words(field: Field, answer: str, language: Language = "en") -> str:
    """An answer as a person reads it: the words of what was chosen."""
    said = {choice.code: choice.es if language == "es" else choice.en for choice in field.choices}
    return ", ".join(said.get(code, code) for code in answer.split(",")) if field.choices else answer


def faults(form: Form) -> dict[str, str]:
    """Field of the definition → why it cannot be published; empty when all is well."""
    found = {}
    if not _SLUG.fullmatch(form.slug):
        found["slug"] = "small letters, digits and hyphens, 2 to 40, a letter first"
    if not 0 < len(form.fields) <= MOST_FIELDS or len(form.steps) > MOST_STEPS:
        found["fields"] = f"1 to {MOST_FIELDS} questions on at most {MOST_STEPS} steps"
    names = [field.name for field in form.fields]
    if len(set(names)) < len(names):
        found["fields"] = "two questions have the same name"
    if not {"email", "phone"} & set(names):
        found["fields"] = "ask for an e-mail address or a phone number, or nobody can answer"
    for number, field in enumerate(form.fields):
        fault = _defined(form, number, field)
        if fault:
            found[f"fields.{number}"] = fault
    return found


def is_email(text: str) -> bool:
    """Whether it looks like one address and nothing else."""
    return _EMAIL.fullmatch(text) is not None


def birth_on(text: str) -> date | None:
    """A date as browsers send it (2015-03-09) or as Americans write it (3/9/2015); None for anything else."""
    american = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII)
    if american:
        text = f"{american[3]}-{int(american[1]):02}-{int(american[2]):02}"
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _answer(field: Field, fields: Mapping[str, str]) -> str:
    if field.type == "many":
        return ",".join(choice.code for choice in field.choices if fields.get(f"{field.name}.{choice.code}"))
    return fields.get(field.name, "")


def _fault(field: Field, answer: str) -> str:
    if not answer:
        return "required" if field.required else ""
    if len(answer) > field.longest:
        return "too_long"
    if field.type == "email" and not is_email(answer):
        return "email"
    if field.type == "tel" and not 7 <= sum(character.isdigit() for character in answer) <= 15:
        return "tel"
    if field.type == "choice" and field.choices and answer not in {choice.code for choice in field.choices}:
        return "choice"
    return "date" if field.type == "date" and birth_on(answer) is None else ""


def _defined(form: Form, number: int, field: Field) -> str:
    if not _NAME.fullmatch(field.name) or field.name in RESERVED:
        return "a short name of small letters, digits and underscores that the page does not use itself"
    if not field.label_en.strip() or not field.label_es.strip():
        return "a label in English and in Spanish"
    if not 0 <= field.step < max(1, len(form.steps)):
        return "a step that the form has"
    if field.type == "file" and field.step != max(0, len(form.steps) - 1):
        return "files are asked for on the last step: a page cannot carry them to the next one"
    if field.type in ("choice", "many") and not _chooses(field) and field.name != "topic":
        return f"2 to {MOST_CHOICES} answers to choose, each with a code of its own"
    return "" if _calls(form, number, field) else "it may depend only on a choice asked before it"


def _chooses(field: Field) -> bool:
    codes = {choice.code for choice in field.choices if _NAME.fullmatch(choice.code)}
    return 2 <= len(field.choices) <= MOST_CHOICES and len(codes) == len(field.choices)


def _calls(form: Form, number: int, field: Field) -> bool:
    if field.when is None:
        return True
    before = next((one for one in form.fields[:number] if one.name == field.when.field), None)
    if before is None or before.step > field.step:
        return False
    return bool(field.when.is_one_of) and set(field.when.is_one_of) <= {choice.code for choice in before.choices}
