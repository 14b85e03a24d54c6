"""The clinic's own forms: read by slug, published as versions with author and reason. `contact` always exists, and
whoever words it anew keeps its questions: other programs fill it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from channels.form import CONTACT, Form, faults
from inbox.actors import Actor, Permission, may
from inbox.errors import Conflict, Forbidden, Invalid
from inbox.store import configuration as versions_kept
from inbox.store import form as store
from inbox.store.database import Reading, Transaction

LONGEST_WHY = 500
PUBLISHERS = (Permission.PUBLISH_RULES, Permission.CONFIGURE)


def read(reading: Reading, slug: str) -> Form | None:
    """The form as it counts now; None where nobody may fill one under this slug."""
    found = as_of(reading, slug, reading.now)
    return found if found is not None and found.is_open else None


def as_of(reading: Reading, slug: str, at: datetime) -> Form | None:
    """The form as it counted at a moment, open or not: what was filled in then is read by it."""
    row = store.as_of(reading, slug, at)
    if row is not None:
        return _form(row)
    return CONTACT if slug == CONTACT.slug else None


def every(reading: Reading) -> tuple[Form, ...]:
    """All forms as they count now, closed ones too, by slug."""
    found = {row.kind.removeprefix(store.PREFIX): _form(row) for row in store.newest_of_each(reading)}
    return tuple(form for _, form in sorted(({CONTACT.slug: CONTACT} | found).items()))


class Kept(msgspec.Struct, frozen=True):
    """One version of a form: whose, when and why; `at` None for what ships."""

    form: Form
    at: datetime | None = None
    actor: str = ""
    why: str = ""


def versions(reading: Reading, slug: str) -> tuple[Kept, ...]:
    """The last thirty of a form, newest first; none where there is no such form."""
    rows = versions_kept.versions(reading, store.PREFIX + slug)
    kept = tuple(Kept(_form(row), row.at, row.actor_name, row.why) for row in rows)
    return (*kept, Kept(CONTACT)) if slug == CONTACT.slug else kept


def definition(plain: Any) -> Form:
    """A definition from plain values, as a builder or a file gives them. Raises Invalid naming the place."""
    try:
        return msgspec.convert(plain, Form)
    except msgspec.ValidationError as error:
        raise Invalid(fields={"definition": str(error)}) from None


def publish(
    unit: Transaction, definition: Form, *, actor: Actor | None, based_on: int | None = None, why: str = ""
) -> Form:
    """A new version, numbered here; answers it. `based_on` is the version that was changed. Raises Forbidden, Invalid
    naming each wrong part, Conflict when somebody published since."""
    if actor is not None and not any(may(actor, one) for one in PUBLISHERS):
        raise Forbidden("Your role may look at forms. A manager or an administrator publishes them.")
    _check(definition, actor, why)
    last = versions_kept.newest(unit, store.PREFIX + definition.slug)
    number = last.version if last else _shipped(definition.slug)
    if based_on is not None and based_on != number:
        raise Conflict("Somebody published this form in the meantime. Compare, then publish again.", version=number)
    numbered = replace(definition, version=number + 1)
    versions_kept.add(
        unit,
        kind=store.PREFIX + definition.slug,
        version=numbered.version,
        body=msgspec.to_builtins(numbered),
        actor_id=actor.id if actor else None,
        why=why.strip(),
    )
    details = {"form": numbered.slug, "version": numbered.version}
    unit.record("form.published", actor_id=actor.id if actor else None, details=details)
    return numbered


def _check(definition: Form, actor: Actor | None, why: str) -> None:
    found = faults(definition)
    if definition.slug == CONTACT.slug and (_promised(definition) != _promised(CONTACT) or not definition.is_open):
        found["fields"] = "the contact form keeps its six questions and stays open; word them as you like"
    if actor is not None and not 3 <= len(why.strip()) <= LONGEST_WHY:
        found["why"] = "say why, so that the next person understands"
    if found:
        raise Invalid("The form is not complete.", fields=found)


def _promised(form: Form) -> Any:
    """What programs that fill a form rely on."""
    return [(field.name, field.type, field.required, field.step, field.when) for field in form.fields]


def _shipped(slug: str) -> int:
    return CONTACT.version if slug == CONTACT.slug else 0


def _form(row: Any) -> Form:
    return msgspec.convert(row.body, Form)
