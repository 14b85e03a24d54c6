"""What codes are called on a screen: channels, priorities, states, outcomes, teams. Plain English, no logic."""

from __future__ import annotations

from inbox import call_wrap, person
from inbox.worklist import reason_label
from patients import proxies, verification
from routing import reasons

CHANNELS = {
    "sms": ("SMS", "message"),
    "mms": ("MMS", "message"),
    "whatsapp": ("WhatsApp", "brand-whatsapp"),
    "voice": ("Phone", "phone-incoming"),
    "mail": ("Email", "mail"),
    "webform": ("Web form", "forms"),
    "chat": ("Chat", "message-circle"),
    "social": ("Messenger", "brand-messenger"),
}
PRIORITIES = ("Emergent", "Urgent", "Same day", "Routine", "Informational")
METRICS = {
    "read": "Read by",
    "first_response": "First reply",
    "next_response": "Next reply",
    "resolution": "Resolve by",
    "callback": "Call back",
    "next_step": "Next step",
    "update": "Next word",
}
STATES = {"open": "Open", "waiting": "Waiting on patient", "closed": "Closed"}
STATUSES = {
    "queued": ("sending", "clock"),
    "sending": ("sending", "clock"),
    "sent": ("sent", "check"),
    "accepted": ("sent", "check"),
    "delivered": ("delivered", "checks"),
    "read": ("read", "checks"),
    "unknown": ("not known to have arrived", "help"),
    "failed": ("not sent", "alert-triangle"),
    "undelivered": ("not delivered", "alert-triangle"),
    "bounced": ("bounced", "alert-triangle"),
    "dead": ("not sent", "alert-triangle"),
    "cancelled": ("taken back, never sent", "x"),
}
#: Codes that need other words than their own.
_SAID = {"unencrypted_ack": "Words about them, unprotected"}
REASONS = tuple((code, reason_label(code)) for code in reasons.REASONS)
NEEDS, PREFERENCES = person.NEEDS, person.PREFERENCES
QUESTIONS = verification.KINDS
PROXIES, SCOPES = tuple(proxies.ROLES), proxies.SCOPES
FILES = {"missing": "not fetched yet", "refused": "refused: too large or of a kind that is not kept"}
FAILED = frozenset({"failed", "undelivered", "bounced", "dead"})
CERTAINTIES = {
    "confirmed": ("Identity confirmed", "shield-check"),
    "probable": ("Probably, not confirmed", "user-question"),
    "unknown": ("Not identified", "user-question"),
}
OUTCOMES = {
    "resolved": "Resolved",
    "partly": "Partly resolved",
    "referred_on": "Referred on",
    "declined": "Patient declined",
    "unreachable": "Unreachable after three tries",
    "not_resolved": "Not resolved",
    "duplicate": "Duplicate",
    "spam": "Spam",
    "wrong_number": "Wrong number",
}
WAIVERS = {
    "told_on_phone": "Told on the phone",
    "opted_out": "Patient opted out",
    "spam": "Spam",
    "wrong_number": "Wrong number",
    "deceased": "Deceased",
}
VIEWS = (
    ("mine", "My queue", "user-check"),
    ("open", "All open", "inbox"),
    ("unassigned", "Unassigned", "user-off"),
    ("mentions", "Mentions", "at"),
    ("waiting", "Waiting on patient", "clock-pause"),
    ("snoozed", "Snoozed", "alarm-snooze"),
    ("unidentified", "Unidentified", "user-question"),
    ("quarantine", "Quarantine", "shield-x"),
    ("closed", "Closed", "archive"),
)
TEAMS = {
    "marketing": ("Marketing", "world"),
    "contact_center": ("Contact center", "phone"),
    "front_desk": ("Front desk", "calendar-event"),
    "billing": ("Billing", "receipt"),
    "authorizations": ("Authorizations", "file-text"),
    "nursing": ("Nursing", "stethoscope"),
    "patient_experience": ("Patient experience", "mood-smile"),
    "quality": ("Quality", "flag"),
}
ROLES = {
    "front_desk": "Front desk",
    "agent": "Agent",
    "nurse": "Nurse",
    "supervisor": "Supervisor",
    "manager": "Manager",
    "compliance": "Compliance",
    "admin": "Administrator",
    "service": "Service account",
}
#: How a call ended, as its person says it.
CALL_OUTCOMES = call_wrap.OUTCOMES
AVAILABILITIES = {
    "available": "Available",
    "busy": "Busy",
    "break": "On a break",
    "after_call": "Wrap-up",
    "off": "Off",
}
MARKS = {
    "about_whom": "About whom?",
    "kept_private": "Kept private",
    "returned": "Back after half a year",
    "unread_clinical": "Unread, clinical",
    "unknown_line": "Unknown line",
    "quarantined": "Not understood",
    "site_verified": "Signed in on the clinic's site",
    "site_matched": "Confirmed by the clinic's site",
    "site_differs": "The site's sign-in and the words name different people",
    "opted_out": "Opted out",
    "red_flag": "Red flag",
    "wrong_number": "Wrong number",
    "looks_related": "Looks related to another request",
    "dmarc:pass": "Sender proven",
    "dmarc:fail": "Sender not proven",
    "machine:auto_reply": "Automatic reply",
    "machine:bounce": "Could not be delivered",
    "machine:feedback_report": "Reported as spam by its reader",
    "machine:mailing_list": "Mailing list",
    "machine:loop": "Our own letter came back",
    "machine:spam": "Looks like spam",
}
CAUSES = {"person": "a person asked", "red_flag": "red flag"}
LANGUAGES = {"en": "English", "es": "Spanish"}
NOUN_ICONS = {
    "conversation": "route",
    "assignment": "user-check",
    "clock": "clock",
    "escalation": "stairs-up",
    "snooze": "alarm-snooze",
    "identity": "shield-check",
    "closure": "circle-check",
    "priority": "chevrons-up",
    "reply": "send",
    "reason": "tag",
    "secure": "shield-lock",
    "arrival": "shield-x",
    "message": "message",
    "call": "phone",
    "consent": "writing-sign",
    "next_step": "arrow-right",
    "flag": "flag",
}


def plain(code: str) -> str:
    """A code in snake_case as words: `front_desk` → `Front desk`."""
    if code in _SAID:
        return _SAID[code]
    words = code.replace("_", " ").replace(".", ": ").strip()
    return words[:1].upper() + words[1:]


def channel(kind: str) -> str:
    """The channel's name; an unknown one as plain words."""
    return CHANNELS.get(kind, (plain(kind), ""))[0]


def channel_icon(kind: str) -> str:
    """The name of the channel's icon in the sprite."""
    return CHANNELS.get(kind, ("", "message"))[1]


def team(code: str) -> str:
    """The team's name."""
    return TEAMS.get(code, (plain(code), ""))[0]


def team_icon(code: str) -> str:
    """The name of the team's icon in the sprite."""
    return TEAMS.get(code, ("", "users-group"))[1]


def priority(level: int) -> str:
    """The word for a priority 0 to 4."""
    return PRIORITIES[level]


def mark(code: str) -> str:
    """What a mark on a conversation says."""
    return MARKS.get(code, plain(code))


def cause(code: str) -> str:
    """Why a hand was raised; `clock:first_response` is the promise that was missed."""
    noun, _, metric = code.partition(":")
    if noun == "clock":
        return f"{METRICS.get(metric, plain(metric)).lower()} missed"
    return CAUSES.get(code, plain(code).lower())


def language(code: str) -> str:
    """The language's English name; an unknown code as it is."""
    return LANGUAGES.get(code, code)


def event_icon(verb: str) -> str:
    """The icon of a journal verb, by its noun."""
    return NOUN_ICONS.get(verb.partition(".")[0], "history")


def view_label(view: str) -> str:
    """The title of a view of the inbox; `queue:TEAM` is the team's name."""
    if view.startswith("queue:"):
        return team(view.removeprefix("queue:"))
    return next((label for name, label, _ in VIEWS if name == view), plain(view))


#: What a clinic that begins has yet to set up: label, why, where.
FIRST_STEPS: dict[str, tuple[str, str, str]] = {
    "people": ("Add your colleagues", "each with a role and the queues they work in", "/admin/people"),
    "lines": ("Set up a number, a mailbox or the website chat", "so that patients can reach you", "/admin/channels"),
    "hours": ("Set the opening hours", "clocks run while you are open", "/admin/calendars"),
    "message": ("Send yourself a first message", "it appears here by itself", "/admin/channels"),
}
