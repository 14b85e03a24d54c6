"""What narrows a list, as codes that stand in an address and in a saved view: read, checked and put in one spelling.

Refuses what no list knows, naming each field and what it may be. Holds no words and no patient: those are no address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from channels import KINDS
from inbox.actors import TEAMS
from inbox.errors import Invalid
from routing import reasons

#: What a list may be narrowed to besides the three states a conversation has: "done" is closed.
STATES = ("first_reply", "next_reply", "waiting", "snoozed", "done", "open", "closed")
#: Opened at least so long ago.
AGES = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1), "3d": timedelta(days=3)}
AGES["7d"] = timedelta(days=7)
PRIORITIES = ("0", "1", "2", "3", "4")
#: The codes in the order in which an address names them.
CODES = ("state", "queue", "owner", "reason", "priority", "channel", "location", "language", "age")
LONGEST = 60
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)


class Filters(msgspec.Struct, frozen=True):
    """Narrows a view; None means any. `owner` and `patient` are ids, `queue` a team, `q` words of a name, an address
    or a text, searched only where the viewer may read them; `reason` takes its sub-reasons along; `age` is one of
    AGES."""

    state: str | None = None
    queue: str | None = None
    owner: int | None = None
    patient: int | None = None
    reason: str | None = None
    priority: int | None = None
    q: str = ""
    unowned: bool = False
    channel: str | None = None
    location: str | None = None
    language: str | None = None
    age: str | None = None


def read(codes: Mapping[str, str], *, viewer_id: int) -> Filters:
    """The filters that codes stand for; `owner` may be "me" or "none". Raises Invalid for all that is wrong at once."""
    given = {name: code for name, code in codes.items() if code}
    check(given)
    owner = given.get("owner")
    return Filters(
        state=given.get("state"),
        queue=given.get("queue"),
        owner=viewer_id if owner == "me" else int(owner) if owner not in (None, "none") else None,
        unowned=owner == "none",
        reason=given.get("reason"),
        priority=int(given["priority"]) if "priority" in given else None,
        channel=given.get("channel"),
        location=given.get("location"),
        language=given.get("language"),
        age=given.get("age"),
    )


def check(codes: Mapping[str, str | None]) -> None:
    """Raises Invalid naming each field whose code no list knows, and what it may be."""
    faults = {name: fault for name, code in codes.items() if code and (fault := _fault(name, code))}
    if faults:
        raise Invalid("This list cannot be narrowed like that.", fields=faults)


def canonical(view: str, codes: Mapping[str, str]) -> str:
    """A view and its codes in the one spelling that addresses and live topics share: "view=mine&channel=sms"."""
    named = [("view", view), *((name, codes[name]) for name in CODES if codes.get(name))]
    return urlencode(named, quote_via=quote, safe=":")


def parse(query: str) -> tuple[str, dict[str, str]]:
    """The view and the codes of `canonical`. Raises Invalid for an unknown or repeated name."""
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=len(CODES) + 1)
    found = dict(pairs)
    view = found.pop("view", "open")
    if len(found) + 1 < len(pairs) or not found.keys() <= set(CODES):
        raise Invalid("This list cannot be narrowed like that.", fields={"query": f"names: view, {', '.join(CODES)}"})
    return view, found


def _fault(name: str, code: str) -> str:
    choices: dict[str, tuple[str, ...]] = {
        "state": STATES,
        "queue": TEAMS,
        "priority": PRIORITIES,
        "channel": tuple(kind for kind in KINDS if kind != "sandbox"),
        "age": tuple(AGES),
    }
    if name in choices:
        return "" if code in choices[name] else f"one of {', '.join(choices[name])}"
    if name == "reason":
        return "" if reasons.is_known(code) else f"one of {', '.join(reasons.REASONS)}"
    if name == "owner":
        known = code in ("me", "none") or (code.isascii() and code.isdigit() and len(code) < 19)
        return "" if known else "me, none, or the id of a person"
    if name == "language":
        return "" if _LANGUAGE.fullmatch(code) else "a language code such as en or es"
    return "" if len(code) <= LONGEST and code.isprintable() else f"at most {LONGEST} characters"
