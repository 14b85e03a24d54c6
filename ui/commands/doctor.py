"""`warmline doctor`: each part of the installation on a line, ok, warn or fail, with the mend. Prints no secret."""

from __future__ import annotations

import argparse
import shutil
import smtplib
import ssl
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ui.commands import doctor_carrier
from ui.commands.doctor_finding import Finding
from ui.commands.house import show

if TYPE_CHECKING:
    from inbox.settings import Settings

SECONDS = 5.0
GIB = 1 << 30


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers `doctor`."""
    parser = commands.add_parser("doctor", help="check settings, database, Redis, mail, Twilio, keys, clock, disk")
    parser.add_argument("--json", action="store_true", help="one object {checks}")
    parser.set_defaults(func=examine)


def examine(args: argparse.Namespace) -> int:
    """A line for each part; 1 when one of them fails."""
    found = list(_findings())
    if args.json:
        show({"checks": [finding._asdict() for finding in found]})
    else:
        for finding in found:
            print(f"{finding.state:<5} {finding.part:<10} {finding.words}")
    return 1 if any(finding.state == "fail" for finding in found) else 0


def _findings() -> Iterator[Finding]:
    from inbox import settings
    from inbox.errors import SettingWrong

    try:
        read = settings.read()
    except SettingWrong as error:
        yield Finding("settings", "fail", error.detail)
        return
    yield Finding("settings", "ok", f"mode {read.mode}, public address {read.public_url}")
    for part, check in CHECKS.items():
        state, words = check(read)
        yield Finding(part, state, words)
    yield from doctor_carrier.findings(read)


def _database(settings: Settings) -> tuple[str, str]:
    from inbox import vitals
    from inbox.errors import OutdatedSchema, Unavailable

    try:
        vitals.require_database(settings)
    except (OutdatedSchema, Unavailable) as error:
        return "fail", error.detail
    return "ok", f"{settings.database_url.partition(':')[0].partition('+')[0]}, schema at the newest version"


def _redis(settings: Settings) -> tuple[str, str]:
    from inbox import jobs

    if settings.embedded:
        return "ok", "not used: embedded mode"
    if jobs.answers(settings.redis_url):
        return "ok", "answers"
    return "fail", "does not answer: start it, or mend WARMLINE_REDIS_URL"


def _smtp(settings: Settings) -> tuple[str, str]:
    if not settings.smtp_url:
        return "ok" if settings.is_demo else "warn", _unset(settings, "mail is not sent until WARMLINE_SMTP_URL is set")
    parts = urlsplit(settings.smtp_url)
    try:
        return "ok", _greet(parts.scheme, parts.hostname or "", parts.port)
    except (OSError, smtplib.SMTPException) as error:
        return "fail", f"{parts.hostname} does not take mail safely ({type(error).__name__}): mend WARMLINE_SMTP_URL"


def _greet(scheme: str, host: str, port: int | None) -> str:
    context = ssl.create_default_context()
    if scheme == "smtps":
        with smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=context) as server:
            server.noop()
        return f"{host} answers over TLS"
    with smtplib.SMTP(host, port or (587 if scheme.endswith("starttls") else 25), timeout=SECONDS) as server:
        if scheme == "smtp":
            return f"{host} answers in clear text on this machine"
        server.starttls(context=context)
        return f"{host} answers and begins TLS"


def _imap(settings: Settings) -> tuple[str, str]:
    from channels import mail_imap

    if not settings.imap_url:
        return "ok", "not used: no mailbox is read"
    try:
        with mail_imap.opened(settings.imap_url) as mailbox:
            return "ok", f"the mailbox opens and numbers its mails up to {mailbox.newest}"
    except mail_imap.MailboxDown as down:
        return "fail", f"the mailbox cannot be read, {down}: mend WARMLINE_IMAP_URL"


def _keys(settings: Settings) -> tuple[str, str]:
    from inbox.settings import DEMO_SECRET

    if settings.secret_key == DEMO_SECRET:
        return "warn", "the demo's secret: set WARMLINE_SECRET_KEY to the output of `openssl rand -base64 32`"
    return "ok", "a secret of our own"


def _disk(settings: Settings) -> tuple[str, str]:
    folder = next(part for part in (settings.data_dir, *settings.data_dir.parents) if part.exists())
    free = shutil.disk_usage(folder).free
    if free < GIB:
        state = "fail" if free < GIB // 10 else "warn"
        return state, f"{free // (1 << 20)} MiB free under {folder}: make room before messages cannot be stored"
    if folder == settings.data_dir and folder.stat().st_mode & 0o077:
        return "warn", f"{folder} is open to other accounts of this machine: chmod 700 {folder}"
    return "ok", f"{free // GIB} GiB free under {folder}"


def _encryption(settings: Settings) -> tuple[str, str]:
    return "warn", "records and files are not encrypted by the program: keep them on an encrypted disk"


def _clock(settings: Settings) -> tuple[str, str]:
    from inbox import vitals
    from inbox.errors import Unavailable
    from inbox.store.database import Database

    database = Database(settings.database_url)
    try:
        skew = vitals.clock_skew(database)
    except Unavailable as error:
        return "fail", error.detail
    finally:
        database.close()
    if skew is None:
        return "ok", "one machine, one clock; keep it set by NTP"
    if abs(skew) > 1:
        return "fail", f"the database's clock is {skew:+.1f} s off ours: set both by NTP"
    return "ok", f"the database's clock agrees within {abs(skew):.2f} s"


def _work(settings: Settings) -> tuple[str, str]:
    from inbox import vitals
    from inbox.errors import Unavailable
    from inbox.store.database import Database

    database = Database(settings.database_url)
    try:
        faults = vitals.faults(vitals.look(database))
    except Unavailable as error:
        return "fail", error.detail
    finally:
        database.close()
    return (
        ("warn", "; ".join(f"{name}: {fault}" for name, fault in faults.items())) if faults else ("ok", "nothing waits")
    )


def _unset(settings: Settings, words: str) -> str:
    return "the demo's pretend carrier" if settings.is_demo else words


def _on_call(settings: Settings) -> tuple[str, str]:
    if not settings.on_call:
        return "warn", "nobody is told of an emergency outside hours; set WARMLINE_ON_CALL=+14155550123"
    return "ok", f"{len(settings.on_call)} told of what nobody answers for"


CHECKS: dict[str, Callable[[Settings], tuple[str, str]]] = {
    "database": _database,
    "redis": _redis,
    "smtp": _smtp,
    "imap": _imap,
    "keys": _keys,
    "encryption": _encryption,
    "clock": _clock,
    "disk": _disk,
    "work": _work,
    "on_call": _on_call,
}
