"""Small texts that cost a parser its life: each is refused in a moment and in words, never a fault of ours."""

from __future__ import annotations

import time

import pytest

from channels.envelope import DoorRequest, Unparseable
from channels.form_body import Body, File, read_body
from routing.rules import BadRules, read

#: Generous on a busy machine; before they were refused the worst took a minute each.
SOON = 2.0
NAMED = b"--b\r\nContent-Disposition: form-data; name=a"


def multipart(body: bytes, boundary: str = "boundary=b") -> DoorRequest:
    return DoorRequest("", {"content-type": f"multipart/form-data; {boundary}"}, body)


@pytest.mark.parametrize(
    "request_",
    [
        multipart(NAMED + b'"' + b"a " * 500_000 + b'"\r\n\r\nx\r\n--b--'),
        multipart(NAMED + b"=?utf-8?q?a?= " * 20_000 + b"\r\n\r\nx\r\n--b--"),
        multipart(NAMED + b"; (" + b"(" * 5_000 + b"\r\n\r\nx\r\n--b--"),
        multipart(NAMED + b"\r\n\r\nx\r\n--b--", "boundary=b; " + "(" * 5_000),
        multipart(b"--b\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 2_000 + b"x\r\n--b--"),
        multipart(b"\r--b\rContent-Disposition: form-data; name=a\r\rx" * 20_000 + b"\r--b--"),
        multipart(b"\r\n--b" * 61),
        DoorRequest("", {"content-type": "application/x-www-form-urlencoded"}, b"a=" + b"%ff" * 3_000_000),
        DoorRequest("", {"content-type": "application/json"}, b'{"a":' * 100_000),
    ],
    ids=["long", "encoded", "comments", "boundary", "messages", "returns", "parts", "words", "json"],
)
def test_a_form_that_nobody_could_read_is_refused_at_once(request_: DoorRequest) -> None:
    begun = time.process_time()
    with pytest.raises(Unparseable):
        read_body(request_)
    assert time.process_time() - begun < SOON


def test_a_form_as_browsers_send_it_is_read() -> None:
    """The control of the bombs: names beyond ASCII, a picture with line ends in it, a field without a file."""
    picture = b"\x89PNG\r\n\x1a\n--b\r\n\r\n"
    sent = (
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nMar\xc3\xada\r\n'
        b'--b\r\nContent-Disposition: form-data; name="photo"; filename="mu\xc3\xb1eca.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + picture + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="none"; filename=""\r\n\r\n\r\n--b--\r\n'
    )
    assert read_body(multipart(sent)) == Body({"name": "María"}, (File("muñeca.png", "image/png", picture),))


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "{a=" * 50_000,
        "a" + ".a" * 60_000 + " = 1",
        "[a" + " . 'a'" * 20_000 + "]",
        "version = " + "9" * 100_000,
        '."' * 100_000,
    ],
    ids=["arrays", "tables", "dotted", "header", "number", "quotes"],
)
def test_rules_that_nobody_could_read_are_refused_at_once(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(BadRules, match=r"^line \d+: "):
        read(text)
    assert time.process_time() - begun < SOON
