"""`warmline mail parse FILE…`: what the mail channel reads in raw messages, one JSON line each.

Reads through the same limited child process as the doors; a file that cannot be read gets a line with its error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from channels.mail_letter import Letter


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers `mail parse`."""
    mail = commands.add_parser("mail", help="read raw mail").add_subparsers(dest="mail_command", required=True)
    parser = mail.add_parser("parse", help="print what raw messages say, as JSON Lines")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a raw RFC 5322 message")
    parser.add_argument("--authserv-id", default="", metavar="HOST", help="whose Authentication-Results count")
    parser.set_defaults(func=parse)


def parse(args: argparse.Namespace) -> int:
    """Prints a line per file, in order; 1 when none of them could be read, since an error is an answer too."""
    import msgspec

    failed = True
    for name in args.files:
        line = _line(name, args.authserv_id)
        failed = failed and "error" in line
        sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
        sys.stdout.buffer.flush()
    if failed:
        print("warmline: no file could be read", file=sys.stderr)
    return 1 if failed else 0


def _line(name: str, authserv_id: str) -> dict[str, Any]:
    from channels.envelope import Unparseable
    from channels.mail_child import read_limited

    try:
        raw = Path(name).read_bytes()
        return _said(name, raw, read_limited(raw, authserv_id=authserv_id))
    except OSError as unreadable:
        return {"file": name, "error": unreadable.strerror or type(unreadable).__name__}
    except Unparseable as refused:
        return {"file": name, "error": str(refused)}


def _said(name: str, raw: bytes, letter: Letter) -> dict[str, Any]:
    return {
        "file": name,
        "message_id": letter.message_id,
        "in_reply_to": next(iter(letter.in_reply_to), None),
        "references": letter.references,
        "date": letter.at,
        "from": letter.sender if letter.sender.address or letter.sender.name else None,
        "reply_to": letter.reply_to,
        "to": letter.to,
        "cc": letter.cc,
        "subject": letter.subject,
        "text": letter.text,
        "html_sanitised": letter.html or None,
        "reply_text": letter.reply_text,
        "signature": letter.signature or None,
        "is_auto_reply": letter.is_auto_reply,
        "is_bounce": letter.bounce is not None,
        "bounce": letter.bounce,
        "is_feedback_report": letter.is_feedback_report,
        "is_mailing_list": letter.is_mailing_list,
        "is_spam": letter.is_spam,
        "dmarc": letter.dmarc or None,
        "forward": {"from": letter.forward.sender, "text": letter.forward.text} if letter.forward else None,
        "attachments": _files(raw, letter),
        "defects": letter.defects,
    }


def _files(raw: bytes, letter: Letter) -> list[dict[str, Any]]:
    from channels.mail_cut import attachment

    shown = ("filename", "content_type", "size", "sha256", "inline")
    files = (attachment(piece, raw) for piece in letter.pieces)
    return [{field: getattr(file, field) for field in shown} for file in files]
