"""How fast mail is read, and what a large one costs the process that reads it."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable

import psutil

from bench.figures import Figure
from bench.options import Options
from bench.storage import Storages
from channels import mail_child
from channels.mail_read import read

#: The median size of the mails that people keep, in bytes.
MEDIAN = 4_000
HEAD = (
    "From: Ana <ana@home.example>\r\nTo: clinic@warmline.example\r\nSubject: Cita\r\nMessage-ID: <{}@home.example>\r\n"
)
WORDS = "Can I come on Monday instead? My knee is better, thank you.\r\n"
QUOTE = "\r\nOn Mon, Apr 2, 2026 at 6:26 PM, Clinic <clinic@warmline.example> wrote:\r\n"


def measure(storages: Storages, options: Options) -> list[Figure]:
    """Mails of median size a second, in this process and through the limited child; a large one."""
    count = 200 if options.quick else 1_000
    mails = [letter(number) for number in range(count)]
    mail_child.warm()
    try:
        here = _pace(read, mails, time.process_time)
        apart = _pace(mail_child.read_limited, mails, time.perf_counter)
        return [
            Figure("mails read", "one core", here, "≥", 150, "/s", "4 kB, quoted, HTML"),
            Figure("mails read in a child", "one at a time", apart, "≥", 15, "/s", "a fork each"),
            _large(50),
        ]
    finally:
        mail_child.stop()


def letter(number: int) -> bytes:
    """A reply with a quote and an HTML twin."""
    lines = WORDS + QUOTE + "".join(f"> {WORDS}" for _ in range(MEDIAN // 2 // len(WORDS)))
    html = "".join(f"<p>{line}</p>" for line in lines.splitlines())
    parts = [("plain", lines), ("html", html)]
    body = "".join(f"--b\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{text}\r\n" for kind, text in parts)
    head = f"{HEAD.format(number)}Content-Type: multipart/alternative; boundary=b\r\n\r\n"
    return f"{head}{body}--b--\r\n".encode()


def _pace(read_one: Callable[[bytes], object], mails: list[bytes], clock: Callable[[], float]) -> float:
    begun = clock()
    for raw in mails:
        read_one(raw)
    return len(mails) / (clock() - begun)


def _large(size: int) -> Figure:
    """A mail with one large file: what this process holds more than before, at most."""
    file = base64.encodebytes(os.urandom(size * 2**20 * 3 // 4))
    kinds = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    head = HEAD.format("large").encode() + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    raw = head + b"--b\r\n\r\nHere it is.\r\n--b\r\n" + kinds + file + b"\r\n--b--\r\n"
    before = psutil.Process().memory_info().rss
    found = mail_child.parse_limited(raw, "clinic@warmline.example")
    held = (psutil.Process().memory_info().rss - before) / 2**20
    assert found.attachments[0].size
    return Figure(f"memory for a mail of {size} MiB", "reader", held, "≤", 3.0 * size, "MB", "beyond the mail itself")
