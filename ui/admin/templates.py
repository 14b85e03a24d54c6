"""Canned replies: write a version, approve it, retire it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from inbox import approvals, routing_rules, template
from inbox.store.database import Reading
from ui.admin import sentences
from ui.admin.desk import Desk
from ui.admin.people import Nothing

HOME = "/admin/templates"
ONE = f"{HOME}/{{template_id:int}}"


class TemplateForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version to write: words for all channels, and shorter ones for texts where they differ."""

    code: str
    language: str
    title: str
    text: str
    sms: str = ""
    content_sid: str = ""
    team: str = ""

    def written(self) -> template.Written:
        """What it means."""
        texts = {"": self.text} | ({"sms": self.sms} if self.sms.strip() else {})
        team = self.team or None
        return template.Written(self.code.strip(), self.language, self.title, texts, self.content_sid.strip(), team)


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk], code: FromQuery[str] = "", language: FromQuery[str] = "") -> Response[str]:
    """All replies, and one of them to write anew."""
    routing_rules.permit(desk.actor)

    def read(reading: Reading) -> dict[str, Any]:
        listed = sorted(template.every(reading), key=lambda one: (one.code, one.language, one.version))
        one = next((each for each in reversed(listed) if (each.code, each.language) == (code, language)), None)
        blank = template.Template("", "en", "", {})
        judged = {each.content_sid: approvals.state(reading, each.content_sid) for each in listed if each.content_sid}
        shown = {"listed": listed, "one": one or blank, "names": template.NAMES, "sentences": sentences}
        return shown | {"judged": judged}

    return desk.show("templates.html", "templates", read)


@post(HOME, sync_to_thread=True, status_code=200)
def write(data: JSONBody[TemplateForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """A draft; nobody sends it before it is approved."""
    desk.write(data, template.write, written=data.written())
    return {"go": HOME}


@post(f"{ONE}/approval", sync_to_thread=True, status_code=200)
def approve(template_id: FromPath[int], data: JSONBody[Nothing], desk: NamedDependency[Desk]) -> dict[str, str]:
    """From now on it is offered."""
    desk.write(data, template.approve, template_id=template_id)
    return {"go": HOME}


@post(f"{ONE}/retirement", sync_to_thread=True, status_code=200)
def retire(template_id: FromPath[int], data: JSONBody[Nothing], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Nobody sends it any more."""
    desk.write(data, template.retire, template_id=template_id)
    return {"go": HOME}


HANDLERS = [page, write, approve, retire]
