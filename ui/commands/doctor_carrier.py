"""What `warmline doctor` asks of the carrier: the account through its API, our own address, who signed what."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ui.commands.doctor_finding import Finding

if TYPE_CHECKING:
    from inbox.practice import Practice
    from inbox.settings import Settings


def findings(settings: Settings) -> Iterator[Finding]:
    """A line for the account and what belongs to it, one for the vendors, one for our own address."""
    practice = _practice(settings)
    yield from _twilio(settings, practice)
    yield _vendors(settings, practice)
    yield _reach(settings)


def _twilio(settings: Settings, practice: Practice | None) -> Iterator[Finding]:
    from inbox import carrier

    if carrier.is_pretended(settings, "sms"):
        yield Finding("twilio", "ok", "the demo's pretend carrier")
    elif not settings.twilio_account_sid:
        words = "texts and calls are off until WARMLINE_TWILIO_ACCOUNT_SID and _AUTH_TOKEN are set"
        yield Finding("twilio", "warn", words)
    elif not _is_token(settings.twilio_auth_token):
        words = "WARMLINE_TWILIO_AUTH_TOKEN is not 32 hexadecimal digits: copy it from the console again"
        yield Finding("twilio", "fail", words)
    else:
        yield from _asked(settings, practice)


def _asked(settings: Settings, practice: Practice | None) -> Iterator[Finding]:
    from channels import twilio_account
    from channels.envelope import SendFailed
    from inbox.house import House

    lines = [line.address for line in practice.lines if line.address.startswith("+")] if practice else []
    house = House(settings)
    try:
        facts = asyncio.run(twilio_account.inspect(house.twilio))
    except SendFailed as failure:
        yield Finding("twilio", "fail", f"{failure.reason} Mend WARMLINE_TWILIO_ACCOUNT_SID and _AUTH_TOKEN.")
        return
    finally:
        house.close()
    for found in twilio_account.judge(facts, settings.public_url, lines):
        yield Finding(found.part, found.state, found.words)


def _vendors(settings: Settings, practice: Practice | None) -> Finding:
    from channels.vendors import barrier
    from inbox.clock import utc_now

    if practice is None:
        return Finding("vendors", "warn", "cannot be read without the database")
    used = [
        kind
        for kind, is_on in (("sms", settings.twilio_account_sid), ("mail", settings.smtp_url or settings.is_demo))
        if is_on
    ]
    why = [reason for kind in used if (reason := barrier(practice.vendors, kind, utc_now().date()))]
    if why:
        words = f"{'; '.join(why)}: such words go as secure links. Register who carries them under Channels"
        return Finding("vendors", "warn", words)
    return Finding(
        "vendors", "ok", "an agreement (BAA) is on record for each channel that carries words about patients"
    )


def _reach(settings: Settings) -> Finding:
    """Whether our public address leads to us, as the carrier would find it."""
    from channels import twilio_account

    address = settings.public_url
    if not address.startswith("https://"):
        if settings.is_demo:
            return Finding("address", "ok", "the demo's own: a real carrier would need https")
        return Finding("address", "fail", f"{address} is not https: a carrier brings nothing there")
    leads = asyncio.run(twilio_account.leads_to_us(address))
    if leads is None:
        return Finding("address", "warn", f"{address} does not answer from here: is `warmline serve` running?")
    if leads:
        return Finding("address", "ok", f"{address} leads to us")
    return Finding("address", "fail", f"{address} leads to somebody else: mend the proxy or the name")


def _practice(settings: Settings) -> Practice | None:
    from inbox import practice, vitals
    from inbox.errors import OutdatedSchema, Unavailable
    from inbox.store.database import Database

    try:
        vitals.require_database(settings)
    except (OutdatedSchema, Unavailable):
        return None
    database = Database(settings.database_url)
    try:
        with database.snapshot() as reading:
            return practice.read(reading)
    finally:
        database.close()


def _is_token(text: str) -> bool:
    return len(text) == 32 and all(sign in "0123456789abcdef" for sign in text)
