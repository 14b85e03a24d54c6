"""The chat widget's frames and session tokens. A session id is an address nobody else can make; the token proves it.

Pure. Refuses (Unparseable) a frame that is no message, (BadSignature) a token that this key did not sign.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

import msgspec

from channels.envelope import Address, Attachment, BadSignature, Claims, DoorRequest, Inbound, Receipt, Unparseable
from channels.form import Form, answers_of
from channels.form_body import read_body
from channels.webform import claims_of, told_of

MOST_CHARACTERS = 4000
MOST_BYTES = 32_768
FILE_BYTES = 10 << 20
MOST_USER = 200
#: No proof of the clinic's site may hold for longer: a day, and some minutes for clocks that differ.
USER_SECONDS = 86_400 + 300
#: The form whose questions come before a chat, where the clinic has one.
QUESTIONS = "chat"
#: Kept with an arrival: its session, and whom the clinic's site has signed in.
SESSION_HEADER, USER_HEADER = "x-chat-session", "x-chat-user"
_SESSION = re.compile(r"[A-Za-z0-9_-]{43}")
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,100}")
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Frame(msgspec.Struct):
    client_id: str
    text: str
    name: str | None = None
    answers: dict[str, str] = {}
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


def session_of(user: str, key: bytes) -> str:
    """The session of somebody whom the clinic's own site has signed in: the same from any device."""
    mac = hmac.new(key, b"chat user\0" + user.encode("utf-8", "replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def check_user(user: str, until: int, proof: str, secret: str, now: float) -> None:
    """BadSignature unless `proof` is the HMAC-SHA256 of the id, a newline and `until` under the clinic's secret, in
    hex, and `until` (unix seconds) is to come within USER_SECONDS."""
    signed = f"{user}\n{until}".encode("utf-8", "replace")
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    if not now < until <= now + USER_SECONDS:
        raise BadSignature("the proof of this user has run out, or would hold for too long")
    if not 0 < len(user) <= MOST_USER or not hmac.compare_digest(proof.encode("utf-8", "replace"), expected.encode()):
        raise BadSignature("this user is not signed by the clinic's site")


def verify(request: DoorRequest, key: bytes) -> None:
    """BadSignature unless the frame's `session`, where it carries one, is a token of ours."""
    resumed = _frame(request.body).session
    if resumed:
        open_token(resumed, key)


def parse(request: DoorRequest, session: str, line: str = "chat", form: Form | None = None) -> Inbound:
    """One frame `{client_id, text, name?, answers?}` of `session`. Name and answers (to the questions of `form`) are
    claims; `external_id` is the client's own id, kept apart by session so that one widget cannot pre-empt another's."""
    frame = _frame(request.body)
    text, name = _clean(frame.text).strip(), _clean(frame.name or "").strip()[:100]
    if not text:
        raise Unparseable("an empty message")
    if len(text) > MOST_CHARACTERS:
        raise Unparseable(f"a message longer than {MOST_CHARACTERS} characters")
    claims = claims_of({"name": name} | {key: _clean(answer).strip() for key, answer in frame.answers.items()})
    return Inbound(
        channel="chat",
        external_id=arrival_key(request, session),
        sender=Address("chat", session),
        line=line,
        sender_name=claims.name[:100],
        text="\n\n".join(part for part in (_answered(form, frame.answers), text) if part),
        claims=claims if claims != Claims() else None,
        details=_details(request),
    )


def parse_file(request: DoorRequest, session: str, line: str = "chat") -> Inbound:
    """One uploaded file of `session`, with its `client_id`; its type is what its bytes say, its name a claim."""
    body = read_body(request)
    client_id = body.fields.get("client_id", "")
    if not body.files or not _CLIENT_ID.fullmatch(client_id):
        raise Unparseable("no file with a client_id")
    kind = file_type(body.files[0].content)
    if not kind:
        raise Unparseable("a file of a kind that is not taken")
    file = body.files[0]
    name = _clean(file.name).strip()[:120] or "file"
    return Inbound(
        channel="chat",
        external_id=_key(session, client_id),
        sender=Address("chat", session),
        line=line,
        text=name,
        attachments=(Attachment(name, kind, len(file.content), content=file.content),),
        details=_details(request),
    )


def file_type(content: bytes) -> str:
    """The media type of pictures and PDFs by their first bytes; empty for all else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:12] in (b"ftypheic", b"ftypmif1"):
        return "image/heic"
    return next((kind for start, kind in _STARTS if content.startswith(start)), "")


def arrival_key(request: DoorRequest, session: str) -> str:
    """(session, client id) as one key; the session is hashed since its id is half of a secret."""
    return _key(session, _frame(request.body).client_id)


def parse_receipt(request: DoorRequest) -> Receipt:
    """Chat has no receipts from a provider: Unparseable. What is on screen was delivered."""
    raise Unparseable("chat has no receipts")


def _frame(body: bytes) -> _Frame:
    if len(body) > MOST_BYTES:
        raise Unparseable("a frame that is too large")
    try:
        frame = msgspec.json.decode(body, type=_Frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Unparseable("no frame with client_id and text") from None
    if not _CLIENT_ID.fullmatch(frame.client_id):
        raise Unparseable("no usable client_id")
    return frame


def _key(session: str, client_id: str) -> str:
    return f"{hashlib.sha256(session.encode()).hexdigest()[:24]}:{client_id}"


def _answered(form: Form | None, answers: dict[str, str]) -> str:
    """What was answered before the chat, under the labels of its questions."""
    cleaned = {name: _clean(answer).strip() for name, answer in answers.items()}
    return told_of(form, answers_of(form, cleaned)) if form is not None and answers else ""


def _details(request: DoorRequest) -> dict[str, str]:
    """What the door found out about whoever writes: the user of the clinic's site."""
    user = request.headers.get(USER_HEADER, "")
    return {"site": user} if user else {}


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)


def _mac(session: str, key: bytes) -> str:
    return hmac.new(key, b"chat session\0" + session.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
