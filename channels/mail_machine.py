"""Tells machine mail from a person's: automatic answers, lists, loops, reports, spam marks, DMARC results.

Reads headers only (RFC 3834, RFC 2369, RFC 5965, RFC 8601 and practice); refuses nothing: such mail is kept and shown.
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: Our automatic mails carry it; whoever sends it back to us is a loop.
LOOP_HEADER = "X-Warmline-Loop"

#: Only what answering machines put there: "Out of office hours?" is a patient's question.
_AUTO_SUBJECT = re.compile(
    r"\s*(?:(?:re|aw|sv|rv|tr|antw)\s*:\s*)?(?:\[?auto(?:matic|mated)?[ -]?(?:reply|response|responder|generated)"
    r"|out of (?:the )?office(?:\s*[:\-–—!.,(\[]|\s+(?:auto|reply|response|notif|message|assistant|until|from \d|re:)"
    r"|\s*\Z)"
    r"|auto:|autoreply|autoresponse|r[ée]ponse automatique|message d['’]absence|absence du bureau|abwesenheit"
    r"|automatische antwort|automatisch antwoord|afwezigheid"
    r"|respuesta autom[áa]tica|fuera de la oficina(?:\s*[:\-–—!.,(\[]|\s*\Z)|resposta autom[áa]tica"
    r"|aus[êe]ncia tempor[áa]ria"
    r"|risposta automatica|fuori (?:sede|ufficio)|automatiskt? svar|autosvar|automaattinen vastaus"
    r"|odpowiedź automatyczna"
    r"|automatick[áa] odpov|automatikus válasz|otomatik yanıt|αυτόματη απάντηση|vacation (?:reply|response|message)"
    r"|自動(?:返信|応答|回覆)|自动(?:回复|答复)|자동 ?(?:회신|응답)|автоответ"
    r"|автоматический ответ|автоматична відповідь|رد تلقائي|מענה אוטומטי)",
    re.IGNORECASE,
)
_AUTO_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-mail-autoreply",
    "x-autoreply-from",
)
_LIST_HEADERS = (
    "list-id",
    "list-post",
    "list-help",
    "list-subscribe",
    "list-owner",
    "list-archive",
    "list-unsubscribe",
)
_COMMENT = re.compile(r"\([^()]*\)")
_DMARC = re.compile(r"(?:^|[;\s])dmarc\s*=\s*([a-z]+)", re.IGNORECASE)


class Headers:
    """Header values by lower-case name, in order, unfolded."""

    def __init__(self, items: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in items:
            self._values.setdefault(name.lower().strip(), []).append(re.sub(r"[\r\n]+", "", value).strip())

    def all(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def has(self, *names: str) -> bool:
        return any(name in self._values for name in names)


class Marks(NamedTuple):
    """What the headers say about a mail. `is_spam` is None when no filter spoke; `dmarc` is empty when none checked."""

    auto_reply: bool
    mailing_list: bool
    loop: bool
    spam: bool | None
    dmarc: str


def marks(headers: Headers, subject: str, *, kind: str, report: str, authserv_id: str = "") -> Marks:
    """Reads all marks. `kind` and `report` are the media type of the mail and its report-type, `authserv_id` the only
    checker whose Authentication-Results count: anybody may write such a field, so without one none counts."""
    return Marks(
        auto_reply=_is_auto_reply(headers, subject, kind, report),
        mailing_list=headers.has(*_LIST_HEADERS) or _precedence(headers) in ("bulk", "list", "junk"),
        loop=headers.has(LOOP_HEADER.lower()),
        spam=_spam(headers),
        dmarc=_dmarc(headers.all("authentication-results"), authserv_id),
    )


def is_null_path(headers: Headers) -> bool:
    """Whether the envelope sender was empty (RFC 5321 §4.5.5), as far as the last relay wrote it down."""
    return headers.first("return-path").replace(" ", "") == "<>"


def _precedence(headers: Headers) -> str:
    return headers.first("precedence").lower()


def _is_auto_reply(headers: Headers, subject: str, kind: str, report: str) -> bool:
    """`X-Auto-Response-Suppress` asks for no answer and is no sign of being one."""
    submitted = headers.first("auto-submitted").lower().partition(";")[0].strip()
    if submitted and submitted != "no":
        return True
    if headers.has(*_AUTO_HEADERS) or _precedence(headers) in ("auto_reply", "auto-reply"):
        return True
    if headers.has("x-loop") or (kind == "multipart/report" and report == "disposition-notification"):
        return True
    return bool(_AUTO_SUBJECT.match(subject)) or is_null_path(headers)


def _spam(headers: Headers) -> bool | None:
    flag = headers.first("x-spam-flag") or headers.first("x-spam-status").partition(",")[0] or headers.first("x-spam")
    word = flag.strip().lower()
    return None if not word else word.startswith(("yes", "true", "spam"))


def _dmarc(results: list[str], authserv_id: str) -> str:
    """What our own checker says (RFC 8601 §2.2: comments may stand anywhere, a version after the name)."""
    for value in results if authserv_id else []:
        said = _COMMENT.sub("", value)
        checker = said.partition(";")[0].lower().split()[:1]
        found = _DMARC.search(said) if checker == [authserv_id.lower()] else None
        if found:
            return found[1].lower()
    return ""
