"""The SMTP door over a real socket: 250 after the store, 451 when it fails, 552 when it is too much."""

import asyncio

import aiosmtplib
import pytest

from channels import smtp_door

RAW = b"From: a@b.example\r\nSubject: s\r\n\r\nhola \xf1\r\n"


@pytest.fixture
async def opened():
    servers = []

    async def start(accept):
        server = await smtp_door.listen("127.0.0.1", 0, accept)
        servers.append(server)
        return server.sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()
    await asyncio.sleep(0.05)  # aiosmtpd's connection tasks end


async def deliver(port, raw=RAW):
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
    async with client:
        return await client.sendmail("a@b.example", ["any@clinic.example", "b@clinic.example"], raw)


async def test_a_mail_is_stored_before_the_answer(opened):
    got = []

    async def accept(raw, recipients, peer):
        got.append((raw, recipients, peer))

    _, answer = await deliver(await opened(accept))
    assert answer == "2.0.0 Stored"
    assert got == [(RAW, ("any@clinic.example", "b@clinic.example"), "127.0.0.1")]


async def test_a_failed_store_makes_the_relay_keep_the_mail(opened, caplog):
    got = []

    async def accept(raw, recipients, peer):
        got.append(raw)
        if len(got) == 1:
            raise OSError("disk full of ana@x.example")

    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=await opened(accept), start_tls=False)
    async with client:
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.sendmail("a@b.example", ["any@clinic.example"], RAW)
        assert (refused.value.code, refused.value.message) == (451, "4.3.0 Not stored, try again")
        await client.sendmail("a@b.example", ["any@clinic.example"], RAW)
    assert got == [RAW, RAW]
    assert [r.getMessage() for r in caplog.records if r.levelname == "ERROR"] == [
        "mail door could not store a message: OSError"
    ]


async def test_too_large_a_mail_is_refused(opened, monkeypatch):
    monkeypatch.setattr(smtp_door, "MAIL_BYTES", 1000)

    async def accept(raw, recipients, peer):
        raise AssertionError("stored")

    port = await opened(accept)
    with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
        await deliver(port, RAW + b"x" * 2000)
    assert refused.value.code == 552


async def test_at_most_four_messages_are_in_flight(opened):
    now = most = 0

    async def accept(raw, recipients, peer):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1

    port = await opened(accept)
    await asyncio.gather(*(deliver(port) for _ in range(12)))
    assert most == 4
