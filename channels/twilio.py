"""What every Twilio door shares: the account, the signature over raw bytes, the form as text.

Refuses a request that no secret of the account signed. Nothing here touches a wire; see `twilio_rest` for that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote_to_bytes

import msgspec

from channels.envelope import BadSignature, DoorRequest, Unparseable

FORM_TYPE = "application/x-www-form-urlencoded"
SIGNATURE_HEADER = "x-twilio-signature"
SETTINGS_HEADER = "x-twilio-webhooks-signature-settings"
_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_URL = re.compile(r"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_BODY_HASH = re.compile(r"[?&]bodySHA256=([^&#]*)")


class Account(msgspec.Struct, frozen=True):
    """One Twilio account. `tokens`: primary, then secondary while rotating; `signing_keys`: key id → secret of the
    SHA-256 scheme; `api_url` empty for Twilio's own."""

    account_sid: str
    tokens: tuple[str, ...] = ()
    signing_keys: dict[str, str] = {}
    api_url: str = ""
    messaging_service_sid: str = ""

    def __repr__(self) -> str:
        return f"Account({self.account_sid!r})"


class Form(msgspec.Struct, frozen=True):
    """The fields of a form, the first value of each name, fit for a database; `defects` says what had to be mended."""

    fields: dict[str, str]
    defects: tuple[str, ...] = ()


def verify(request: DoorRequest, account: Account) -> None:
    """BadSignature unless one of the account's secrets signed this URL and body (twilio.com/docs/usage/security).

    A form is signed by its decoded parameters; any other body by `bodySHA256` in the URL, without which it is refused.
    """
    signature = request.headers.get(SIGNATURE_HEADER, "")
    if not signature:
        raise BadSignature("no X-Twilio-Signature header")
    algorithm, secrets = _scheme(request.headers.get(SETTINGS_HEADER, ""), account)
    pairs = _signed_pairs(request)
    given = signature.strip().encode("utf-8", "replace")
    if not any(
        hmac.compare_digest(_digest(url, pairs, secret, algorithm), given)
        for secret in secrets
        for url in _spellings(request.url)
    ):
        raise BadSignature("the signature matches neither the URL nor the parameters with any known secret")


def sign(url: str, pairs: Iterable[tuple[str, str]], secret: str, algorithm: str = "HMAC_SHA1") -> str:
    """The `X-Twilio-Signature` Twilio would send for this URL and these form parameters."""
    encoded = {(name.encode("utf-8", "replace"), value.encode("utf-8", "replace")) for name, value in pairs}
    return _digest(url, sorted(encoded), secret, _ALGORITHMS[algorithm]).decode()


def pick_account(request: DoorRequest, accounts: Sequence[Account]) -> Account:
    """The account named by the payload's `AccountSid`, else the first. BadSignature when none is configured."""
    if not accounts:
        raise BadSignature("no account is configured")
    named = parse_form(request.body).fields.get("AccountSid", "")
    return next((account for account in accounts if account.account_sid == named), accounts[0])


def form(body: bytes) -> dict[str, str]:
    """The fields of a form body; never raises, whatever the bytes."""
    return parse_form(body).fields


def parse_form(body: bytes) -> Form:
    """The same with what had to be mended: NULs are dropped (databases refuse them), bytes that are no UTF-8
    (lone surrogates among them) become U+FFFD."""
    fields: dict[str, str] = {}
    defects: dict[str, None] = {}
    for raw_name, raw_value in _pairs(body):
        name, value = _text(raw_name, defects), _text(raw_value, defects)
        if name in fields:
            defects["repeated field"] = None
        fields.setdefault(name, value)
    return Form(fields, tuple(defects))


def required(fields: dict[str, str], *names: str) -> tuple[str, ...]:
    """The non-empty values of `names`; Unparseable names the first that is missing."""
    for name in names:
        if not fields.get(name):
            raise Unparseable(f"no {name}")
    return tuple(fields[name] for name in names)


def _scheme(settings: str, account: Account) -> tuple[str, Sequence[str]]:
    """(hash name, secrets that may have signed). An empty secret would let anybody sign, so it never counts."""
    named = dict(part.strip().split("=", 1) for part in settings.split(",") if "=" in part)
    algorithm = _ALGORITHMS.get(named.get("algorithm", "HMAC_SHA1").strip().upper(), "")
    if not algorithm:
        raise BadSignature("unknown signature algorithm")
    # a key that nobody configured: the account's own tokens are secrets too, and no weaker with SHA-256
    shared = account.signing_keys.get(named.get("key", "").strip(), "")
    secrets = tuple(secret for secret in ((shared,) if shared else account.tokens) if secret)
    if not secrets:
        raise BadSignature("no secret is configured for this signature")
    return algorithm, secrets


def _signed_pairs(request: DoorRequest) -> list[tuple[bytes, bytes]]:
    if request.method.upper() == "GET":
        return []
    expected = _BODY_HASH.search(request.url)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM_TYPE or (not kind and not expected):
        return sorted(set(_pairs(request.body)))
    if not expected:
        raise BadSignature("the body is no form and the URL has no bodySHA256")
    actual = hashlib.sha256(request.body).hexdigest().encode()
    if not hmac.compare_digest(actual, expected[1].lower().encode("utf-8", "replace")):
        raise BadSignature("the body does not match bodySHA256")
    return []


def _pairs(body: bytes) -> list[tuple[bytes, bytes]]:
    """Form parameters as raw bytes: blanks stay, since Twilio signs them too, and nothing is decoded with loss."""
    pairs = []
    for part in body.replace(b"+", b" ").split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return pairs


def _digest(url: str, pairs: Iterable[tuple[bytes, bytes]], secret: str, algorithm: str) -> bytes:
    signed = url.encode("utf-8", "replace") + b"".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.digest(secret.encode("utf-8", "replace"), signed, algorithm))


def _spellings(url: str) -> list[str]:
    """The URL with and without its port: Twilio signs either. Credentials in it belong to what is signed."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return [url]
    scheme, authority, rest = parts.groups()
    bare = re.sub(r":\d*$", "", authority)
    port = authority[len(bare) + 1 :] or ("443" if scheme.lower() == "https" else "80")
    return [f"{scheme}://{bare}{rest}", f"{scheme}://{bare}:{port}{rest}"]


def _text(raw: bytes, defects: dict[str, None]) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode(errors="replace")
        defects["not UTF-8"] = None
    if "\0" in text:
        text = text.replace("\0", "")
        defects["NUL characters removed"] = None
    return text
