"""Jinja2 for screens and live fragments. Escapes everything; times are the clinic's. Refuses undefined names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from inbox.worklist import reason_label
from ui import charts, moments, timeline, words

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def _static_digest() -> str:
    digest = hashlib.sha256()
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(STATIC).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


#: Where static files are served: the digest of them all is in the path, so that they may be cached for a year and
#: modules may import each other by relative names.
STATIC_PATH = f"/static/{_static_digest()}"


def page(name: str, **context: Any) -> str:
    """A whole page, `templates/NAME`. `now` (aware) and `zone` (IANA name) are needed by every template with times;
    the theme comes from the cookie of `request`, when there is one."""
    context.setdefault("theme", _theme(context.get("request")))
    return _environment().get_template(name).render(context)


def fragment(name: str, **context: Any) -> str:
    """One piece for a live frame: `fragments/row.html` and its like; the same context rules as `page`."""
    return _environment().get_template(name).render(context).strip()


def _theme(request: Any) -> str:
    chosen = request.cookies.get("theme", "") if request is not None else ""
    return chosen if chosen in ("light", "dark") else ""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(static=STATIC_PATH, words=words, charts=charts, timeline=timeline, RING=moments.RING)
    environment.filters.update(_FILTERS)
    return environment


def _zone(context: Context) -> ZoneInfo:
    return ZoneInfo(context["zone"])


def _now(context: Context) -> datetime:
    now: datetime = context["now"]
    return now


@pass_context
def _time(context: Context, at: datetime) -> str:
    return moments.clock_time(at, _zone(context))


@pass_context
def _day(context: Context, at: datetime) -> str:
    return moments.day(at, _zone(context), _now(context))


@pass_context
def _stamp(context: Context, at: datetime) -> str:
    return moments.stamp(at, _zone(context), _now(context))


@pass_context
def _age(context: Context, at: datetime) -> str:
    return moments.age(at, _now(context))


@pass_context
def _countdown(context: Context, due: datetime) -> str:
    return moments.countdown(due, _now(context))


@pass_context
def _left(context: Context, due: datetime) -> str:
    return moments.span((due - _now(context)).total_seconds())


@pass_context
def _pressure(context: Context, due: datetime) -> str:
    return moments.pressure(due, _now(context))


@pass_context
def _remaining(context: Context, due: datetime, started: datetime | None) -> float:
    return moments.remaining(started, due, _now(context))


@pass_context
def _runway(context: Context, due: datetime) -> float:
    return moments.runway(due, _now(context))


@pass_context
def _years(context: Context, born: date) -> str:
    today = _now(context).astimezone(_zone(context)).date()
    whole = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return f"{whole}" if whole >= 2 else f"{months} months"


@pass_context
def _localday(context: Context, at: datetime, shift: int = 0) -> str:
    return (at.astimezone(_zone(context)) + timedelta(days=shift)).date().isoformat()


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def initials(name: str) -> str:
    """`Maria de la Cruz` → `MC`; `?` for nobody."""
    parts = [part for part in name.split() if part[0].isalnum()]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper() if parts else "?"


def hue(seed: object) -> str:
    """A class `h-0` … `h-330` that stays with a person."""
    return f"h-{hashlib.sha256(str(seed).encode()).digest()[0] % 12 * 30}"


def address(value: str) -> str:
    """`+14155550142` → `(415) 555-0142`; a chat session's id → `Visitor GMy7`; anything else as it is."""
    matched = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", value)
    if re.fullmatch(r"[\w-]{43}", value, re.ASCII):
        return f"Visitor {value[:4]}"
    return f"({matched[1]}) {matched[2]}-{matched[3]}" if matched else value


def size(octets: int) -> str:
    """`812 B`, `14 kB`, `3.2 MB`."""
    if octets < 1000:
        return f"{octets} B"
    return f"{octets // 1000} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"


def count(number: int) -> str:
    """A capped count: nothing for none, `99+` from a hundred on."""
    return "99+" if number >= 100 else str(number or "")


def percent(number: float | None) -> str:
    """`94.1%`; a dash without cases."""
    return "\N{EN DASH}" if number is None else f"{number:.1f}".removesuffix(".0") + "%"


def value(number: float | None, unit: str) -> str:
    """A figure in its unit: seconds as a span, percent, or a count; a dash without cases."""
    if number is None:
        return "\N{EN DASH}"
    return moments.span(number) if unit == "seconds" else percent(number) if unit == "percent" else f"{number:,.0f}"


_FILTERS: dict[str, Callable[..., Any]] = {
    "time": _time,
    "day": _day,
    "stamp": _stamp,
    "age": _age,
    "countdown": _countdown,
    "left": _left,
    "pressure": _pressure,
    "remaining": _remaining,
    "runway": _runway,
    "years": _years,
    "localday": _localday,
    "iso": _iso,
    "span": moments.span,
    "initials": initials,
    "hue": hue,
    "size": size,
    "address": address,
    "count": count,
    "percent": percent,
    "value": value,
    "plain": words.plain,
    "channel": words.channel,
    "channel_icon": words.channel_icon,
    "team": words.team,
    "team_icon": words.team_icon,
    "priority": words.priority,
    "mark": words.mark,
    "cause": words.cause,
    "language": words.language,
    "event_icon": words.event_icon,
    "view_label": words.view_label,
    "form_fields": timeline.form_fields,
    "moment": datetime.fromisoformat,
    "owes_next": timeline.owes_next,
    "reason": reason_label,
}
