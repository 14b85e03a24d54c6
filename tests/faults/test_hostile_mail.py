"""Mail that would kill or stall a parser, through the door: each ends as a message or in quarantine, and the server
answers others meanwhile."""

import asyncio
import base64
import email
import email.policy
import time
from collections import Counter

import httpx
import pytest
from sqlalchemy import select

from inbox.store import tables as t
from tests.faults.clinic import Clinic
from tests.support.serving import serving
from ui.app import create_app

HEAD = b"From: a@b.example\r\nTo: clinic@warmline.example\r\nSubject: s\r\nMessage-ID: <%d@b.example>\r\n"
WORDS = b", ".join(b"=?utf-8?b?%b?= <u%d@x.org>" % (base64.b64encode(b"n%d" % i), i) for i in range(10_000))
NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (i, i) for i in range(1_100))
PARENTHESES = b"X-To: x\r\nCc: " + b"(" * 2_000 + b"\r\n\r\nhi"
HOSTILE = {
    "encoded words": b"Cc: " + WORDS + b"\r\n\r\nhi",
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 50_000,
    "nested": NESTED + b"hi",
    "parentheses": PARENTHESES,
    "divs": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000,
    "headers": b"X: y\r\n" * 2_000 + b"\r\nhi",
    "nothing": b"",
    "NULs": b"Content-Type: text/plain; charset=\0\r\n\r\n" + b"\0" * 1_000,
    "wrong charset": b"Content-Type: text/plain; charset=x-unheard-of\r\n\r\n\xff\xfe\xfd",
    "broken base64": b"Content-Transfer-Encoding: base64\r\n\r\n!!!!====!!!!",
    "one line": b"X: " + b"a" * 200_000,
}


async def test_each_ends_before_people_and_nobody_waits(clinic: Clinic) -> None:
    headers = {"authorization": f"Bearer {clinic.settings.mail_door_token}", "content-type": "message/rfc822"}
    slowest = 0.0
    async with (
        serving(create_app(clinic.settings, house=clinic.house), clinic.port) as address,
        httpx.AsyncClient(base_url=address, timeout=20) as client,
    ):
        posts = [
            asyncio.create_task(client.post("/in/mail", headers=headers, content=HEAD % number + rest))
            for number, rest in enumerate(HOSTILE.values())
        ]
        async with asyncio.timeout(60):
            while not all(post.done() for post in posts) or Counter(states(clinic))["accepted"]:
                asked = time.monotonic()
                assert (await client.get("/health/live")).status_code == 200
                slowest = max(slowest, time.monotonic() - asked)
                await asyncio.sleep(0.05)
    assert [(await post).status_code for post in posts] == [202] * len(HOSTILE)
    ended = Counter(states(clinic))
    assert set(ended) <= {"received", "quarantined"}
    assert (sum(ended.values()), len(clinic.messages("in"))) == (len(HOSTILE), len(HOSTILE))
    assert slowest < 3, f"another request waited {slowest:.1f} s"


def states(clinic: Clinic) -> list[str]:
    return [row.state for row in clinic.all(select(t.arrivals.c.state))]


def test_a_parser_in_the_server_would_not_survive() -> None:
    with pytest.raises(RecursionError):
        str(email.message_from_bytes(HEAD % 0 + PARENTHESES, policy=email.policy.default)["cc"])
