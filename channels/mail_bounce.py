"""Recognises delivery reports: RFC 3464, and the many servers that only write words.

Reads the report, never the mail that came back, except for that mail's Message-ID.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from channels import bounce_marks, bounce_reasons
from channels.envelope import Bounce
from channels.mail_body import Part, children, content_type, header, part_text
from channels.mail_headers import address, clean, ids, parameters, words
from channels.mail_letter import Person
from channels.mail_machine import Headers, is_null_path

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


_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"})


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
    daemon = bool(bounce_marks.DAEMON.search(f"{sender.name} {sender.address}"))
    titled = bool(bounce_marks.SUBJECT.search(subject))
    if daemon or is_null_path(headers):
        return titled or bool(bounce_marks.WORDS.search(_human(text)))
    return titled and bool(bounce_marks.WORDS.search(_human(text))) and _has_evidence(message, text)


def _has_evidence(message: Part, text: str) -> bool:
    """From somebody who is no mail server words alone prove nothing: a patient's medicine is not delivered, too."""
    returned = any(content_type(part) in _RETURNED for part in message.walk())
    return returned or bool(bounce_reasons.status_in(_human(text)) or bounce_marks.ORIGINAL.search(text[:_TEXT_MAX]))


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
        action="delayed" if bounce_marks.WARNED.search(human) else "failed",
        status=status,
        diagnostic=_first_failure(human)[:500],
        reason=why,
        hard=bounce_reasons.is_hard(why, status),
        original_message_id=original,
    )


def _refused_late(why: str, status: str, said: str) -> str:
    """ "User unknown" after the message was sent is a filter's excuse, unless the status insists on the address."""
    late = bounce_marks.AFTER_DATA.search(said) and not bounce_marks.AT_RECIPIENT.search(said)
    return "filtered" if why == "userunknown" and late and status[2:4] != "1." else why


def _human(text: str) -> str:
    """The words of the report, up to where the mail that came back begins."""
    text = text[:_TEXT_MAX]
    found = bounce_marks.ORIGINAL.search(text, 1)
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
