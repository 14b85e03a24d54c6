"""Mails that others kept: all are read, bounces and machines told apart, own words told from quotes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bench.corpora.corpus import ROOT, Case, rows
from channels.envelope import Unparseable
from channels.mail_letter import Letter
from channels.mail_read import read
from channels.quoting import split

MAIL = ROOT / "01_email"


def everything() -> Iterator[Case]:
    """Each file is a letter or a short reason."""
    for path in sorted(path for path in MAIL.rglob("*") if path.is_file() and path.suffix in {".eml", ".txt"}):
        yield str(path.relative_to(MAIL)), partial(_ends, path)


def bounces() -> Iterator[Case]:
    """Each bounce is known for one."""
    for case in _sisimai(is_bounce=True):
        yield case["file"], partial(_is_bounce, case, wanted=True)


def no_bounces() -> Iterator[Case]:
    """Nothing else is taken for a bounce, in any of the collections that say so."""
    for case in _sisimai(is_bounce=False):
        yield case["file"], partial(_is_bounce, case, wanted=False)
    for path in sorted((MAIL / "email_reply_trimmer" / "emails").iterdir()):
        yield path.name, partial(_no_bounce, path)


def hard_bounces() -> Iterator[Case]:
    """Whether the address can never work."""
    for case in _sisimai(is_bounce=True):
        yield case["file"], partial(_is_hard, case)


def machines() -> Iterator[Case]:
    """Automatic replies and feedback reports."""
    for case in rows("01_email", "bounces_sisimai", "cases.jsonl"):
        if not case["is_bounce"] and case.get("is_auto_reply") is not None:
            yield case["file"], partial(_is_machine, case)


def presented() -> Iterator[Case]:
    """What a help desk's mails say: subject, words, what they answer."""
    for case in rows("01_email", "chatwoot", "cases.jsonl"):
        if case["has_expected"]:
            yield case["file"], partial(_is_presented, case)


def trimmed() -> Iterator[Case]:
    """The author's words of email_reply_trimmer."""
    folder = MAIL / "email_reply_trimmer" / "emails"
    for case in rows("01_email", "email_reply_trimmer", "cases.jsonl"):
        text = (folder / Path(case["file"]).name).read_text()
        yield case["file"], partial(_is_split, text, case["expected_trimmed"])


def talon() -> Iterator[Case]:
    """The author's words of talon's plain texts."""
    for case in rows("01_email", "talon", "cases.jsonl"):
        if case["kind"] == "reply_plain":
            yield case["id"], partial(_is_split, case["input"], case["expected"])


def github() -> Iterator[Case]:
    """The author's words of github's and zapier's parsers, and what they must not hold."""
    for case in rows("01_email", "github_zapier", "cases.jsonl"):
        yield case["file"], partial(_is_visible, case)


def _ends(path: Path) -> bool:
    try:
        read(path.read_bytes())
    except Unparseable as refused:
        return bool(str(refused))
    return True


def _sisimai(*, is_bounce: bool) -> Iterator[dict[str, Any]]:
    yield from (case for case in rows("01_email", "bounces_sisimai", "cases.jsonl") if case["is_bounce"] == is_bounce)


def _letter(collection: str, case: dict[str, Any]) -> Letter:
    return read((MAIL / collection / case["file"]).read_bytes())


def _is_bounce(case: dict[str, Any], *, wanted: bool) -> bool:
    return (_letter("bounces_sisimai", case).bounce is not None) == wanted


def _no_bounce(path: Path) -> bool:
    return read(path.read_bytes()).bounce is None


def _is_hard(case: dict[str, Any]) -> bool:
    bounce = _letter("bounces_sisimai", case).bounce
    return bounce is not None and any(bounce.hard == result["hard"] for result in case["results"])


def _is_machine(case: dict[str, Any]) -> bool:
    letter = _letter("bounces_sisimai", case)
    wanted = (case["is_auto_reply"], case.get("is_feedback_report", False))
    return (letter.is_auto_reply, letter.is_feedback_report) == wanted


def _is_presented(case: dict[str, Any]) -> bool:
    letter = _letter("chatwoot", case)
    said = {
        "expected_subject": letter.subject,
        "is_auto_reply": letter.is_auto_reply,
        "is_bounce": letter.bounce is not None,
        "in_reply_to": next(iter(letter.in_reply_to), None),
        "attachments": len(letter.pieces),
    }
    same = all(said[name] == _plain(case[name]) for name in said.keys() & case.keys())
    return same and letter.reply_text.startswith(case.get("reply_starts", "")[:60].strip())


def _plain(wanted: Any) -> Any:
    return wanted.strip() if isinstance(wanted, str) else wanted


def _is_split(text: str, wanted: str) -> bool:
    return split(text).text.strip() == wanted.strip()


def _is_visible(case: dict[str, Any]) -> bool:
    found = split((MAIL / "github_zapier" / case["file"]).read_text()).text
    return (
        found == case.get("expected_visible", found)
        and found.startswith(case.get("must_start", ""))
        and all(word in found for word in case.get("must_contain", []))
        and not any(word in found for word in case.get("must_not_contain", []))
    )
