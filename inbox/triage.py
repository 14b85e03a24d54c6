"""What a message is about, how urgent, and which team is asked: all that the leaves say of it, before anything is
decided. Writes only what its words demand at once: the sender's address and an opt-out.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from channels.envelope import Inbound
from inbox import optout, red_flags, routing_rules, subject
from inbox.practice import Practice
from inbox.store import contacts
from inbox.store.contacts import Contact
from inbox.store.database import Transaction
from inbox.subject import Subject
from routing import rules
from routing.classify import Verdict, bare_thanks, classify

#: Machine mail and suspected spam wait at the lowest priority, seen and never answered automatically.
PARKED = frozenset({"auto_reply", "bounce", "feedback_report", "mailing_list", "loop", "spam"})
#: Results of DMARC that say something of the sender; the others say that nobody could know (RFC 7489 §11.2).
PROOFS = frozenset({"pass", "fail"})


class Read(msgspec.Struct, frozen=True):
    """A message with everything the leaves said about it."""

    inbound: Inbound
    at: datetime
    received_at: datetime
    arrival_id: int | None
    contact: Contact | None
    subject: Subject
    verdict: Verdict
    keyword: str | None = None
    call_id: int | None = None

    @property
    def flagged(self) -> bool:
        """A red flag that holds now, not one of long ago."""
        return any(flag.level != "history" for flag in self.verdict.red_flags)

    @property
    def clinical(self) -> bool:
        """Health content, so that only some may read it. The class comes from reasons and red flags (privacy.md §2);
        words that no rule understands have neither, and a person reads them the same day."""
        return self.verdict.sensitivity_class == "clinical" and not (self.verdict.unclassified and not self.flagged)

    @property
    def through_link(self) -> bool:
        """Written on a page that we sent a link to: an answer, a survey. A form of ours names itself as the line."""
        return self.inbound.channel == "webform" and not self.inbound.line

    @property
    def marks(self) -> list[str]:
        """What people must see beside it: whom it may be about, whether our mail server could prove its sender, who is
        signed in on the clinic's site."""
        checked = [f"dmarc:{self.inbound.dmarc}"] if self.inbound.dmarc in PROOFS else []
        signed_in = ["site_verified"] if self.inbound.details.get("site") else []
        return [*self.subject.marks, *checked, *signed_in]

    @property
    def parked(self) -> bool:
        """A machine wrote it, and nothing in it is urgent."""
        return self.inbound.machine in PARKED and not self.flagged

    @property
    def next_step(self) -> str:
        """What somebody should do about it."""
        if self.keyword == "cancel":
            return "Call: CANCEL was probably meant for the visit, and has stopped our messages"
        return "See whether this is done" if self.owed_nothing else "Read and decide"

    @property
    def owed_nothing(self) -> bool:
        """A bare "thanks" or keyword: kept, owed no answer."""
        words = self.inbound.reply_text or self.inbound.text
        bare = bare_thanks(words) or self.keyword in {"stop", "start", "help"}
        return bare and not self.flagged and not self.inbound.attachments


def read(
    unit: Transaction, inbound: Inbound, arrival_id: int | None, received_at: datetime, call_id: int | None
) -> Read:
    """Asks who sent it, whom it is about and what it says; heeds an opt-out at once."""
    sender = inbound.sender
    contact = contacts.find_or_add(unit, sender.kind, sender.value) if sender else None
    keyword = optout.heed(unit, inbound, contact)
    about = subject.of_inbound(unit, inbound, contact)
    words = "\n".join(part for part in (inbound.subject, inbound.reply_text or inbound.text) if part)
    verdict = classify(
        words,
        channel=inbound.channel,
        language=inbound.language or about.language,
        chosen_reason=inbound.chosen_reason,
        own=red_flags.in_force(unit),
    )
    at = min(inbound.at or received_at, received_at)
    return Read(inbound, at, received_at, arrival_id, contact, about, verdict, keyword, call_id)


def route(practice: Practice, read: Read) -> rules.Routed:
    """The team and the least urgency that the clinic's rules give it."""
    facts = routing_rules.facts_of(read.verdict, practice, channel=read.inbound.channel, line=read.inbound.line)
    return rules.apply(practice.rules, facts)
