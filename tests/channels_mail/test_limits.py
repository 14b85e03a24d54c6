"""Hostile mail ends as a short reason or a message, quickly, and the child process never takes us with it."""

import base64
import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from channels import mail_child
from channels.envelope import Unparseable
from channels.mail_limits import outline

HEAD = b"From: a@b.example\r\nTo: x@y.example\r\nSubject: s\r\n"
NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (i, i) for i in range(1100))
WORDS = b", ".join(b"=?utf-8?b?%b?= <u%d@x.org>" % (base64.b64encode(b"n%d" % i), i) for i in range(10_000))
HOSTILE = {
    "10,000 encoded addresses": (HEAD + b"Cc: " + WORDS + b"\r\n\r\nhi", "header block larger than 256 KiB"),
    "600 addresses": (HEAD + b"Cc: " + b"a@b.c," * 600 + b"\r\n\r\nhi", "more than 500 addresses in a header field"),
    "100,000 parts": (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
        "more than 500 parts",
    ),
    "nested 1,100 deep": (HEAD + NESTED + b"hi", "parts nested deeper than 50"),
    "messages in messages": (HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 1100, "parts nested deeper than 50"),
    "parentheses": (HEAD.replace(b"x@y.example", b"(" * 900) + b"\r\nhi", "comments nested deeper than 20"),
    "2,000 headers": (b"X: y\r\n" * 2000 + b"\r\nhi", "more than 1000 header fields"),
    "100,000 divs": (
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000,
        "HTML nested deeper than 256",
    ),
    "100,000 divs, falsely closed": (
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div></b>" * 100_000,
        "HTML nested deeper than 256",
    ),
    "61 MiB": (HEAD + b"\r\n" + b"x" * (61 * 1024 * 1024), "mail larger than 60 MiB"),
}


@pytest.fixture(scope="module", autouse=True)
def server():
    mail_child.warm()
    yield
    mail_child.stop()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_refused_with_a_reason_and_at_once(name):
    raw, reason = HOSTILE[name]
    started = time.monotonic()
    with pytest.raises(Unparseable) as refused:
        mail_child.parse_limited(raw, "x@y.example")
    assert str(refused.value) == reason
    assert time.monotonic() - started < 5


def test_a_message_within_the_limits_comes_back_whole():
    content = os.urandom(3_000_000)
    raw = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: image/png\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content) + b"\r\n--b--\r\n"
    )
    found = mail_child.parse_limited(raw, "x@y.example")
    assert (found.text, found.attachments[0].content) == ("hello", content)


def test_html_without_end_beside_plain_words_is_a_file():
    raw = (
        HEAD + b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 300 + b"\r\n--b--\r\n"
    )
    found = mail_child.parse_limited(raw, "x@y.example")
    assert (found.text, found.html, [file.content_type for file in found.attachments]) == ("hello", "", ["text/html"])
    assert "HTML nested deeper than 256, kept as a file" in found.defects


def test_the_outline_finds_the_leaves():
    raw = b"Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\nX: y\n\ntwo\n--b--\npost\n"
    assert [raw[leaf.start : leaf.end] for leaf in outline(raw).leaves] == [b"one", b"two"]


def test_a_child_is_limited_and_its_death_is_a_reason():
    slow = HEAD + b"Content-Type: text/html\r\n\r\n" + b"<p>x" * 500_000
    said: list[str] = []

    def read() -> None:
        try:
            mail_child.read_limited(slow)
        except Unparseable as refused:
            said.append(str(refused))

    thread = threading.Thread(target=read)
    thread.start()
    child = _child()
    limits = [child.rlimit(kind)[0] for kind in (psutil.RLIMIT_AS, psutil.RLIMIT_CPU, psutil.RLIMIT_NOFILE)]
    child.kill()
    thread.join()
    assert limits == [512 * 1024 * 1024, 10, 64]
    assert said == ["reading it took too much time or memory"]
    assert mail_child.read_limited(HEAD + b"\r\nhi").text == "hi"


def _child() -> psutil.Process:
    server = psutil.Process(mail_child._server._process.pid)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        for child in server.children():
            if child.rlimit(psutil.RLIMIT_NOFILE)[0] == 64:
                return child
    raise AssertionError("no child was forked")


def test_threads_share_the_server_and_leave_no_zombies():
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(mail_child.read_limited(HEAD + b"\r\n%d" % n).text))
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=int) == [str(n) for n in range(12)]
    children = [child for child in psutil.Process().children(recursive=True) if child.status() == "zombie"]
    assert children == []


def test_a_killed_server_is_started_again():
    server = mail_child._server._process
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    server.wait(5)
    assert mail_child.read_limited(HEAD + b"\r\nhi").text == "hi"


def test_the_server_ends_with_its_parent():
    code = (
        "from channels import mail_child as c; c.read_limited(b'\\r\\nhi')\n"
        "print(c._server._process.pid, flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        server = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert psutil.wait_procs([server], timeout=5)[1] == []
