"""What all pages for patients share: the language, the words, moments in it, and a policy that lets clinics frame them.

Repeats nothing a patient typed except into the field it was typed in, and sets no cookie.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from litestar import Request, Response

from inbox.house import House
from inbox.opening import Opening
from inbox.practice import Practice
from ui import moments, render
from ui.patient_words import DAYS, MONTHS, WORDS

Language = Literal["en", "es"]
_NORTH_AMERICAN = re.compile(r"\+1(\d{3})(\d{3})(\d{4})")


def language(request: Request[Any, Any, Any], known: str = "") -> Language:
    """`?lang=`, else the language `known` of the conversation, else the browser's first wish that we speak, else
    English."""
    asked = request.query_params.get("lang", "")
    wishes = [asked, known, *_wishes(request.headers.get("accept-language", ""))]
    spoken = [wish.strip()[:2].lower() for wish in wishes]
    return "es" if next((wish for wish in spoken if wish in WORDS), "en") == "es" else "en"


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """A person with a browser; programs get JSON."""
    return "text/html" in request.headers.get("accept", "")


def page(
    request: Request[Any, Any, Any],
    house: House,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    known: str = "",
    **context: Any,
) -> Response[str]:
    """`templates/patient/TEMPLATE` in the patient's language, `known` if we know it. Reads the configuration: call it
    from a thread."""
    spoken, practice = language(request, known), house.configuration.practice()
    embed = request.query_params.get("embed") == "1"
    body = render.page(
        f"patient/{template}",
        lang=spoken,
        w=WORDS[spoken],
        practice=practice,
        phone=phone(practice),
        embed=embed,
        switch=f"?{query(request, 'en' if spoken == 'es' else 'es')}" if request.method == "GET" else "",
        **context,
    )
    policy = {"content-security-policy": frame_policy(house, practice)}
    return Response(body, status_code=status, media_type="text/html", headers={**policy, **(headers or {})})


def query(request: Request[Any, Any, Any], spoken: Language) -> str:
    """The query of one of our pages in a language, framed as this one is."""
    return f"lang={spoken}{'&embed=1' if request.query_params.get('embed') == '1' else ''}"


def frame_policy(house: House, practice: Practice) -> str:
    """Framed by the clinic's own sites alone, in demo mode by any if none is named."""
    return policy(house, " ".join(practice.forms_hosts) or ("*" if house.settings.is_demo else "'self'"))


def policy(house: House, ancestors: str) -> str:
    """Only our own files and socket."""
    socket = house.settings.public_url.replace("http", "ws", 1)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self' {socket}; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def phone(practice: Practice) -> str:
    """`(415) 555-0100`; other countries as they are dialled."""
    found = _NORTH_AMERICAN.fullmatch(practice.phone)
    return f"({found[1]}) {found[2]}-{found[3]}" if found else practice.phone


def moment(at: datetime, practice: Practice, now: datetime, spoken: Language) -> str:
    """`4:30 PM` today, else `Mon, Nov 23, 4:30 PM`; in Spanish `hoy, 4:30 p. m.` or `lunes 23 de noviembre, …`."""
    zone = ZoneInfo(practice.zone)
    if spoken == "en":
        return moments.stamp(at, zone, now)
    local = at.astimezone(zone)
    today = local.date() == now.astimezone(zone).date()
    day = "hoy" if today else f"{DAYS[local.weekday()]} {local.day} de {MONTHS[local.month - 1]}"
    return f"{day}, {(local.hour - 1) % 12 + 1}:{local:%M} {'a. m.' if local.hour < 12 else 'p. m.'}"


def day(at: datetime, practice: Practice, spoken: Language) -> str:
    """`November 20`, `20 de noviembre`, in the clinic's zone."""
    local = at.astimezone(ZoneInfo(practice.zone))
    return f"{local.day} de {MONTHS[local.month - 1]}" if spoken == "es" else f"{local:%B} {local.day}"


def reply_promise(opening: Opening, practice: Practice, now: datetime, spoken: Language) -> str:
    """A sentence with the honest time of the answer; without a promise, how to reach a person."""
    words = WORDS[spoken]
    if opening.reply_by is None:
        return words["no_promise"]
    seconds = (opening.reply_by - now).total_seconds()
    if seconds < 3600:
        minutes = max(1, round(seconds / 60))
        return words["within_minute"] if minutes == 1 else words["within_minutes"].format(minutes=minutes)
    return words["by"].format(time=moment(opening.reply_by, practice, now, spoken))


def _wishes(header: str) -> list[str]:
    """The languages of an Accept-Language header, most wanted first (RFC 9110 §12.5.4)."""
    wishes = []
    for item in header.split(",")[:20]:
        name, _, weight = item.partition(";")
        found = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        wishes.append((-float(found[1]) if found else -1.0, name.strip()))
    return [name for weight, name in sorted(wishes, key=lambda wish: wish[0]) if weight < 0]
