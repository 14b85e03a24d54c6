"""Sending through the real SDK to a server on loopback: what leaves, and what each kind of failure means."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from channels import sms, social, whatsapp
from channels.envelope import Attachment, Outbound, SendFailed, Sent
from channels.twilio import Account
from channels.twilio_message import callback_url
from channels.twilio_rest import fetch_message, list_messages

CONTRACTS = Path(__file__).parents[2] / os.environ.get("WARMLINE_CONTRACTS", "../shared/contracts")
CONTRACT = CONTRACTS / "twilio_api_v2010.json"
AC = "AC" + "1" * 32
OUTBOUND = Outbound(
    channel="sms",
    to="+15005550100",
    line="+15005550006",
    text="See you at 2",
    attempt="018f",
    status_callback="https://inbox.example/in/twilio/status",
)
MESSAGE: dict[str, Any] = {
    "sid": "SM" + "a" * 32,
    "status": "queued",
    "direction": "outbound-api",
    "from": "+15005550006",
    "to": "+15005550100",
    "body": "See you at 2",
    "num_media": "0",
    "error_code": None,
    "date_created": "Mon, 22 Nov 2027 15:00:00 +0000",
}
Answer = Callable[[str, bytes], tuple[int, dict[str, str], bytes] | None]


@asynccontextmanager
async def provider(answer: Answer) -> AsyncIterator[tuple[Account, list[tuple[str, bytes]]]]:
    """A provider that answers each request by `answer(request line, body)`; None hangs up without a word."""
    asked: list[tuple[str, bytes]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [line.split(":")[1] for line in head.splitlines() if line.lower().startswith("content-length:")]
        body = await reader.readexactly(int(lengths[0])) if lengths else b""
        asked.append((head.splitlines()[0], body))
        answered = answer(asked[-1][0], body)
        if answered:
            status, headers, content = answered
            named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(f"HTTP/1.1 {status} X\r\n{named}Content-Length: {len(content)}\r\n\r\n".encode() + content)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Account(AC, tokens=("token",), api_url=f"http://127.0.0.1:{port}"), asked
    finally:
        server.close()
        await server.wait_closed()


def always(status: int, content: Any, **headers: str) -> Answer:
    raw = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return lambda line, body: (status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


async def failure(sending: Awaitable[Sent]) -> SendFailed:
    with pytest.raises(SendFailed) as failed:
        await sending
    return failed.value


async def test_an_sms_leaves_with_its_attempt_in_the_callback() -> None:
    async with provider(always(201, MESSAGE)) as (account, asked):
        assert await sms.send(OUTBOUND, account) == Sent(MESSAGE["sid"], "queued")
    assert [line for line, _ in asked] == [f"POST /2010-04-01/Accounts/{AC}/Messages.json HTTP/1.1"]
    assert parse_qs(asked[0][1].decode()) == {
        "To": ["+15005550100"],
        "From": ["+15005550006"],
        "Body": ["See you at 2"],
        "StatusCallback": ["https://inbox.example/in/twilio/status?a=018f"],
    }


async def test_a_messaging_service_and_files_go_along() -> None:
    service = "MG" + "2" * 32
    files = tuple(Attachment("a.png", "image/png", url=f"https://inbox.example/f/{n}") for n in (1, 2))
    async with provider(always(201, MESSAGE)) as (account, asked):
        account = msgspec.structs.replace(account, messaging_service_sid=service)
        await sms.send(msgspec.structs.replace(OUTBOUND, attachments=files), account)
    sent = parse_qs(asked[0][1].decode())
    assert (sent["MessagingServiceSid"], sent["From"]) == ([service], ["+15005550006"])
    assert sent["MediaUrl"] == ["https://inbox.example/f/1", "https://inbox.example/f/2"]


async def test_a_template_replaces_the_text() -> None:
    outbound = msgspec.structs.replace(
        OUTBOUND, channel="whatsapp", template="HX" + "3" * 32, template_variables={"1": "2 pm"}, status_callback=""
    )
    async with provider(always(201, MESSAGE)) as (account, asked):
        await whatsapp.send(outbound, account)
    assert parse_qs(asked[0][1].decode()) == {
        "To": ["whatsapp:+15005550100"],
        "From": ["whatsapp:+15005550006"],
        "ContentSid": ["HX" + "3" * 32],
        "ContentVariables": ['{"1":"2 pm"}'],
    }


@pytest.mark.contract
@pytest.mark.skipif(not CONTRACT.exists(), reason="no provider contracts here")
async def test_every_field_we_send_is_one_the_provider_published() -> None:
    document = msgspec.json.decode(CONTRACT.read_bytes())
    path = document["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]
    (content,) = path["post"]["requestBody"]["content"].values()
    files = (Attachment("a.png", "image/png", url="https://inbox.example/f"),)
    whole = msgspec.structs.replace(OUTBOUND, attachments=files)
    template = msgspec.structs.replace(OUTBOUND, template="HX" + "3" * 32, template_variables={"1": "2 pm"})
    async with provider(always(201, MESSAGE)) as (account, asked):
        account = msgspec.structs.replace(account, messaging_service_sid="MG" + "2" * 32)
        for outbound in (whole, template):
            await sms.send(outbound, account)
    sent = {name for _, body in asked for name in parse_qs(body.decode())}
    assert sent - set(content["schema"]["properties"]) == set()


async def test_messenger_prefixes_once() -> None:
    outbound = msgspec.structs.replace(OUTBOUND, channel="social", to="123", line="messenger:9", status_callback="")
    async with provider(always(201, MESSAGE)) as (account, asked):
        await social.send(outbound, account)
    sent = parse_qs(asked[0][1].decode())
    assert (sent["To"], sent["From"]) == (["messenger:123"], ["messenger:9"])


@pytest.mark.parametrize(
    ("status", "content", "permanent", "ambiguous", "code"),
    [
        (400, {"code": 21610, "message": "to +15005550100", "status": 400}, True, False, "21610"),
        (404, b"<html>", True, False, "404"),
        (429, {"code": 20429, "message": "slow", "status": 429}, False, False, "20429"),
        (500, {"code": 20500, "message": "oops", "status": 500}, False, True, "500"),
        (503, b"", False, True, "503"),
        (201, b"no json", False, True, ""),
        (201, b"[]", False, True, ""),
    ],
)
async def test_what_an_answer_means(status: int, content: Any, permanent: bool, ambiguous: bool, code: str) -> None:
    async with provider(always(status, content)) as (account, asked):
        failed = await failure(sms.send(OUTBOUND, account))
    assert (failed.permanent, failed.ambiguous, failed.code) == (permanent, ambiguous, code)
    assert "+1500" not in str(failed)
    assert len(asked) == 1


async def test_the_providers_pause_is_honoured() -> None:
    async with provider(always(429, {"code": 20429, "message": "slow", "status": 429}, Retry_After="7")) as (
        account,
        _,
    ):
        assert (await failure(sms.send(OUTBOUND, account))).retry_after == 7.0


async def test_a_reset_after_the_request_left_is_ambiguous_and_is_not_repeated() -> None:
    async with provider(lambda line, body: None) as (account, asked):
        failed = await failure(sms.send(OUTBOUND, account))
    assert (failed.permanent, failed.ambiguous, len(asked)) == (False, True, 1)


async def test_no_connection_is_provably_not_sent() -> None:
    async with provider(always(201, MESSAGE)) as (account, _):
        pass
    failed = await failure(sms.send(OUTBOUND, account))
    assert (failed.permanent, failed.ambiguous, failed.reason) == (False, False, "The provider could not be reached.")


async def test_no_credentials_and_oversized_messages_never_leave() -> None:
    failed = await failure(sms.send(OUTBOUND, Account(AC)))
    assert (failed.permanent, failed.code) == (True, "20003")
    too_long = await failure(sms.send(msgspec.structs.replace(OUTBOUND, text="a" * 1601), Account(AC)))
    assert (too_long.permanent, too_long.code) == (True, "21617")
    many = (Attachment("a.png", "image/png", url="https://inbox.example/f"),) * 11
    too_many = await failure(sms.send(msgspec.structs.replace(OUTBOUND, attachments=many), Account(AC)))
    assert (too_many.permanent, too_many.code) == (True, "21623")


async def test_messages_are_listed_and_looked_up_for_reconciling() -> None:
    listed = {"messages": [MESSAGE], "page": 0, "page_size": 50, "next_page_uri": None}
    async with provider(lambda line, body: (200, {}, msgspec.json.encode(MESSAGE if "/SM" in line else listed))) as (
        account,
        _,
    ):
        found = await list_messages(account, to="+15005550100")
        assert found == [await fetch_message(MESSAGE["sid"], account)]
    assert (found[0].external_id, found[0].text, found[0].to) == (MESSAGE["sid"], "See you at 2", "+15005550100")
    assert found[0].created_at is not None
    assert found[0].created_at.isoformat() == "2027-11-22T15:00:00+00:00"


def test_an_address_that_already_carries_the_attempt_is_left_alone() -> None:
    given = msgspec.structs.replace(OUTBOUND, status_callback="https://x.example/s?b=1&a=7")
    assert callback_url(given) == "https://x.example/s?b=1&a=7"
    assert callback_url(msgspec.structs.replace(OUTBOUND, status_callback="https://x.example/s?b=1")) == (
        "https://x.example/s?b=1&a=018f"
    )
