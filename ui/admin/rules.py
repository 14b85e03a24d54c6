"""Routing rules: the list in order, an editor by sentences or as text, the test bench, the effect, publishing."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from inbox import effect, red_flags, routing_rules, trial
from inbox.actors import Permission
from inbox.errors import Invalid
from inbox.routing_rules import Act, Draft, Edit
from inbox.store.database import Reading
from routing.reasons import REASONS
from routing.rules import Rule, When
from ui.admin import sentences
from ui.admin.desk import Desk
from ui.api import gate

HOME = "/admin/rules"
_YES_NO = {"yes": True, "no": False}


class RuleForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as its form gives it: lists as words with commas, what is not asked for is empty."""

    name: str
    reason: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    flags: str = ""
    marks: str = ""
    language: str = ""
    location: str = ""
    attributes: str = ""
    priority: int | None = None
    clinical: str = ""
    unclassified: str = ""
    hours: str = ""
    team: str = ""
    raise_to: int | None = None
    skills: str = ""
    policy: str = ""
    enabled: bool = True

    def rule(self) -> Rule:
        """The rule it means."""
        when = When(
            reason=self.reason,
            clinical=_YES_NO.get(self.clinical),
            flags=_words(self.flags),
            marks=_words(self.marks),
            channel=self.channel,
            line=self.line,
            location=_words(self.location),
            language=_words(self.language),
            priority=self.priority,
            unclassified=_YES_NO.get(self.unclassified),
            hours=self.hours or None,  # type: ignore[arg-type]  # the draft is read again, which names a wrong word
            attributes=_words(self.attributes),
        )
        skills = _words(self.skills)
        return Rule(self.name.strip(), self.enabled, when, self.team, self.raise_to, skills, self.policy.strip())


class EditForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change of the list upon the draft that was seen; places count from 0."""

    seen: int
    act: Act
    at: int | None = None
    to: int = 0
    rule: RuleForm | None = None


class TextForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole draft as text."""

    seen: int
    text: str


class Publication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Publishes the draft that was seen, upon the version it was compared with."""

    seen: int
    based_on: int
    why: str = ""


class Tried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words for the bench, or a message that was picked."""

    text: str = ""
    channel: str = "sms"
    line: str = ""
    language: str = ""
    message_id: int | None = None


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which draft to rehearse over how many days."""

    draft: int
    days: int = effect.DAYS


@get(HOME, sync_to_thread=True)
def page(
    desk: NamedDependency[Desk],
    rule: FromQuery[int | None] = None,
    mode: FromQuery[str] = "",
) -> Response[str]:
    """The rules as they would be; `rule` counts from 0, `mode` is `new`, `text` or `moved`."""
    routing_rules.permit(desk.actor)

    def read(reading: Reading) -> dict[str, Any]:
        draft = routing_rules.draft(reading)
        listed = draft.rules.rule
        at = rule if rule is not None and 0 <= rule < len(listed) else (0 if listed else None)
        return {
            "draft": draft,
            "published": routing_rules.published(reading)[0],
            "hits": routing_rules.hits(reading),
            "effect": effect.of_draft(reading, actor=desk.actor, draft=draft.number) if draft.open else None,
            "at": None if mode == "new" else at,
            "one": Rule("") if mode == "new" or at is None else listed[at],
            "mode": mode,
            "reasons": REASONS,
            "sentences": sentences,
        }

    return desk.show("rules.html", "rules", read)


@post(f"{HOME}/edits", sync_to_thread=True, status_code=200)
def edit(data: JSONBody[EditForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """One change of the list, kept in the draft."""
    routing_rules.permit(desk.actor, Permission.REHEARSE_RULES)
    change = Edit(data.act, data.at, data.to, data.rule.rule() if data.rule else None)
    try:
        after: Draft = desk.write(data, routing_rules.edit, change, seen=data.seen)
    except Invalid as error:
        raise Invalid(fields=_beside(error.fields)) from None
    at = data.to if data.act == "move" else len(after.rules.rule) - 1 if data.at is None else data.at
    at = max(0, min(at, len(after.rules.rule) - 1))
    return {"go": f"{HOME}?rule={at}{'&mode=moved' if data.act == 'move' else ''}"}


@post(f"{HOME}/text", sync_to_thread=True, status_code=200)
def text(data: JSONBody[TextForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """The draft as its text."""
    routing_rules.permit(desk.actor, Permission.REHEARSE_RULES)
    desk.write(data, routing_rules.keep, data.text, seen=data.seen)
    return {"go": f"{HOME}?mode=text"}


@post(f"{HOME}/discard", sync_to_thread=True, status_code=200)
def discard(data: JSONBody[Publication], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Gives the draft up."""
    routing_rules.permit(desk.actor, Permission.REHEARSE_RULES)
    desk.write(data, routing_rules.discard, seen=data.seen)
    return {"go": HOME}


@post(f"{HOME}/publication", sync_to_thread=True, status_code=200)
def publish(data: JSONBody[Publication], desk: NamedDependency[Desk]) -> dict[str, str]:
    """From now on these rules route."""
    routing_rules.permit(desk.actor, Permission.PUBLISH_RULES)
    desk.write(data, routing_rules.publish, seen=data.seen, based_on=data.based_on, why=data.why)
    return {"go": HOME}


@post(f"{HOME}/trials", sync_to_thread=True, status_code=200)
def bench(data: JSONBody[Tried], desk: NamedDependency[Desk]) -> dict[str, str]:
    """What the draft would make of the words."""
    routing_rules.permit(desk.actor, Permission.REHEARSE_RULES)
    gate.check_body(data)
    picked = None
    with desk.house.database.snapshot() as reading:
        ordered, now, own = routing_rules.draft(reading).rules, reading.now, red_flags.own(reading)
        if data.message_id is not None:
            (picked,) = trial.past(reading, actor=desk.actor, message_id=data.message_id)
    asked = trial.Asked(data.text, data.channel, data.line, data.language)
    if picked is not None:
        ids = {"patient_id": picked.patient_id, "conversation_id": picked.conversation_id}
        desk.note("message", "opened", object_id=picked.id, why="test bench", **ids)
        asked = trial.Asked(picked.text[: trial.LONGEST], picked.channel, picked.line, picked.language)
    found = trial.run(asked, ordered, desk.house.configuration.practice(), now=now, own=own)
    return {"html": desk.piece("trial.html", trial=found, asked=asked, picked=picked, sentences=sentences)}


@get(f"{HOME}/past", sync_to_thread=True)
def past(desk: NamedDependency[Desk]) -> Response[str]:
    """The newest messages this person may read, to pick one for the bench."""
    routing_rules.permit(desk.actor, Permission.REHEARSE_RULES)
    with desk.house.database.snapshot() as reading:
        found = trial.past(reading, actor=desk.actor)
    if found:
        desk.note("messages", "listed", ids=[one.conversation_id for one in found])
    return desk.html("past.html", found=found)


@post(f"{HOME}/effects", sync_to_thread=True, status_code=200)
def rehearse(data: JSONBody[Asked], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Begins the rehearsal of a draft."""
    desk.write(data, effect.ask, draft=data.draft, days=data.days)
    return {"html": _effect(desk, data.draft)}


@get(f"{HOME}/effect", sync_to_thread=True)
def rehearsed(
    desk: NamedDependency[Desk], draft: Annotated[int, QueryParameter(ge=0, le=gate.LARGEST)]
) -> Response[str]:
    """How far the rehearsal is, or what it found."""
    return Response(_effect(desk, draft), media_type="text/html")


def _effect(desk: Desk, draft: int) -> str:
    with desk.house.database.snapshot() as reading:
        found = effect.of_draft(reading, actor=desk.actor, draft=draft)
    return desk.piece("effect.html", effect=found, draft_number=draft, sentences=sentences)


def _beside(fields: dict[str, str]) -> dict[str, str]:
    """The text's mistakes stand beside the field of the form that made them."""
    said = fields.get("text", "")
    _, _, complaint = said.partition(": ")
    field = next((name for sign, name in _SIGNS if sign in complaint), "rule.name")
    return {field: complaint.rpartition(": ")[2] or complaint} if said else fields


_SIGNS = (
    ("no such reason", "rule.reason"),
    ("no such team", "rule.team"),
    ("without an effect", "rule.team"),
    ("$.rule", "rule.hours"),
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


HANDLERS = [page, edit, text, discard, publish, bench, past, rehearse, rehearsed]
