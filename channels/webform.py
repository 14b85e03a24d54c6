"""Web forms: a signed token, what was typed, spam signs. What is typed about oneself is a claim.

Pure: the key and `now` are arguments. Refuses (Refused, with a sentence per field) only what its writer can mend on
the spot; suspicion never discards anything, it marks it `spam` for people to see.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Literal

from channels.envelope import (
    Address,
    Attachment,
    Claims,
    DoorRequest,
    Inbound,
    Receipt,
    Unparseable,
)
from channels.form import Field, Form, Language, answers_of, birth_on, field_errors, in_words
from channels.form_body import Body, read_body

TOKEN_AGE = timedelta(hours=2)
FILL_LEAST = timedelta(seconds=3)
LINKS_MOST = 3
ANSWER_LONGEST = 4000
#: A field no person sees: whatever stands in it was not written by one.
HONEYPOT = "website"
TOKEN_FIELD = "token"  # noqa: S105 - the name of a field, no secret
TokenState = Literal["good", "missing", "forged", "expired", "hasty"]

_LINK = re.compile(r"https?://|www\.|\[url", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Refused(Unparseable):
    """What the writer can mend: field name → sentence in the writer's language."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("the form is incomplete: " + ", ".join(sorted(fields)))
        self.fields = fields


def token(key: bytes, now: datetime, slug: str = "contact") -> str:
    """A token for one form on one screen: random id, issue time, HMAC. Its id makes a double click one arrival."""
    said = f"{secrets.token_urlsafe(12)}.{int(now.timestamp())}"
    return f"{said}.{_mac(key, slug, said)}"


def check_token(key: bytes, text: str, now: datetime, slug: str = "contact") -> TokenState:
    """good · missing · forged · expired (over 2 h) · hasty (filled in under 3 s); never raises."""
    if not text:
        return "missing"
    said, _, mac = text.rpartition(".")
    if not hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(key, slug, said).encode()):
        return "forged"
    age = now.timestamp() - int(said.rpartition(".")[2])
    if age > TOKEN_AGE.total_seconds():
        return "expired"
    return "hasty" if age < FILL_LEAST.total_seconds() else "good"


def verify(request: DoorRequest) -> None:
    """A form comes from anybody, so nobody is refused: what `check_token` finds odd marks it, and people decide."""


def parse(
    request: DoorRequest, form: Form, key: bytes, now: datetime, language: Language = "en", *, asks_name: bool = True
) -> Inbound:
    """A filled form. Refused names the fields to mend; Unparseable if the body cannot be read at all. A program cannot
    be asked for its writer's name: without `asks_name` it may be missing.

    A suspicious one has `machine="spam"` and its signs in `details["suspicion"]`: parked, and received all the same
    where its words carry a red flag.
    """
    body = read_body(request)
    answers = answers_of(form, {name: _clean(typed) for name, typed in body.fields.items()})
    suspicion = _suspicion(body.fields, check_token(key, body.fields.get(TOKEN_FIELD, ""), now, form.slug), answers)
    named = answers if asks_name or answers.get("name") else answers | {"name": "-"}
    errors = field_errors(form, named, language)
    if errors:
        raise Refused(errors)
    return Inbound(
        channel="webform",
        external_id=_key(body, request.body, form, now),
        sender=_sender(answers),
        line=form.slug,
        sender_name=answers.get("name", ""),
        at=now,
        text=told_of(form, answers),
        attachments=_files(body),
        claims=claims_of(answers),
        chosen_reason=answers.get("topic", ""),
        language="es" if language == "es" else "",
        machine="spam" if suspicion else None,
        defects=body.defects,
        details=_details(form, answers, suspicion),
    )


def parse_answer(request: DoorRequest) -> Inbound:
    """What stands in the reply box of an opened letter. The letter and the arrival's key are in the door's headers."""
    text = _clean(read_body(request).fields.get("text", ""))
    if not text or len(text) > ANSWER_LONGEST:
        raise Unparseable("an answer without words" if not text else "an answer that is too long")
    headers = request.headers
    return Inbound(
        channel="webform",
        external_id=headers.get("x-answer", ""),
        sender=None,
        line="",
        text=text,
        details={"secure": headers.get("x-secure", "")},
    )


def arrival_key(request: DoorRequest, form: Form, now: datetime) -> str:
    """The token's id, so that a double click is one arrival; without one the content within ten minutes."""
    return _key(read_body(request), request.body, form, now)


def parse_receipt(request: DoorRequest) -> Receipt:
    """Forms have no receipts: Unparseable."""
    raise Unparseable("web forms have no receipts")


def e164(text: str) -> str:
    """A *valid* North American or +-prefixed number in E.164, else empty: a merely possible one is no address."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _suspicion(fields: dict[str, str], state: TokenState, answers: dict[str, str]) -> list[str]:
    """A missing or old token alone is no sign: the form may be embedded without a script, the tab left open."""
    signs = [f"token {state}"] if state in ("forged", "hasty") else []
    if fields.get(HONEYPOT):
        signs.append("hidden field filled")
    if sum(len(_LINK.findall(answer)) for answer in answers.values()) >= LINKS_MOST:
        signs.append("many links")
    return signs


def _sender(answers: dict[str, str]) -> Address | None:
    phone, email = e164(answers.get("phone", "")), answers.get("email", "")
    if email:
        local, _, domain = email.rpartition("@")
        return Address("email", f"{local}@{domain.lower()}")
    return Address("phone", phone) if phone else None


def told_of(form: Form, answers: dict[str, str]) -> str:
    """The message, then every other answer that is not about who writes, under its label: staff and rules read it."""
    told = [field for field in form.fields if answers[field.name] and _is_told(field)]
    lines = [f"{field.label_en}: {in_words(field, answers[field.name])}" for field in told]
    return "\n".join(part for part in (answers.get("message", ""), *lines) if part)


def _is_told(field: Field) -> bool:
    return field.holds in ("clinical", "routing") and field.name not in ("message", "topic") and field.type != "file"


def claims_of(answers: dict[str, str]) -> Claims:
    """What somebody said of themselves in a form of ours."""
    return Claims(
        name=answers.get("name", ""),
        birth_on=birth_on(answers.get("birth_date", "")),
        phone=e164(answers.get("phone", "")),
        email=answers.get("email", ""),
    )


def _details(form: Form, answers: dict[str, str], suspicion: list[str]) -> dict[str, str]:
    known = {"name", "email", "birth_date", "topic", "message"}
    details = {f"answer.{name}": answer for name, answer in answers.items() if answer and name not in known}
    details["form"] = f"{form.slug}/{form.version}"
    return details | ({"suspicion": ", ".join(suspicion)} if suspicion else {})


def _files(body: Body) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(file.name, file.content_type, len(file.content), content=file.content) for file in body.files
    )


def _key(body: Body, raw: bytes, form: Form, now: datetime) -> str:
    given = body.fields.get(TOKEN_FIELD, "").partition(".")[0]
    if given:
        return f"{form.slug}:{hashlib.sha256(given.encode()).hexdigest()[:32]}"
    said = hashlib.sha256(raw).hexdigest()[:32]
    return f"{form.slug}:{int(now.timestamp()) // 600}:{said}"


def _mac(key: bytes, slug: str, said: str) -> str:
    return hmac.new(key, f"form\0{slug}\0{said}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


def _clean(answer: str) -> str:
    return _CONTROLS.sub("", answer).strip()
