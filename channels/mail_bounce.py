"""Recognises delivery reports: RFC 3464, and the many servers that only write words.

Reads the report, never the mail that came back, except for that mail's Message-ID.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from channels import bounce_reasons
from channels.envelope import Bounce
from channels.mail_body import Part, children, content_type, header, part_text
from channels.mail_headers import address, clean, ids, parameters, words
from channels.mail_letter import Person
from channels.mail_machine import Headers, is_null_path

_DAEMON = re.compile(
    r"mailer[-_.]?daemon|postmaster|mail[-_ ]?delivery|delivery[-_ ]?(?:subsystem|system|agent)|mdaemon|mailerdaemon"
    r"|mail administrator|mail system|internet mail delivery|system administrator",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|un[-_ ]?delivered|deliver(?:y|ing)[ -](?:status|fail|error|problem|report|notif|unsuccessful"
    r"|has failed"
    r"|incomplete|attempt|impossible|to .{0,40}fail)|could not (?:send|deliver|be delivered)|returned (?:mail"
    r"|message|to sender)"
    r"|mail (?:delivery|system) (?:failed|failure|error|status)|message delivery (?:failure|failed)"
    r"|failure (?:notice|delivery|delivering)"
    r"|failed (?:mail|delivery|to deliver)|non[- ]?(?:delivery|remis)|nondeliverable|(?:mail"
    r"|message) (?:could )?not (?:be )?(?:delivered|sent)"
    r"|unable to deliver|not delivered|delivery fail|cannot (?:send|deliver)|returning (?:message|mail)"
    r"|mail failure|dead letter"
    r"|warning: (?:message|could)|permanent delivery failure|rejected mail|mail could not|user unknown|\bbounce"
    r"|\bndn\b|\bndr\b"
    r"|unzustellbar|nicht zugestellt|nicht zustellbar|non remis|no se (?:ha podido|pudo) entregar"
    r"|não (?:foi )?(?:entregue|entregar)"
    r"|mancato recapito|mancata consegna|配信不能|送信できません|退信|недоставлен|не доставлен",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"could ?n[o']t be delivered|not be delivered|was not delivered|undeliverable|unable to deliver"
    r"|delivery (?:to .{0,80})?failed"
    r"|failed permanently|permanent (?:fatal )?error|fatal error|unknown user|user unknown|no such user"
    r"|following (?:address|recipient)"
    r"|returned to sender|message could not|could not deliver|cannot deliver|mailbox full|transcript of session"
    r"|(?:^|\s)5[0-7]\d[ -]",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL = re.compile(
    r"^[- =>*]{0,80}(?:(?:below|this|here) .{0,20}(?:is|are) (?:a copy|the (?:original|first|header))"
    r"|.{0,10}original message"
    r"|.{0,20}copy of (?:the|your) (?:original )?message|(?:unsent|undelivered|returned|original"
    r"|failed) (?:message|mail)"
    r"|message (?:follows|headers?)|content-type: message/rfc822|return-path:|received: )",
    re.IGNORECASE | re.MULTILINE,
)
#: A warning: the server goes on trying, so nothing has failed yet.
_WARNED = re.compile(
    r"warning message only|(?:do not|don't|no) need to resend|will (?:be retried|keep trying|continue to|try again)"
    r"|still being retried|not yet been delivered|delivery attempts will|remains in the queue|has been delayed",
    re.IGNORECASE,
)
#: At which step of the dialogue the receiving server refused (RFC 5321): a recipient who is taken at RCPT and refused
#: after DATA exists; what was sent was not wanted.
_AT_RECIPIENT = re.compile(r"\bRCPT\b", re.IGNORECASE)
_AFTER_DATA = re.compile(
    r">>> ?DATA|(?:end of|after|reply to)(?: the)?(?: end of)? (?:DATA|message)\b|\b5\d\d[ -]?: ?:? ?user unknown",
    re.IGNORECASE,
)
_ANGLED = re.compile(r"<\s*([^\s<>]{1,128}@[^\s<>]{1,255})\s*>")
_BARE = re.compile(r"(?<![\w.+-])([\w.+=&/-]{1,128}@[\w-]{1,100}(?:\.[\w-]{1,100})+)")
_MESSAGE_ID = re.compile(r"^message-id:\s*(<[^<>\s]{1,990}>)", re.IGNORECASE | re.MULTILINE)
_TEXT_MAX = 64 * 1024


class _Report(NamedTuple):
    """One recipient's fields of a delivery report, by lower-case name."""

    fields: dict[str, str]

    def get(self, name: str) -> str:
        return clean(self.fields.get(name, ""))

    def address(self, name: str) -> str:
        return address(self.get(name).rpartition(";")[2].strip().strip("<>"))


def read_bounce(message: Part, headers: Headers, sender: Person, subject: str, text: str) -> Bounce | None:
    """The failure a mail reports about one of ours, or None when it reports none (also for a success report)."""
    reports = [report for part in message.walk() if content_type(part) in _STATUS_TYPES for report in _reports(part)]
    listed = [report for report in reports if report.get("action") or report.get("status")]
    if listed:
        failed = next((r for r in listed if _is_failure(r)), None)
        return _standard(failed, text, _original_id(message, headers, text)) if failed else None
    if not _is_report(message, headers, sender, subject, text):
        return None
    return _worded(headers, reports, text, _original_id(message, headers, text))


_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})


def _reports(part: Part) -> list[_Report]:
    """The groups of fields in a delivery-status part; the parser may have made them messages or left them text."""
    groups = [
        _Report({name.lower(): re.sub(r"\s+", " ", str(value)) for name, value in child.raw_items()})
        for child in children(part)
    ]
    if any(group.fields for group in groups):
        return groups
    blocks = re.split(r"\n\s*\n", part_text(part).replace("\r\n", "\n"))
    return [_Report({k.lower(): re.sub(r"\s+", " ", v) for k, v in _FIELD.findall(block)}) for block in blocks]


_FIELD = re.compile(r"^([A-Za-z-]{1,60}):[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)


def _is_failure(report: _Report) -> bool:
    action = report.get("action").lower().strip()
    if action.startswith(("deliver", "relay", "expand", "delayed")):
        return action.startswith("delayed")
    return action.startswith("fail") or report.get("status").strip().startswith(("4", "5"))


def _standard(report: _Report, text: str, original: str) -> Bounce:
    diagnostic = report.get("diagnostic-code").partition(";")[2].strip() or report.get("diagnostic-code")
    status = bounce_reasons.status_in(report.get("status")) or bounce_reasons.status_in(diagnostic)
    said = bounce_reasons.status_in(diagnostic)
    if said and status.endswith((".0.0", ".0")):
        status = said
    why = bounce_reasons.reason(diagnostic, status)
    if why in ("undefined", "mailererror", "systemerror", "policyviolation") or not diagnostic:
        why = bounce_reasons.reason(f"{diagnostic}\n{_human(text)}", status)
    why = _refused_late(why, status, f"{diagnostic}\n{_human(text)}")
    return Bounce(
        recipient=report.address("original-recipient") or report.address("final-recipient"),
        action=report.get("action").lower().split(" ")[0],
        status=status,
        diagnostic=(diagnostic or _first_failure(_human(text)))[:500],
        reason=why,
        hard=bounce_reasons.is_hard(why, status),
        original_message_id=original,
    )


def _is_report(message: Part, headers: Headers, sender: Person, subject: str, text: str) -> bool:
    kind, options = parameters(header(message, "content-type"))
    if kind == "multipart/report" and options.get("report-type", "").lower() == "delivery-status":
        return True
    if headers.has("x-failed-recipients", "x-failed-to"):
        return True
    daemon = bool(_DAEMON.search(f"{sender.name} {sender.address}"))
    titled = bool(_SUBJECT.search(subject))
    if daemon or is_null_path(headers):
        return titled or bool(_WORDS.search(_human(text)))
    return titled and bool(_WORDS.search(_human(text)))


def _worded(headers: Headers, reports: list[_Report], text: str, original: str) -> Bounce:
    human = _human(text)
    named = address(words(headers.first("x-failed-recipients")).split(",")[0])
    found = _ANGLED.search(human) or _BARE.search(human)
    listed = next(
        (r.address(n) for r in reports for n in ("original-recipient", "final-recipient") if r.address(n)), ""
    )
    status = bounce_reasons.status_in(human)
    why = _refused_late(bounce_reasons.reason(human, status), status, human)
    return Bounce(
        recipient=named or listed or (address(found[1]) if found else ""),
        action="delayed" if _WARNED.search(human) else "failed",
        status=status,
        diagnostic=_first_failure(human)[:500],
        reason=why,
        hard=bounce_reasons.is_hard(why, status),
        original_message_id=original,
    )


def _refused_late(why: str, status: str, said: str) -> str:
    """ "User unknown" after the message was sent is a filter's excuse, unless the status insists on the address."""
    late = _AFTER_DATA.search(said) and not _AT_RECIPIENT.search(said)
    return "filtered" if why == "userunknown" and late and status[2:4] != "1." else why


def _human(text: str) -> str:
    """The words of the report, up to where the mail that came back begins."""
    text = text[:_TEXT_MAX]
    found = _ORIGINAL.search(text, 1)
    return text[: found.start()] if found and found.start() > 40 else text


def _first_failure(human: str) -> str:
    lines = [line.strip() for line in human.split("\n") if line.strip()]
    return next((line for line in lines if bounce_reasons.status_in(line)), lines[-1] if lines else "")


def _original_id(message: Part, headers: Headers, text: str) -> str:
    """The Message-ID of the mail that came back: from its attached headers, else from the text, else from what the
    report says it answers."""
    for part in list(message.walk())[1:]:
        found = ids([header(part, "message-id")]) or ids(_MESSAGE_ID.findall(_attached(part)))
        if found:
            return found[0]
    answered = (*headers.all("in-reply-to"), *reversed(headers.all("references")))
    return next(iter((*ids(_MESSAGE_ID.findall(text[:_TEXT_MAX])), *ids(answered))), "")


def _attached(part: Part) -> str:
    return part_text(part)[:_TEXT_MAX] if content_type(part) == "text/rfc822-headers" else ""
