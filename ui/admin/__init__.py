"""The pages where the clinic changes its own rules. Each asks `inbox` whether this person may: it decides nothing."""

from __future__ import annotations

from typing import Any

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from inbox.errors import Forbidden
from ui.admin import (
    audit,
    calendars,
    channels,
    flags,
    form_versions,
    forms,
    glasses,
    jobs,
    people,
    phone,
    policies,
    roles,
    rules,
    templates,
    versions,
    walls,
)
from ui.admin.desk import PROVIDE, sections
from ui.api.gate import UNREADABLE
from ui.guards import Caller


@get("/admin", sync_to_thread=False)
def first(caller: NamedDependency[Caller]) -> Redirect:
    """The first page this person may open."""
    found = sections(caller.actor)
    if not found:
        raise Forbidden("These pages are for supervisors, managers, compliance and administrators.")
    return Redirect(found[0].href)


HANDLERS: list[Any] = [
    Router(
        path="/",
        route_handlers=[
            first,
            *rules.HANDLERS,
            *flags.HANDLERS,
            *versions.HANDLERS,
            *policies.HANDLERS,
            *calendars.HANDLERS,
            *templates.HANDLERS,
            *forms.HANDLERS,
            *form_versions.HANDLERS,
            *people.HANDLERS,
            *roles.HANDLERS,
            *channels.HANDLERS,
            *phone.HANDLERS,
            *audit.HANDLERS,
            *glasses.HANDLERS,
            *jobs.HANDLERS,
            *walls.HANDLERS,
        ],
        dependencies=PROVIDE,
        exception_handlers=UNREADABLE,
    )
]
