"""Sending over a real socket: TLS forced, headers that cannot be forged, and honest failures."""

import asyncio
import ssl
from email import message_from_bytes

import pytest
from aiosmtpd.smtp import SMTP

from channels import mail
from channels.envelope import Attachment, Outbound, SendFailed
from channels.mail_send import SmtpRelay
from tests.support import certificates


class Relay:
    """A relay that keeps what it gets, or answers as told."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.got: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):
        self.got.append(envelope.original_content)
        if self.answer == "cut":
            server.transport.abort()
            await asyncio.sleep(0)
            return None
        return self.answer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return certificates.write(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def served(certificate):
    servers = []

    async def start(relay, *, starttls=True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        loop = asyncio.get_running_loop()
        tls = context if starttls else None
        server = await loop.create_server(lambda: SMTP(relay, tls_context=tls, loop=loop), "127.0.0.1", 0)
        servers.append(server)
        return server.sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()
    await asyncio.sleep(0.05)  # aiosmtpd's connection tasks end


def trusting(certificate):
    return ssl.create_default_context(cafile=str(certificate))


def relay_at(port, scheme="smtp+starttls"):
    return SmtpRelay(f"{scheme}://127.0.0.1:{port}", "inbox@clinic.example", "Clínica Sur")


def words(**changes):
    given = {"channel": "mail", "to": "ana@x.example", "line": "inbox@clinic.example", "text": "Hola ñ\n.\nfin"}
    return Outbound(**{**given, "attempt": "a1", "subject": "Su cita", "message_id": "m1@clinic.example", **changes})


async def test_a_mail_leaves_over_starttls(served, certificate):
    relay = Relay()
    port = await served(relay)
    outbound = words(
        in_reply_to="<old@x.example>",
        references=("older@x.example", "old@x.example"),
        automatic=True,
        reply_to="inbox+token@clinic.example",
        attachments=(Attachment("a.pdf", "application/pdf", content=b"%PDF"),),
    )
    sent = await mail.send(outbound, relay_at(port), tls=trusting(certificate))
    assert sent.external_id == "m1@clinic.example"
    message = message_from_bytes(relay.got[0])
    assert [message[name] for name in ("To", "Message-ID", "In-Reply-To", "References", "Auto-Submitted")] == [
        "ana@x.example",
        "<m1@clinic.example>",
        "<old@x.example>",
        "<older@x.example> <old@x.example>",
        "auto-replied",
    ]
    found = mail.parse(relay.got[0], mailbox="x@y.example")
    assert (found.sender_name, found.subject, found.text) == ("Clínica Sur", "Su cita", "Hola ñ\n.\nfin")
    assert (found.attachments[0].content, found.machine) == (b"%PDF", "loop")


async def test_a_certificate_nobody_vouches_for_is_refused(served):
    relay = Relay()
    port = await served(relay)
    with pytest.raises(SendFailed) as failed:
        await mail.send(words(), relay_at(port))
    assert (failed.value.permanent, failed.value.ambiguous, relay.got) == (False, False, [])


async def test_a_relay_without_starttls_gets_nothing(served, certificate):
    relay = Relay()
    port = await served(relay, starttls=False)
    with pytest.raises(SendFailed) as failed:
        await mail.send(words(), relay_at(port), tls=trusting(certificate))
    assert (failed.value.permanent, failed.value.ambiguous, relay.got) == (False, False, [])
    assert (await mail.send(words(), relay_at(port, "smtp"))).external_id == "m1@clinic.example"


@pytest.mark.parametrize(
    ("answer", "permanent", "ambiguous", "code"),
    [
        ("550 5.1.1 no such user ana@x.example", True, False, "550 5.1.1"),
        ("451 4.7.1 greylisted", False, False, "451 4.7.1"),
        ("cut", False, True, "data"),
    ],
)
async def test_failures_say_what_is_known(served, certificate, answer, permanent, ambiguous, code):
    port = await served(Relay(answer))
    with pytest.raises(SendFailed) as failed:
        await mail.send(words(), relay_at(port), tls=trusting(certificate))
    assert (failed.value.permanent, failed.value.ambiguous, failed.value.code) == (permanent, ambiguous, code)
    assert "ana@x.example" not in str(failed.value)


async def test_no_connection_is_for_a_later_try():
    with pytest.raises(SendFailed) as failed:
        await mail.send(words(), relay_at(1))
    assert (failed.value.code, failed.value.permanent, failed.value.ambiguous) == ("connection", False, False)


@pytest.mark.parametrize(
    "outbound",
    [
        words(to="ana@x.example\r\nBcc: all@x.example"),
        words(to='"a\r\nb"@c.d'),
        words(to="not an address"),
        words(subject="Hi\r\nBcc: all@x.example"),
        words(message_id="a b\n@c"),
        words(in_reply_to="<a@b>\r\nX: y"),
        words(reply_to="a@b.example\nX: y"),
    ],
)
async def test_injection_is_refused_before_a_connection(outbound):
    with pytest.raises(SendFailed) as failed:
        await mail.send(outbound, relay_at(1))
    assert failed.value.permanent is True


@pytest.mark.parametrize("url", ["smtp://relay.example", "http://relay.example", "smtps://", "relay.example:25"])
async def test_plain_relays_are_refused(url):
    with pytest.raises(SendFailed) as failed:
        await mail.send(words(), SmtpRelay(url, "inbox@clinic.example"))
    assert (failed.value.code, failed.value.permanent) == ("relay", True)
