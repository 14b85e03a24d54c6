"""Twilio's REST side: send, look up, list. The SDK speaks through httpx, so what failed is known exactly.

Refuses to guess: a request that left without an answer is *ambiguous*. `twilio.rest` is imported on first use (0.4 s).
"""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec

from channels.envelope import Outbound, SendFailed, Sent
from channels.errors import explain
from channels.twilio import Account
from channels.twilio_message import callback_url

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
WHOLE_SECONDS = 30
# Nothing was sent if the connection itself failed; every other transport error may have come after the request left.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class ProviderMessage(msgspec.Struct, frozen=True):
    """A message as the provider lists it, for reconciling and backfill."""

    external_id: str
    direction: str
    sender: str
    to: str
    text: str
    status: str
    code: str
    created_at: datetime | None
    media: int = 0


async def send_message(outbound: Outbound, account: Account) -> Sent:
    """POST /Messages. SendFailed: 4xx but 429 permanent; 429 and no connection retryable; 5xx, time-out or reset
    ambiguous, since the endpoint has no idempotency parameter."""
    async with connected(account) as (client, wire):
        message = await asked(client.messages.create_async(**_parameters(outbound, account)), wire)
    return Sent(external_id=str(message.sid), status=str(message.status or "accepted"))


async def fetch_message(sid: str, account: Account) -> ProviderMessage:
    """One message by its Sid; SendFailed as for sending, though nothing is sent."""
    async with connected(account) as (client, wire):
        return _listed(await asked(client.messages(sid).fetch_async(), wire))


async def list_messages(
    account: Account, *, to: str = "", sender: str = "", sent_after: datetime | None = None, most: int | None = 1000
) -> list[ProviderMessage]:
    """Newest first; `most` None reads every page. `sent_after` is compared with the provider's DateSent."""
    filters: dict[str, Any] = {"to": to or None, "from_": sender or None, "date_sent_after": sent_after}
    given = {name: value for name, value in filters.items() if value is not None}
    async with connected(account) as (client, wire):
        found = await asked(client.messages.list_async(limit=most, **given), wire)
    return [_listed(message) for message in found]


def prefixed(outbound: Outbound, prefix: str) -> Outbound:
    """The same with `prefix:` before both addresses, once."""

    def address(value: str) -> str:
        return value if not value or value.startswith((f"{prefix}:", "MG")) else f"{prefix}:{value}"

    return msgspec.structs.replace(outbound, to=address(outbound.to), line=address(outbound.line))


def _parameters(outbound: Outbound, account: Account) -> dict[str, Any]:
    service = outbound.line if outbound.line.startswith("MG") else ""
    if outbound.channel == "sms":
        service = service or account.messaging_service_sid
    variables = msgspec.json.encode(outbound.template_variables).decode() if outbound.template_variables else None
    parameters = {
        "to": outbound.to,
        "from_": "" if outbound.line.startswith("MG") else outbound.line,
        "messaging_service_sid": service,
        "body": "" if outbound.template else outbound.text,
        "content_sid": outbound.template,
        "content_variables": variables,
        "media_url": [] if outbound.template else [part.url for part in outbound.attachments if part.url],
        "status_callback": callback_url(outbound),
    }
    return {name: value for name, value in parameters.items() if value}


async def asked(question: Any, wire: Any) -> Any:
    """What the SDK answers, with every way of failing told as SendFailed."""
    from twilio.base.exceptions import TwilioException

    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            return await question
    except _NEVER_LEFT as error:
        raise SendFailed("The provider could not be reached.", code=type(error).__name__) from None
    except (httpx.HTTPError, TimeoutError) as error:
        raise SendFailed("The provider did not answer in time.", code=type(error).__name__, ambiguous=True) from None
    except TwilioException as error:
        raise _refused(error, wire) from None
    except (ValueError, TypeError, AttributeError):  # the SDK on an answer that is no JSON object
        if not wire.answered:
            raise
        raise SendFailed("The provider's answer could not be read.", ambiguous=True) from None


def _refused(error: Exception, wire: Any) -> SendFailed:
    """Our own words only: the provider's text quotes the number."""
    status, code = getattr(error, "status", None), str(getattr(error, "code", None) or "")
    if not isinstance(status, int):
        return SendFailed(explain("20003"), code="20003", permanent=True)
    if status == 429:
        return SendFailed(explain("20429"), code=code or "429", retry_after=wire.retry_after)
    if status >= 500:
        return SendFailed("The provider had a fault of its own.", code=str(status), ambiguous=True)
    return SendFailed(explain(code), code=code or str(status), permanent=True)


def _listed(message: Any) -> ProviderMessage:
    return ProviderMessage(
        external_id=str(message.sid),
        direction=str(message.direction or ""),
        sender=str(message.from_ or ""),
        to=str(message.to or ""),
        text=str(message.body or ""),
        status=str(message.status or ""),
        code=str(message.error_code or ""),
        created_at=message.date_created,
        media=int(message.num_media or 0),
    )


@asynccontextmanager
async def connected(account: Account) -> AsyncIterator[tuple[Any, Any]]:
    """The SDK and the wire under it, for one question."""
    from twilio.rest import Client

    if not (account.tokens and account.tokens[0]):
        raise SendFailed(explain("20003"), code="20003", permanent=True)
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=_trust()) as http:
        wire = _wire_class()(http, account.api_url)
        yield Client(account.account_sid, account.tokens[0], http_client=wire), wire


@functools.cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # 20 ms: once, not per message


@functools.cache
def _wire_class() -> type[Any]:
    from twilio.http import AsyncHttpClient
    from twilio.http.response import Response

    class Wire(AsyncHttpClient):  # type: ignore[misc] # the SDK ships no types
        """The SDK's transport over httpx; `api_url` replaces scheme and host. It logs nothing, ever."""

        def __init__(self, http: httpx.AsyncClient, api_url: str) -> None:
            super().__init__(logging.getLogger(__name__), True, None)
            self.http, self.api_url, self.answered = http, api_url, False
            self.retry_after: float | None = None

        async def request(
            self,
            method: str,
            url: str,
            params: dict[str, Any] | None = None,
            data: dict[str, Any] | None = None,
            headers: dict[str, str] | None = None,
            auth: tuple[str, str] | None = None,
            timeout: float | None = None,  # noqa: ASYNC109 - the SDK's signature
            allow_redirects: bool = False,
        ) -> Any:
            answer = await self.http.request(
                method,
                _rebased(url, self.api_url),
                params=params or None,
                data=data or None,
                headers=headers,
                auth=auth,
                follow_redirects=False,
            )
            self.answered = True
            self.retry_after = _seconds(answer.headers.get("retry-after", ""))
            return Response(answer.status_code, answer.text, answer.headers)

    return Wire


def _rebased(url: str, api_url: str) -> str:
    if not api_url:
        return url
    base, parts = urlsplit(api_url), urlsplit(url)
    return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + parts.path, parts.query, ""))


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None
