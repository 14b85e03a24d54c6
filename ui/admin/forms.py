"""The builder of the clinic's forms: questions added, removed and moved by buttons, shown before they are published."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from channels.form import Choice, Field, Form, Kind, Outline, When, faults
from inbox import form as forms
from inbox import routing_rules
from inbox.actors import Permission
from inbox.errors import Invalid
from inbox.store.database import Reading
from ui.admin.desk import Desk

HOME = "/admin/forms"
KINDS: tuple[tuple[Kind, str], ...] = (
    ("text", "One line"),
    ("long", "Several lines"),
    ("email", "E-mail"),
    ("tel", "Phone"),
    ("date", "Date"),
    ("choice", "One of several"),
    ("many", "Any of several"),
    ("file", "File"),
)
HOLDS = (
    ("identity", "who they are"),
    ("contact", "how to reach them"),
    ("clinical", "health"),
    ("routing", "the topic"),
)


class FieldForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question; `choices` a line each, `code = English = Spanish`; asked if `when_field` is one of `when_values`."""

    name: str
    type: Kind = "text"
    holds: Literal["identity", "contact", "clinical", "routing"] = "clinical"
    label_en: str = ""
    label_es: str = ""
    required: bool = False
    longest: int | None = 200
    step: int | None = 1
    help_en: str = ""
    help_es: str = ""
    choices: str = ""
    when_field: str = ""
    when_values: str = ""

    def field(self) -> Field:
        """The question it means."""
        plain = msgspec.structs.asdict(self)
        named, values = plain.pop("when_field").strip(), plain.pop("when_values")
        when = When(named, tuple(part.strip() for part in values.split(",") if part.strip())) if named else None
        lines = [[part.strip() for part in line.split("=")] for line in self.choices.splitlines() if line.strip()]
        choices = tuple(Choice(one[0], one[1] if len(one) > 1 else one[0], one[-1]) for one in lines)
        step = max((self.step or 1) - 1, 0)
        return Field(**{**plain, "choices": choices, "when": when, "step": step, "longest": self.longest or 200})


class FormForm(Outline, frozen=True, forbid_unknown_fields=True):
    """A whole form, upon the version that was seen."""

    slug: str
    fields: tuple[FieldForm, ...] = ()
    based_on: int = 0
    why: str = ""

    def form(self) -> Form:
        """The definition it means."""
        around = {name: getattr(self, name) for name in Outline.__struct_fields__}
        return Form(self.slug.strip(), 0, tuple(one.field() for one in self.fields), **around)


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk], slug: FromQuery[str] = "contact") -> Response[str]:
    """All forms, and one in the builder; an unknown slug begins a new one."""
    routing_rules.permit(desk.actor)

    def read(reading: Reading) -> dict[str, Any]:
        listed = forms.every(reading)
        one = next((each for each in listed if each.slug == slug), Form("", 0, ()))
        blank = Field("", "text", "clinical", "", "")
        return {"listed": listed, "one": one, "blank": blank, "kinds": KINDS, "holds": HOLDS, "choices": _choices}

    return desk.show("forms.html", "forms", read)


@post(f"{HOME}/preview", sync_to_thread=True, status_code=200)
def preview(data: JSONBody[FormForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """The form as a patient would meet it, and what is still wrong."""
    routing_rules.permit(desk.actor, Permission.REHEARSE_RULES)
    given = data.form()
    found = faults(given)
    if found:
        raise Invalid("The form is not complete.", fields=found)
    return {"html": desk.piece("form_preview.html", form=given)}


@post(HOME, sync_to_thread=True, status_code=200)
def publish(data: JSONBody[FormForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Patients meet it from now on."""
    desk.write(data, forms.publish, data.form(), based_on=data.based_on, why=data.why)
    return {"go": f"{HOME}?slug={data.slug.strip()}"}


def _choices(field: Field) -> str:
    return "\n".join(f"{one.code} = {one.en} = {one.es}" for one in field.choices)


HANDLERS = [page, preview, publish]
