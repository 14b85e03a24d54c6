"""How our account is set up at Twilio, asked through its API, and what of it would lose messages or show them.

Changes nothing there. `judge` is pure: facts in, findings with their mend out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import msgspec

from channels.twilio import Account
from channels.twilio_rest import TIMEOUT, asked, connected

State = Literal["ok", "warn", "fail"]
MESSAGES, VOICE = "/in/twilio/messages", "/in/twilio/voice"


class Number(msgspec.Struct, frozen=True):
    """A number of the account: where its texts and calls are brought."""

    address: str
    sms_url: str = ""
    sms_method: str = ""
    sms_fallback_url: str = ""
    voice_url: str = ""
    voice_method: str = ""
    voice_fallback_url: str = ""


class Service(msgspec.Struct, frozen=True):
    """A Messaging Service. `on_number`: it leaves inbound texts to each number's own address."""

    inbound_url: str = ""
    inbound_method: str = ""
    fallback_url: str = ""
    on_number: bool = False
    registered: bool | None = None
    sticky_sender: bool = False
    fallback_to_long_code: bool = False


class Facts(msgspec.Struct, frozen=True):
    """What the API says. `recording_open`: anybody may fetch a recording; None where there is none to try."""

    status: str
    kind: str
    numbers: tuple[Number, ...] = ()
    service: Service | None = None
    recording_open: bool | None = None


class Finding(msgspec.Struct, frozen=True):
    """How a part is, with the mend where there is one."""

    part: str
    state: State
    words: str


async def inspect(account: Account) -> Facts:
    """Asks the account, its numbers, its Messaging Service and one recording. SendFailed where it cannot be asked."""
    async with connected(account) as (client, wire):
        owner = await asked(client.api.accounts(account.account_sid).fetch_async(), wire)
        numbers = await asked(client.incoming_phone_numbers.list_async(limit=500), wire)
        recordings = await asked(client.recordings.list_async(limit=1), wire)
        service = None
        if account.messaging_service_sid:
            service = await asked(client.messaging.v1.services(account.messaging_service_sid).fetch_async(), wire)
    return Facts(
        status=_word(owner.status),
        kind=_word(owner.type),
        numbers=tuple(_number(one) for one in numbers),
        service=_service(service) if service is not None else None,
        recording_open=await _is_open(account, recordings[0]) if recordings else None,
    )


async def leads_to_us(public_url: str) -> bool | None:
    """Whether the address that the carrier is given answers as we do; None when nothing answers."""
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as stranger:
            answer = await stranger.get(f"{public_url}/health/live")
    except httpx.HTTPError:
        return None
    return answer.status_code == 200 and answer.text == '{"status":"ok"}'


def judge(facts: Facts, public_url: str, lines: Sequence[str]) -> Iterator[Finding]:
    """A finding for each part: the account, where texts and calls of our `lines` (E.164) are brought, the service, the
    media."""
    yield _account(facts)
    yield from _hooks(facts, public_url, lines)
    if facts.service is not None:
        yield from _of_service(facts.service, public_url)
    if facts.recording_open is not None:
        words = "anybody who has the address can fetch a recording: turn on HTTP auth for media in the console"
        state: State = "fail" if facts.recording_open else "ok"
        yield Finding("media", state, words if facts.recording_open else "recordings ask for the account's credentials")


def _account(facts: Facts) -> Finding:
    if facts.status != "active":
        return Finding("twilio", "fail", f"the account is {facts.status}: nothing comes or goes")
    if facts.kind == "Trial":
        return Finding("twilio", "warn", "a trial account sends to verified numbers only")
    return Finding("twilio", "ok", f"the account answers, with {len(facts.numbers)} numbers")


def _hooks(facts: Facts, public_url: str, lines: Sequence[str]) -> Iterator[Finding]:
    owned = {number.address: number for number in facts.numbers}
    faults = [fault for line in lines for fault in _of_line(line, owned.get(line), facts.service, public_url)]
    for state, words in faults:
        yield Finding("hooks", state, words)
    if not faults and lines:
        yield Finding("hooks", "ok", f"texts and calls of {len(lines)} lines are brought to us")
    if others := sorted(set(owned) - set(lines)):
        words = (
            f"{len(others)} numbers of the account are no lines of ours: add them under Channels if patients use them"
        )
        yield Finding("numbers", "warn", words)


def _of_line(line: str, number: Number | None, service: Service | None, public_url: str) -> Iterator[tuple[State, str]]:
    if number is None:
        yield "fail", f"{line} is no number of this account: correct the line under Channels"
        return
    if service is None or service.on_number:
        yield from _of_hook(f"texts to {line}", number.sms_url, number.sms_method, public_url + MESSAGES)
        if not number.sms_fallback_url:
            yield "warn", f"texts to {line} have no fallback address: set one, so that a fault of ours is noticed"
    yield from _of_hook(f"calls to {line}", number.voice_url, number.voice_method, public_url + VOICE)
    if not number.voice_fallback_url:
        yield "warn", f"calls to {line} have no fallback address: set one that takes a voicemail"


def _of_service(service: Service, public_url: str) -> Iterator[Finding]:
    if not service.on_number:
        hook = _of_hook(
            "texts of the Messaging Service", service.inbound_url, service.inbound_method, public_url + MESSAGES
        )
        yield from (Finding("service", state, words) for state, words in hook)
    if service.registered is False:
        words = "its numbers are not registered for A2P 10DLC: carriers refuse its texts (30034)"
        yield Finding("service", "fail", words)
    if service.sticky_sender or service.fallback_to_long_code:
        words = "Sticky Sender or fallback to long code is on: redaction of messages needs both off"
        yield Finding("service", "warn", words)


def _of_hook(what: str, url: str, method: str, ours: str) -> Iterator[tuple[State, str]]:
    bare = urlsplit(url)._replace(fragment="").geturl()
    if bare != ours:
        yield "fail", f"{what} are brought to {_place(bare)}: set {ours}"
    elif method != "POST":
        yield "fail", f"{what} are brought by {method}: set POST, else their words stand in logs"


def _place(url: str) -> str:
    """Where it leads, without what somebody may have put into the address."""
    return urlsplit(url).hostname or "nowhere"


def _number(one: Any) -> Number:
    names = Number.__struct_fields__[1:]
    return Number(str(one.phone_number or ""), **{name: str(getattr(one, name) or "") for name in names})


def _service(one: Any) -> Service:
    return Service(
        inbound_url=str(one.inbound_request_url or ""),
        inbound_method=str(one.inbound_method or ""),
        fallback_url=str(one.fallback_url or ""),
        on_number=bool(one.use_inbound_webhook_on_number),
        registered=one.us_app_to_person_registered,
        sticky_sender=bool(one.sticky_sender),
        fallback_to_long_code=bool(one.fallback_to_long_code),
    )


async def _is_open(account: Account, recording: Any) -> bool | None:
    """Whether somebody without credentials gets it; None when nobody can say now."""
    url = (account.api_url or "https://api.twilio.com") + str(recording.uri).removesuffix(".json")
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as stranger:
            return (await stranger.head(url)).status_code < 400
    except httpx.HTTPError:
        return None


def _word(value: Any) -> str:
    return str(getattr(value, "value", value) or "")
