"""Canned replies: one library for all channels and languages, versions that somebody approved, a fixed set of
placeholders put in by plain replacement. An unapproved version, or a place nobody filled, is never sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row

from inbox.actors import Actor, Permission, can_see, may
from inbox.canned import SHIPPED
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.practice import Practice
from inbox.store import conversation as conversations
from inbox.store import templates as store
from inbox.store.database import Reading, Transaction
from inbox.working import vis_of

NAMES = ("patient_name", "agent_name", "clinic_name", "clinic_phone", "location", "next_step", "due")
LONGEST = 4_000
_PLACE = re.compile(r"\{(\w*)\}")


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version to write. `texts` by channel, "" for all others; `content_sid` is its approved WhatsApp template, whose
    variables 1, 2, … are the placeholders in their order."""

    code: str
    language: str
    title: str
    texts: dict[str, str]
    content_sid: str = ""
    team: str | None = None


class Template(msgspec.Struct, frozen=True):
    """A version as it stands; `id` and `version` are 0 for a shipped one."""

    code: str
    language: str
    title: str
    texts: dict[str, str]
    content_sid: str = ""
    team: str | None = None
    state: str = "approved"
    version: int = 0
    id: int = 0

    def text(self, channel: str) -> str:
        """The words for a channel."""
        return self.texts.get(channel) or self.texts.get("", "")


class Rendered(msgspec.Struct, frozen=True):
    """Words ready to be looked at; `missing` are places nobody could fill, still in the text as `{name}`."""

    code: str
    title: str
    language: str
    text: str
    missing: tuple[str, ...]
    whatsapp: bool


def every(reading: Reading) -> list[Template]:
    """Every version but retired ones, drafts too, after the shipped ones that no approved version replaces."""
    rows = [_template(row) for row in store.newest(reading, "draft", "approved")]
    own = {(one.code, one.language) for one in rows if one.state == "approved"}
    return [one for one in _shipped() if (one.code, one.language) not in own] + rows


def write(unit: Transaction, *, actor: Actor, written: Written) -> int:
    """A draft version; answers its id. Raises Invalid naming a placeholder that is none."""
    _may_decide(actor)
    fields = {}
    if not re.fullmatch(r"[a-z0-9_]{1,40}", written.code):
        fields["code"] = "1 to 40 small letters, digits and _"
    if not re.fullmatch(r"[a-z]{2}", written.language):
        fields["language"] = "two letters, such as en or es"
    if not written.title.strip() or not any(text.strip() for text in written.texts.values()):
        fields["texts"] = "a title, and words for all channels under an empty name"
    for text in written.texts.values():
        if len(text) > LONGEST or unknown(text):
            fields["texts"] = f"at most {LONGEST} characters; placeholders are {', '.join(NAMES)}"
    if written.content_sid and not re.fullmatch(r"HX[0-9a-f]{32}", written.content_sid):
        fields["content_sid"] = "HX and 32 hexadecimal digits"
    if fields:
        raise Invalid(fields=fields)
    template_id = store.add(unit, msgspec.to_builtins(written) | {"written_by": actor.id})
    unit.record("template.written", actor_id=actor.id, details={"template": template_id, "code": written.code})
    return template_id


def approve(unit: Transaction, *, actor: Actor, template_id: int) -> int:
    """From now on this version is the one that is sent; the one before is retired."""
    row = _draft(unit, actor, template_id)
    if row.state != "draft":
        raise Conflict("Only a draft can be approved.", state=row.state)
    store.decide(unit, row.id, "approved", actor.id)
    store.retire_others(unit, row, actor.id)
    unit.record("template.approved", actor_id=actor.id, details={"template": row.id, "code": row.code})
    return int(row.id)


def retire(unit: Transaction, *, actor: Actor, template_id: int) -> int:
    """Nobody sends it any more."""
    row = _draft(unit, actor, template_id)
    store.decide(unit, row.id, "retired", actor.id)
    unit.record("template.retired", actor_id=actor.id, details={"template": row.id, "code": row.code})
    return int(row.id)


def offered(
    reading: Reading, practice: Practice, *, actor: Actor, conversation_id: int, channel: str
) -> tuple[Rendered, ...]:
    """The approved replies for a conversation, in its language first. Raises NotFound."""
    row = conversations.head(reading, actor, conversation_id)
    if row is None or not may(actor, Permission.REPLY, vis_of(row)):
        raise NotFound("There is no such conversation.")
    values = values_of(row, practice, actor)
    found = [one for one in approved(reading) if one.team in (None, row.team)]
    language = row.language[:2] or "en"
    found.sort(key=lambda one: (one.language != language, one.language != "en", one.title))
    return tuple(_rendered(one, channel, values) for one in found)


def approved(reading: Reading) -> list[Template]:
    """What may be sent."""
    return [one for one in every(reading) if one.state == "approved"]


def render(text: str, values: Mapping[str, str]) -> str:
    """The text with every place filled. Raises Invalid that says which is empty or no placeholder at all."""
    filled = fill(text, values)
    refuse_unfilled(filled)
    return filled


def fill(text: str, values: Mapping[str, str]) -> str:
    """As far as values are known; what is not stays as it is."""
    return _PLACE.sub(lambda place: values.get(place[1], "") or place[0], text)


def unfilled(text: str) -> tuple[str, ...]:
    """The placeholders of ours that still stand in a text."""
    return tuple(dict.fromkeys(name for name in _PLACE.findall(text) if name in NAMES))


def unknown(text: str) -> tuple[str, ...]:
    """What looks like a placeholder and is none."""
    return tuple(dict.fromkeys(name for name in _PLACE.findall(text) if name not in NAMES))


def refuse_unfilled(text: str) -> None:
    """Raises Invalid naming each place that nobody filled."""
    if left := unfilled(text):
        raise Invalid(fields={"text": f"fill in {', '.join(f'{{{name}}}' for name in left)} first"})


def variables(text: str, values: Mapping[str, str]) -> dict[str, str]:
    """The numbered variables of a WhatsApp template, its placeholders in their order."""
    return {str(number): values.get(name, "") for number, name in enumerate(places(text), 1)}


def places(text: str) -> tuple[str, ...]:
    """What looks like a placeholder, in the order of its first use."""
    return tuple(dict.fromkeys(_PLACE.findall(text)))


def values_of(row: Row[Any], practice: Practice, actor: Actor) -> dict[str, str]:
    """What the placeholders stand for here, within this person's sight. `row` as `store.conversation.head` gives it."""
    sight = can_see(actor, vis_of(row))
    known = sight.person and row.subject_certainty == "confirmed"
    due = row.step_due_at.astimezone(ZoneInfo(practice.zone)) if row.step_due_at else None
    return {
        "patient_name": (row.preferred_name or (row.given or "").partition(" ")[0]) if known else "",
        "agent_name": actor.name.partition(" ")[0],
        "clinic_name": practice.name,
        "clinic_phone": practice.phone,
        "location": row.location or practice.name,
        "next_step": (row.what or "") if sight.texts else "",
        "due": f"{due:%a} {due.month}/{due.day}" if due else "",
    }


def _rendered(one: Template, channel: str, values: Mapping[str, str]) -> Rendered:
    text = fill(one.text(channel), values)
    return Rendered(one.code, one.title, one.language, text, unfilled(text), bool(one.content_sid))


def _shipped() -> list[Template]:
    return [
        Template(code, language, title, {"": words})
        for code, versions in SHIPPED.items()
        for language, (title, words) in versions.items()
    ]


def _template(row: Row[Any]) -> Template:
    return msgspec.convert({name: getattr(row, name) for name in Template.__struct_fields__}, Template)


def _may_decide(actor: Actor) -> None:
    if not may(actor, Permission.APPROVE_TEMPLATES):
        raise Forbidden("Canned replies are written and approved by a supervisor or manager.")


def _draft(unit: Transaction, actor: Actor, template_id: int) -> Row[Any]:
    _may_decide(actor)
    row = store.get(unit, template_id)
    if row is None:
        raise NotFound("There is no such template.")
    return row
