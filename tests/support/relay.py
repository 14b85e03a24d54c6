"""A mail relay in a thread of its own: it answers at each step as it is told, and keeps what it was sent."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.serving import free_port


class Relay:
    """`at_recipient` and `at_message` are the answers to come, in order; then all is taken. "cut" hangs up instead."""

    def __init__(self) -> None:
        self.at_recipient: list[str] = []
        self.at_message: list[str] = []
        self.mails: list[bytes] = []
        self.url = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: object
    ) -> str:
        answer = self.at_recipient.pop(0) if self.at_recipient else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str | None:
        answer = self.at_message.pop(0) if self.at_message else "250 Kept"
        if not answer.startswith(("4", "5")):
            self.mails.append(envelope.original_content or b"")
        if answer != "cut":
            return answer
        assert server.transport is not None
        server.transport.abort()
        return None


@contextmanager
def relaying(certificate: Path | None = None) -> Iterator[Relay]:
    """A relay on loopback; with a certificate it begins TLS, which only those take who trust it."""
    relay, port = Relay(), free_port()
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    controller = Controller(relay, hostname="127.0.0.1", port=port, tls_context=tls)
    controller.start()
    relay.url = f"{'smtp+starttls' if certificate else 'smtp'}://127.0.0.1:{port}"
    try:
        yield relay
    finally:
        controller.stop()
