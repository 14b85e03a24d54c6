"""The chat widget's frames and session tokens. A session id is an address nobody else can make; the token proves it.

Pure. Refuses (Unparseable) a frame that is no message, (BadSignature) a token that this key did not sign.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any

import msgspec

from channels.envelope import Address, BadSignature, Claims, DoorRequest, Inbound, Receipt, Unparseable

MOST_CHARACTERS = 4000
MOST_BYTES = 32_768
_SESSION = re.compile(r"[A-Za-z0-9_-]{43}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Frame(msgspec.Struct):
    client_id: str
    text: str
    name: str | None = None
    session: str | None = None


def new_session() -> str:
    """A session id of 256 random bits, 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def token(session: str, key: bytes) -> str:
    """What the widget keeps to resume its session: the id and its HMAC-SHA256."""
    return f"{session}.{_mac(session, key)}"


def open_token(text: str, key: bytes) -> str:
    """The session id in a token; BadSignature for anything else."""
    session, _, mac = text.partition(".")
    expected = _mac(session, key)
    if not _SESSION.fullmatch(session) or not hmac.compare_digest(mac.encode("utf-8", "replace"), expected.encode()):
        raise BadSignature("this is no session token of ours")
    return session


def verify(request: DoorRequest, key: bytes) -> None:
    """BadSignature unless the frame's `session`, where it carries one, is a token of ours."""
    resumed = _frame(request.body).session
    if resumed:
        open_token(resumed, key)


def parse(request: DoorRequest, session: str, line: str = "chat") -> Inbound:
    """One frame `{client_id, text, name?}` of `session`. `name` is a claim; `external_id` is the client's own id,
    kept apart by session so that one widget cannot pre-empt another's."""
    frame = _frame(request.body)
    text, name = _clean(frame.text).strip(), _clean(frame.name or "").strip()[:100]
    if not text:
        raise Unparseable("an empty message")
    if len(text) > MOST_CHARACTERS:
        raise Unparseable(f"a message longer than {MOST_CHARACTERS} characters")
    return Inbound(
        channel="chat",
        external_id=arrival_key(request, session),
        sender=Address("chat", session),
        line=line,
        sender_name=name,
        text=text,
        claims=Claims(name=name) if name else None,
    )


def arrival_key(request: DoorRequest, session: str) -> str:
    """(session, client id) as one key; the session is hashed since its id is half of a secret."""
    return f"{hashlib.sha256(session.encode()).hexdigest()[:24]}:{_frame(request.body).client_id}"


def parse_receipt(request: DoorRequest) -> Receipt:
    """Chat has no receipts from a provider: Unparseable. What is on screen was delivered."""
    raise Unparseable("chat has no receipts")


def _frame(body: bytes) -> _Frame:
    if len(body) > MOST_BYTES:
        raise Unparseable("a frame that is too large")
    try:
        frame: Any = msgspec.json.decode(body, type=_Frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Unparseable("no frame with client_id and text") from None
    if not re.fullmatch(r"[\x21-\x7e]{1,100}", frame.client_id):
        raise Unparseable("no usable client_id")
    return _Frame(frame.client_id, frame.text, frame.name, frame.session)


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)


def _mac(session: str, key: bytes) -> str:
    return hmac.new(key, b"chat session\0" + session.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
