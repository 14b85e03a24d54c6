"""Every setting, read once from the environment. A wrong one stops the start: its name, the fault, an example."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import msgspec

from inbox.errors import SettingWrong

DEMO_SECRET = "demo-only-secret-that-production-refuses"  # noqa: S105  # named so that production can refuse it
LOOPBACK = {"localhost", "127.0.0.1", "::1"}

Mode = Literal["demo", "production"]


class Settings(msgspec.Struct, frozen=True):
    """What an operator decides. URLs carry no trailing slash; durations are seconds."""

    mode: Mode = "demo"
    data_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    secret_key: str = DEMO_SECRET
    trusted_proxies: tuple[str, ...] = ()
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_auth_token_secondary: str = ""
    twilio_messaging_service_sid: str = ""
    twilio_api_url: str = ""
    #: For the phone in the browser: an API key with its secret, and the TwiML application it calls through.
    twilio_api_key_sid: str = ""
    twilio_api_key_secret: str = ""
    twilio_voice_app_sid: str = ""
    smtp_url: str = ""
    smtp_listen: str = ""
    mail_from: str = ""
    mail_door_token: str = ""
    imap_url: str = ""
    authserv_id: str = ""
    demo_traffic: bool = True
    #: Replies from screens wait so long before they leave, so that they can be taken back.
    undo_seconds: int = 10
    #: Who is told of what nobody answers for: phone numbers (E.164) and mail addresses.
    on_call: tuple[str, ...] = ()

    @property
    def embedded(self) -> bool:
        """No Redis: worker and timers run inside `serve`."""
        return not self.redis_url

    @property
    def is_demo(self) -> bool:
        """The made-up clinic: the sandbox carrier answers, demo people may sign in."""
        return self.mode == "demo"


#: In demo mode the sandbox carrier signs its webhooks like Twilio, with these.
DEMO_ACCOUNT_SID = "AC" + "0" * 30 + "42"
DEMO_AUTH_TOKEN = "demo-token"  # noqa: S105  # the sandbox's own, refused in production
DEMO_MAIL_DOOR_TOKEN = "demo-mail-door"  # noqa: S105  # the same


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """Reads and checks `WARMLINE_*`. Raises SettingWrong for the first fault."""
    values = dict(os.environ if environment is None else environment)
    mode = _get(values, "MODE", "demo")
    if mode not in ("demo", "production"):
        raise _wrong("MODE", f"{mode!r} is neither 'demo' nor 'production'", "WARMLINE_MODE=production")
    data_dir = Path(_get(values, "DATA_DIR", "var")).absolute()
    demo = mode == "demo"
    settings = Settings(
        mode=mode,  # type: ignore[arg-type]  # checked above
        data_dir=data_dir,
        database_url=_database(values, data_dir),
        redis_url=_url(values, "REDIS_URL", {"redis", "rediss", "unix"}, "redis://127.0.0.1:6379/0"),
        public_url=_url(values, "PUBLIC_URL", {"http", "https"}, "https://inbox.example.org")
        or "http://127.0.0.1:8000",
        secret_key=_get(values, "SECRET_KEY", DEMO_SECRET if demo else ""),
        trusted_proxies=_proxies(values),
        twilio_account_sid=_sid(values, "TWILIO_ACCOUNT_SID", "AC", DEMO_ACCOUNT_SID if demo else ""),
        twilio_auth_token=_get(values, "TWILIO_AUTH_TOKEN", DEMO_AUTH_TOKEN if demo else ""),
        twilio_auth_token_secondary=_get(values, "TWILIO_AUTH_TOKEN_SECONDARY", ""),
        twilio_messaging_service_sid=_sid(values, "TWILIO_MESSAGING_SERVICE_SID", "MG"),
        twilio_api_key_sid=_sid(values, "TWILIO_API_KEY_SID", "SK"),
        twilio_api_key_secret=_get(values, "TWILIO_API_KEY_SECRET", ""),
        twilio_voice_app_sid=_sid(values, "TWILIO_VOICE_APP_SID", "AP"),
        twilio_api_url=_url(values, "TWILIO_API_URL", {"http", "https"}, "https://api.twilio.com"),
        smtp_url=_smtp(values),
        smtp_listen=_listen(values, demo),
        mail_from=_mailbox(values, demo),
        mail_door_token=_get(values, "MAIL_DOOR_TOKEN", DEMO_MAIL_DOOR_TOKEN if demo else ""),
        imap_url=_imap(values),
        authserv_id=_authserv(values),
        demo_traffic=_flag(values, "DEMO_TRAFFIC", True),
        undo_seconds=_undo(values),
        on_call=_on_call(values),
    )
    if not demo:
        _check_production(settings)
    return settings


def _get(values: Mapping[str, str], name: str, default: str) -> str:
    file = values.get(f"WARMLINE_{name}_FILE")
    if file:
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise _wrong(f"{name}_FILE", f"cannot be read ({error.strerror})", "a file this process may read") from None
    return values.get(f"WARMLINE_{name}", "").strip() or default


def _url(values: Mapping[str, str], name: str, schemes: set[str], example: str) -> str:
    value = _get(values, name, "").rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise _wrong(name, f"is not an address ({error})", example) from None
    if parts.scheme not in schemes or not (parts.hostname or (parts.scheme == "unix" and parts.path)):
        raise _wrong(name, f"needs one of the schemes {', '.join(sorted(schemes))} and a host", example)
    return value


def _database(values: Mapping[str, str], data_dir: Path) -> str:
    value = _get(values, "DATABASE_URL", f"sqlite:///{data_dir / 'warmline.db'}")
    scheme = value.split(":", 1)[0]
    if scheme == "postgresql":
        return "postgresql+psycopg" + value[len("postgresql") :]
    if scheme not in {"sqlite", "postgresql+psycopg"}:
        raise _wrong("DATABASE_URL", f"cannot use {scheme!r}", "postgresql://warmline@127.0.0.1/warmline")
    return value


def _sid(values: Mapping[str, str], name: str, prefix: str, default: str = "") -> str:
    value = _get(values, name, default)
    if value and not (value.startswith(prefix) and len(value) == 34 and value.isalnum()):
        raise _wrong(name, f"is not {prefix!r} and 32 characters", f"{prefix}0123456789abcdef0123456789abcdef")
    return value


def _proxies(values: Mapping[str, str]) -> tuple[str, ...]:
    given = tuple(part.strip() for part in _get(values, "TRUSTED_PROXIES", "").split(",") if part.strip())
    for address in given:
        try:
            ip_address(address)
        except ValueError:
            raise _wrong("TRUSTED_PROXIES", f"{address!r} is no IP address", "10.0.0.5,10.0.0.6") from None
    return given


def _mailbox(values: Mapping[str, str], demo: bool) -> str:
    value = _get(values, "MAIL_FROM", "clinic@warmline.example" if demo else "")
    if value and not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", value):
        raise _wrong("MAIL_FROM", "is not one bare mail address", "inbox@clinic.example.org")
    return value


def _smtp(values: Mapping[str, str]) -> str:
    example = "smtp+starttls://user:password@mail.example.org:587"
    value = _url(values, "SMTP_URL", {"smtp", "smtp+starttls", "smtps"}, example)
    parts = urlsplit(value)
    if parts.scheme == "smtp" and parts.hostname not in LOOPBACK:
        raise _wrong("SMTP_URL", "would send mail in clear text to another machine", example)
    return value


def _imap(values: Mapping[str, str]) -> str:
    example = "imaps://inbox%40clinic.example.org:password@mail.example.org/INBOX"
    value = _url(values, "IMAP_URL", {"imap", "imap+starttls", "imaps"}, example)
    parts = urlsplit(value)
    if parts.scheme == "imap" and parts.hostname not in LOOPBACK:
        raise _wrong("IMAP_URL", "would fetch mail in clear text from another machine", example)
    if value and not (parts.username and parts.password and parts.path.isascii()):
        raise _wrong("IMAP_URL", "needs a user, a password and a folder in ASCII", example)
    return value


def _authserv(values: Mapping[str, str]) -> str:
    """The name under which the last mail server of our own writes Authentication-Results (RFC 8601 §2.2)."""
    value = _get(values, "AUTHSERV_ID", "").lower()
    if value and not re.fullmatch(r"[a-z0-9._-]{1,255}", value):
        raise _wrong("AUTHSERV_ID", f"{value!r} is not a host name", "mx.example.org")
    return value


def _listen(values: Mapping[str, str], demo: bool) -> str:
    value = _get(values, "SMTP_LISTEN", "127.0.0.1:2525" if demo else "")
    if value in {"", "off"}:
        return ""
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise _wrong("SMTP_LISTEN", f"{value!r} is not HOST:PORT", "127.0.0.1:2525")
    return value


def _flag(values: Mapping[str, str], name: str, default: bool) -> bool:
    value = _get(values, name, "1" if default else "0").lower()
    if value not in {"0", "1", "true", "false", "yes", "no"}:
        raise _wrong(name, f"{value!r} is neither 0 nor 1", f"WARMLINE_{name}=0")
    return value in {"1", "true", "yes"}


def _undo(values: Mapping[str, str]) -> int:
    value = _get(values, "UNDO_SECONDS", "10")
    if not value.isdecimal() or int(value) > 30:
        raise _wrong("UNDO_SECONDS", f"{value!r} is not 0 to 30", "WARMLINE_UNDO_SECONDS=10")
    return int(value)


def _on_call(values: Mapping[str, str]) -> tuple[str, ...]:
    given = tuple(part.strip() for part in _get(values, "ON_CALL", "").split(",") if part.strip())
    for address in given:
        if not re.fullmatch(r"\+[1-9]\d{6,14}|[^\s@<>,;]+@[^\s@<>,;]+", address):
            example = "+14155550123,on-call@clinic.example.org"
            raise _wrong(
                "ON_CALL", f"{address!r} is neither a phone number with its country nor a mail address", example
            )
    return given


def _check_production(settings: Settings) -> None:
    public = urlsplit(settings.public_url)
    if public.scheme != "https" and public.hostname not in LOOPBACK:
        raise _wrong("PUBLIC_URL", "is not https", "https://inbox.example.org")
    if settings.secret_key in {"", DEMO_SECRET} or len(settings.secret_key) < 32:
        raise _wrong("SECRET_KEY", "is missing, short or the demo's", "the output of `openssl rand -base64 32`")
    if settings.twilio_auth_token == DEMO_AUTH_TOKEN:
        raise _wrong("TWILIO_AUTH_TOKEN", "is the demo's", "the auth token of your account")
    if settings.mail_door_token == DEMO_MAIL_DOOR_TOKEN:
        raise _wrong("MAIL_DOOR_TOKEN", "is the demo's", "the output of `openssl rand -base64 32`")
    _check_transports(settings)


def _check_transports(settings: Settings) -> None:
    """Nothing leaves this machine in clear text, or to a server whose name nobody checked (security.md §3.10)."""
    database, query = urlsplit(settings.database_url), parse_qs(urlsplit(settings.database_url).query)
    host = database.hostname or query.get("host", [""])[0]
    remote = database.scheme != "sqlite" and host and host not in LOOPBACK and not host.startswith("/")
    if remote and query.get("sslmode") != ["verify-full"]:
        example = "postgresql://warmline@db.example.org/warmline?sslmode=verify-full"
        raise _wrong("DATABASE_URL", "does not check the server it sends to", example)
    twilio = urlsplit(settings.twilio_api_url)
    if twilio.scheme == "http" and twilio.hostname not in LOOPBACK:
        raise _wrong("TWILIO_API_URL", "is not encrypted", "https://api.twilio.com")
    redis = urlsplit(settings.redis_url)
    if redis.scheme == "redis" and redis.hostname not in LOOPBACK:
        raise _wrong("REDIS_URL", "is not encrypted", "rediss://redis.example.org:6379/0")


def _wrong(name: str, fault: str, example: str) -> SettingWrong:
    return SettingWrong(f"WARMLINE_{name} {fault}. Example: {example}")
