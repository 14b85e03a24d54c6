"""STOP, START and their free-word kin in what patients write, and the safety text that a red flag sends back.

An opt-out works at once and is always also shown to a person. The provider answers STOP by itself: we record, we do not
answer twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from channels.envelope import Inbound
from inbox import automatic
from inbox.house import House
from inbox.store import contacts
from inbox.store.contacts import Contact
from inbox.store.database import Transaction
from patients import consent, keywords
from routing import safety
from routing.classify import Verdict
from routing.folding import fold
from routing.language import detect

#: Channels on which a word alone is a keyword.
TEXTED = frozenset({"sms", "whatsapp", "social"})
SAFETY_GAP = timedelta(hours=24)


def heed(unit: Transaction, inbound: Inbound, contact: Contact | None) -> str | None:
    """Writes what a keyword asks for into the ledger; answers the keyword."""
    if contact is None or inbound.channel not in TEXTED:
        return None
    found = keywords.recognise(inbound.text, opt_out_type=inbound.opt_out)
    if found.action in {"stop", "revoke"} and found.sure:
        _write(unit, inbound, contact, "revoke_all", "", found.because)
    elif found.action == "start":
        for purpose in consent.RESTORED_BY_START:
            _write(unit, inbound, contact, "grant", purpose, found.because)
    elif found.action == "wrong_number":
        _write(unit, inbound, contact, "revoke_all", "", found.because)
        contacts.end_links(unit, contact.id)
        contacts.mark(unit, contact.id, "reassigned")
        unit.record("contact.reassigned", actor_id=None, details={"contact": contact.id})
    return found.action


def answer_safely(
    unit: Transaction,
    house: House,
    inbound: Inbound,
    verdict: Verdict,
    conversation_id: int,
    contact: Contact | None,
) -> None:
    """The emergency or crisis text, once per conversation, kind and 24 h. The human alert never depends on it."""
    if contact is None or inbound.channel not in {*TEXTED, "chat"}:
        return
    practice = house.configuration.practice()
    since = unit.now - SAFETY_GAP
    # in an emergency the words count: a mother writes Spanish from a number whose record says English
    spoken = detect(fold(inbound.reply_text or inbound.text))
    language = spoken if spoken in {"en", "es"} else verdict.language
    for said in safety.texts(verdict.red_flags, language=language, clinic=practice.name, phone=practice.phone):
        template = f"safety.{said.kind}"
        if automatic.was_sent(unit, conversation_id, template=template, since=since):
            continue
        automatic.send(
            unit,
            conversation_id=conversation_id,
            contact=contact,
            channel=inbound.channel,
            account=inbound.account,
            line=inbound.line,
            text=said.text,
            template=template,
            exempt="safety",
        )


def _write(unit: Transaction, inbound: Inbound, contact: Contact, kind: str, purpose: str, because: str) -> None:
    evidence: dict[str, Any] = {"external_id": inbound.external_id, "because": because}
    entry = contacts.add_consent(
        unit,
        contact_id=contact.id,
        patient_id=None,
        channel=inbound.channel,
        purpose=purpose,
        kind=kind,
        method="message",
        source="provider" if inbound.opt_out else "patient",
        evidence=evidence,
    )
    verb = "consent.granted" if kind == "grant" else "consent.revoked"
    unit.record(verb, actor_id=None, details={"entry": entry, "contact": contact.id, "channel": inbound.channel})
