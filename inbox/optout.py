"""STOP, START and their free-word kin in what patients write, the one message that confirms them, and the safety text
that a red flag sends back. An opt-out works at once and is always also shown to a person. Where the carrier answers by
itself we record and do not answer twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from channels.envelope import Inbound
from inbox import automatic, wrong_number
from inbox.consent import opted_out
from inbox.house import House
from inbox.store import contacts, threads
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
CONFIRM_WITHIN = timedelta(minutes=5)
#: So long after words of ours a bare CANCEL is taken for an answer to them.
VISIT_TALK = timedelta(hours=72)
_CONFIRMED: dict[str, keywords.Action] = {
    "stop": "stop",
    "cancel": "stop",
    "revoke": "revoke",
    "start": "start",
    "yes": "start",
    "help": "help",
}


def heed(unit: Transaction, inbound: Inbound, contact: Contact | None) -> str | None:
    """Writes what a keyword asks for into the ledger; answers the keyword. "cancel" is a stop that was probably meant
    for a visit, "yes" a start that may also answer a question: a person reads both."""
    if contact is None or inbound.channel not in TEXTED:
        return None
    found = keywords.recognise(inbound.text, opt_out_type=inbound.opt_out)
    if found.action in {"stop", "revoke"} and found.sure:
        _write(unit, inbound, contact, "revoke_all", "", found.because)
        return "cancel" if _meant_the_visit(unit, inbound, contact) else found.action
    if found.action == "start":
        is_yes = keywords.is_affirmative(inbound.text)
        if is_yes and not _is_opted_out(unit, inbound, contact):
            return None
        for purpose in consent.RESTORED_BY_START:
            _write(unit, inbound, contact, "grant", purpose, found.because)
        return "yes" if is_yes else found.action
    if found.action == "wrong_number":
        evidence = {"external_id": inbound.external_id, "because": found.because}
        wrong_number.reassign(unit, contact, by=None, method="message", evidence=evidence)
    return found.action


def confirm(
    unit: Transaction,
    house: House,
    inbound: Inbound,
    keyword: str | None,
    conversation_id: int,
    contact: Contact | None,
) -> None:
    """The one message that may follow a keyword, within five minutes of it (47 CFR 64.1200(a)(12)): once in 24 hours,
    and only where the carrier does not answer by itself."""
    action = _CONFIRMED.get(keyword or "")
    if action is None or contact is None or not _is_ours_to_answer(house, inbound, action):
        return
    if inbound.at is not None and unit.now - inbound.at > CONFIRM_WITHIN:
        return
    template = f"keyword.{action}"
    if automatic.was_sent(unit, conversation_id, template=template, since=unit.now - SAFETY_GAP):
        return
    practice = house.configuration.practice()
    spoken = detect(fold(inbound.text))
    language = "es" if keywords.is_spanish(inbound.text) or spoken == "es" else "en"
    automatic.send(
        unit,
        conversation_id=conversation_id,
        contact=contact,
        channel=inbound.channel,
        account=inbound.account,
        line=inbound.line,
        text=keywords.confirmation(action, language, clinic=practice.name, phone=practice.phone),
        template=template,
        exempt="keyword",
    )


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


def _meant_the_visit(unit: Transaction, inbound: Inbound, contact: Contact) -> bool:
    """CANCEL soon after we wrote stops the messages, and probably was meant for the visit (channels.md §3.3)."""
    since = unit.now - VISIT_TALK
    return keywords.is_about_visits(inbound.text) and threads.wrote_to_since(unit, contact.id, since)


def _is_opted_out(unit: Transaction, inbound: Inbound, contact: Contact) -> bool:
    return opted_out(unit, contact.id, channel=inbound.channel)


def _is_ours_to_answer(house: House, inbound: Inbound, action: keywords.Action) -> bool:
    """Twilio answers bare words by itself on text messages, unless its handling is off for the line; it knows nothing
    of a wish in free words, nor of other channels."""
    if inbound.channel not in TEXTED or inbound.opt_out is not None:
        return False
    if inbound.channel != "sms" or action == "revoke":
        return True
    line = house.configuration.practice().line(inbound.line)
    return line is not None and line.answers_keywords


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
