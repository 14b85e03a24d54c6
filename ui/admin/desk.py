"""What every admin page shares: the menu by role, the page around a section, acts and pieces with their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from litestar import MediaType, Response
from litestar.di import NamedDependency, Provide

from inbox.actors import Actor, Permission, may
from inbox.house import House
from inbox.store import journal
from inbox.store.database import Reading
from ui import render
from ui.api import gate
from ui.guards import Caller
from ui.screen import AnyRequest, note_access, show

T = TypeVar("T")


class Section(msgspec.Struct, frozen=True):
    """A line of the menu, for those who hold its permission, or for everybody."""

    name: str
    label: str
    icon: str
    needs: Permission | None
    group: str = ""

    @property
    def href(self) -> str:
        """Its address."""
        return _ELSEWHERE.get(self.name, f"/admin/{self.name}")


_SECTIONS = (
    Section("rules", "Routing rules", "route", Permission.SEE_RULES),
    Section("flags", "Red flags", "flag", Permission.SEE_RULES),
    Section("policies", "SLA policies", "clock-check", Permission.SEE_RULES),
    Section("calendars", "Opening hours", "calendar-time", Permission.SEE_RULES),
    Section("channels", "Channels", "plug-connected", Permission.SEE_STAFF),
    Section("phone", "Phone and chat", "phone", Permission.SEE_STAFF),
    Section("walls", "Screens on walls", "device-desktop", Permission.SEE_STAFF),
    Section("templates", "Templates", "template", Permission.SEE_RULES),
    Section("forms", "Forms", "forms", Permission.SEE_RULES),
    Section("people", "People", "users", Permission.SEE_STAFF, "People"),
    Section("roles", "Roles", "shield-lock", Permission.SEE_RULES, "People"),
    Section("audit", "Audit trail", "history", Permission.VERIFY_CHAIN, "Records"),
    Section("looks", "Looks with a reason", "lock", Permission.JUDGE_GLASS, "Records"),
    Section("mine", "What I did", "history", None, "Records"),
    Section("jobs", "Jobs", "robot", Permission.SEE_STAFF, "Records"),
    Section("quarantine", "Quarantine", "shield-x", Permission.QUARANTINE_REPLAY, "Records"),
)


_ELSEWHERE = {"quarantine": "/quarantine", "mine": "/audit/mine"}


def sections(actor: Actor) -> list[Section]:
    """What this person's menu holds; the own trail alone is no reason for a menu."""
    found = [one for one in _SECTIONS if one.needs is None or may(actor, one.needs)]
    return found if any(one.name not in _ELSEWHERE for one in found) else []


class Desk:
    """Dependency `desk`: reads, shows and acts for the caller of this request."""

    def __init__(self, request: AnyRequest, house: House, caller: Caller) -> None:
        self.request, self.house, self.caller, self.actor = request, house, caller, caller.actor

    def show(self, template: str, name: str, read: Callable[[Reading], dict[str, Any]]) -> Response[str]:
        """The page `templates/admin/TEMPLATE` with what `read` finds in one snapshot."""
        with self.house.database.snapshot() as reading:
            found = read(reading)
            now, head = reading.now, journal.head(reading.connection)
        shared: dict[str, Any] = {"menu": sections(self.actor), "section": name, "may": _Rights(self.actor)}
        return show(
            self.request,
            self.house,
            self.caller,
            f"admin/{template}",
            now=now,
            seq=head,
            current="admin",
            **shared,
            **found,
        )

    def piece(self, template: str, **context: Any) -> str:
        """A part of a page."""
        practice = self.house.configuration.practice()
        shared = {"practice": practice, "zone": practice.zone, "viewer": self.actor, "may": _Rights(self.actor)}
        now = self.house.database.clock()
        return render.fragment(f"admin/{template}", **{**shared, "now": now, **context})

    def html(self, template: str, **context: Any) -> Response[str]:
        """A part of a page as an answer to a script that asked for it by GET."""
        return Response(self.piece(template, **context), media_type=MediaType.HTML)

    def write(self, body: object, use_case: Callable[..., T], *parts: Any, **named: Any) -> T:
        """Does `use_case(unit, *parts, actor, **named)` in one transaction; what reads the configuration reads anew."""
        gate.check_body(body)
        done = self.house.database.write(use_case, *parts, actor=self.actor, **named)
        self.house.configuration.forget()
        return done

    def note(self, object: str, how: str, **ids: Any) -> None:
        """The access row for what is shown next."""
        what = {"object": object, "object_id": None, "patient_id": None, "conversation_id": None, "how": how, **ids}
        note_access(self.request, self.house, self.caller, **what)


class _Rights:
    """`may.publish`, `may.rehearse`, `may.approve`, `may.configure` in a template."""

    def __init__(self, actor: Actor) -> None:
        self.publish = may(actor, Permission.PUBLISH_RULES)
        self.rehearse = may(actor, Permission.REHEARSE_RULES)
        self.approve = may(actor, Permission.APPROVE_TEMPLATES)
        self.configure = may(actor, Permission.CONFIGURE)
        self.verify = may(actor, Permission.VERIFY_CHAIN)


def provide(request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller]) -> Desk:
    """Dependency `desk`."""
    return Desk(request, house, caller)


PROVIDE = {"desk": Provide(provide, sync_to_thread=False)}
