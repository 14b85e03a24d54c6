"""The words that a chosen template stands for. Nobody may send by WhatsApp under the name of a template what nobody
approved: a ContentSid is known here, approved, and goes with its own words or not at all.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import approvals, template
from inbox.actors import Actor
from inbox.errors import Invalid
from inbox.house import House
from inbox.store import conversation as conversations
from inbox.store.database import Transaction
from inbox.template import Template


class Chosen(msgspec.Struct, frozen=True):
    """What a writer chose: `template` is a code of ours or a ContentSid, `text` the words typed. Filled: `template` is
    a ContentSid where WhatsApp sends it as one."""

    template: str
    variables: dict[str, str]
    text: str
    channel: str | None


def fill(unit: Transaction, house: House, row: Row[Any], actor: Actor, chosen: Chosen) -> Chosen:
    """The words of the template where none were typed; by WhatsApp its ContentSid and variables. Raises Invalid for a
    template that is not ours or not approved, words that are not its own, and a place that nobody filled."""
    template.refuse_unfilled(chosen.text)
    if not chosen.template:
        return chosen
    by_sid = chosen.template.startswith("HX")
    found = _version(unit, row, chosen.template, by_sid)
    if chosen.text.strip() and not by_sid:
        return chosen
    if by_sid and chosen.channel not in (None, "whatsapp"):
        raise Invalid(fields={"template": "is a WhatsApp template; choose WhatsApp or the canned reply"})
    channel = "whatsapp" if by_sid else chosen.channel
    _refuse_unapproved(unit, found, channel)
    words = found.text(channel or row.channel)
    values = _values(unit, house, row, actor)
    given = _given(words, chosen.variables, values) if by_sid else values
    text = template.render(words, given)
    if chosen.text.strip() not in ("", text):
        raise Invalid(fields={"text": "these are not the words of the template; leave them out"})
    if channel != "whatsapp" or not found.content_sid:
        return msgspec.structs.replace(chosen, text=text)
    return Chosen(found.content_sid, template.variables(words, given), text, channel)


def _version(unit: Transaction, row: Row[Any], name: str, by_sid: bool) -> Template:
    """The approved version of a code in the conversation's language, or the one with this ContentSid."""
    versions = [one for one in template.approved(unit) if name == (one.content_sid if by_sid else one.code)]
    found = next((one for one in versions if one.language == row.language[:2]), versions[0] if versions else None)
    if found is None:
        raise Invalid(fields={"template": "is not approved; choose another"})
    return found


def _refuse_unapproved(unit: Transaction, found: Template, channel: str | None) -> None:
    judged = approvals.state(unit, found.content_sid)
    if channel == "whatsapp" and judged not in approvals.USABLE:
        raise Invalid(fields={"template": f"is {judged} at WhatsApp; choose another"})


def _values(unit: Transaction, house: House, row: Row[Any], actor: Actor) -> dict[str, str]:
    head = conversations.head(unit, actor, row.id)
    return template.values_of(head, house.configuration.practice(), actor) if head is not None else {}


def _given(words: str, variables: dict[str, str], values: dict[str, str]) -> dict[str, str]:
    """What a program filled in by number, each place of the template named; else what is known here."""
    if not variables:
        return values
    names = template.places(words)
    if set(variables) != set(map(str, range(1, len(names) + 1))):
        raise Invalid(fields={"template_variables": f"the template has {len(names)}, numbered from 1"})
    return {name: variables[str(number)] for number, name in enumerate(names, 1)}
