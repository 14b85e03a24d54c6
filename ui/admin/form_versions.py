"""Two versions of a form side by side: what was added, removed, moved or worded anew, question by question."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from channels.form import Field, Form
from inbox import form as forms
from inbox import routing_rules
from inbox.errors import NotFound
from inbox.store.database import Reading
from ui.admin.desk import Desk

Mark = Literal["added", "removed", "moved", "changed", "same"]


class Pair(msgspec.Struct, frozen=True):
    """A question as it was and as it is; None where a version has none of this name."""

    name: str
    before: Field | None
    after: Field | None
    mark: Mark


@get("/admin/forms/versions", sync_to_thread=True)
def page(
    desk: NamedDependency[Desk], slug: FromQuery[str], before: FromQuery[int] = 0, after: FromQuery[int] = 0
) -> Response[str]:
    """The version that counts beside the one before it, or any two."""
    routing_rules.permit(desk.actor)

    def read(reading: Reading) -> dict[str, Any]:
        kept = forms.versions(reading, slug)
        if not kept:
            raise NotFound("There is no such form.")
        new = next((one for one in kept if one.form.version == after), kept[0])
        older = [one for one in kept if one.form.version < new.form.version] or [new]
        old = next((one for one in kept if one.form.version == before), older[0])
        return {"slug": slug, "kept": kept, "old": old, "new": new, "pairs": pairs(old.form, new.form)}

    return desk.show("form_versions.html", "forms", read)


def pairs(before: Form, after: Form) -> list[Pair]:
    """Every question of either, in the order of `after`; what it has no more comes last."""
    old, new = ({field.name: field for field in form.fields} for form in (before, after))
    names = [*new, *(name for name in old if name not in new)]
    stayed = [[name for name in one if name in old and name in new] for one in (old, new)]
    moved = {name for was, name in zip(*stayed, strict=True) if was != name}
    return [
        Pair(name, old.get(name), new.get(name), _mark(old.get(name), new.get(name), name in moved)) for name in names
    ]


def _mark(before: Field | None, after: Field | None, is_moved: bool) -> Mark:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    return "changed" if before != after else "moved" if is_moved else "same"


HANDLERS = [page]
