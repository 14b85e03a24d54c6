"""A real server fed with patients whose every word is a canary: none sings in logs, journal, jobs or gauges."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import select

from channels import twilio
from inbox import accounts
from inbox.house import House
from inbox.settings import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, DEMO_MAIL_DOOR_TOKEN, read
from inbox.store import tables as t
from tests.conftest import FreshDatabase
from tests.support.serving import free_port

ROOT = Path(__file__).parents[2]
CANARY, PHONE, MAIL = "PHI-CANARY", "+14155550177", "phi-canary@home.example"
#: However the canary is written down; a number also without its sign.
SIGNS = ("phi-canary", "phi canary", "phi%20canary", "phi_canary", PHONE[1:], "5550177")
LETTER = (
    f"From: PHI-CANARY-NAME <{MAIL}>\r\nTo: clinic@warmline.example\r\nSubject: PHI-CANARY-SUBJECT\r\n"
    "Message-ID: <phi-canary-1@home.example>\r\nDate: Wed, 11 Mar 2026 16:59:00 +0000\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n'
    "<p>PHI-CANARY-TEXT chest pain</p>\r\n--b\r\n"
    'Content-Type: application/pdf; name="PHI-CANARY-FILE.pdf"\r\nContent-Disposition: attachment; '
    'filename="PHI-CANARY-FILE.pdf"\r\n\r\nPHI-CANARY-CONTENT\r\n--b--\r\n'
)


class Served:
    """`warmline serve` in a process of its own."""

    def __init__(self, url: str, house: House, log: Path) -> None:
        self.url, self.house, self.log, self.token = url, house, log, ""
        self.asked: list[int] = []

    def knock(self, path: str, body: bytes, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.asked.append(httpx.post(self.url + path, content=body, headers=named, timeout=20).status_code)

    def hook(self, path: str, signed: bool = True, **fields: str) -> None:
        form = {"AccountSid": DEMO_ACCOUNT_SID, "From": PHONE, "To": "+14155550100", **fields}
        signature = twilio.sign(self.url + path, form.items(), DEMO_AUTH_TOKEN) if signed else "PHI-CANARY-SIGNATURE"
        media = "application/x-www-form-urlencoded"
        self.knock(path, urlencode(form).encode(), x_twilio_signature=signature, content_type=media)

    def ask(self, method: str, path: str, **options: object) -> None:
        named = {"authorization": f"Bearer {self.token}"}
        answer = httpx.request(method, self.url + path, headers=named, timeout=20, **options)  # type: ignore[arg-type]  # as given
        self.asked.append(answer.status_code)


@contextmanager
def served(url: str, folder: Path) -> Iterator[Served]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    named = {"WARMLINE_DATA_DIR": str(folder), "WARMLINE_DATABASE_URL": url, "WARMLINE_PUBLIC_URL": address}
    named |= {"WARMLINE_SMTP_LISTEN": "off", "WARMLINE_DEMO_TRAFFIC": "0"}
    house, log = House(read(named)), folder / "log"
    command = [sys.executable, "-m", "ui.cli", "serve", "--port", str(port)]
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **named}, stdout=out, stderr=out)
        try:
            _patiently(lambda: httpx.get(f"{address}/health/live").status_code == 200)
            yield Served(address, house, log)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
            house.close()


def _patiently(condition: object, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if condition():  # type: ignore[operator]  # a function without arguments
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)  # another process is waited for
    raise AssertionError("it never came to that")


def a_bad_day(clinic: Served) -> None:
    """Every door, understood and not, signed and not; then people who search and err."""
    words = {"Body": "PHI-CANARY-TEXT chest pain", "ProfileName": "PHI-CANARY-NAME"}
    clinic.hook("/in/twilio/messages", MessageSid="SM1", **words)
    clinic.hook("/in/twilio/messages", MessageSid="SM1", Body="PHI-CANARY-OTHER words under one id")
    clinic.hook("/in/twilio/messages", signed=False, MessageSid="SM2", **words)
    picture = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com.PHI-CANARY.example/x", "MediaContentType0": "a/b"}
    clinic.hook("/in/twilio/messages", MessageSid="SM3", **words, **picture)
    clinic.hook("/in/twilio/messages", From="PHI-CANARY-SENDER", MessageSid="SM4", Body="STOP")
    clinic.hook("/in/twilio/messages", MessageSid="SM5", Body="STOP")
    clinic.hook("/in/twilio/voice", CallSid="CA1", CallerName="PHI-CANARY-NAME")
    clinic.hook(
        "/in/twilio/voice/transcription", CallSid="CA1", TranscriptionText="PHI-CANARY-TEXT", RecordingSid="RE1"
    )
    door = {"authorization": f"Bearer {DEMO_MAIL_DOOR_TOKEN}", "content_type": "message/rfc822"}
    clinic.knock("/in/mail", LETTER.encode(), **door)
    clinic.knock("/in/mail", b"From: PHI-CANARY" + b"(" * 900 + b"\r\n\r\nPHI-CANARY", **door)
    clinic.knock("/in/mail", LETTER.encode(), content_type="message/rfc822", authorization="Bearer PHI-CANARY")
    form = {"name": "PHI-CANARY-NAME", "email": MAIL, "phone": PHONE, "message": "PHI-CANARY-TEXT"}
    clinic.knock("/forms/contact", urlencode(form).encode(), content_type="application/x-www-form-urlencoded")
    clinic.knock("/forms/contact", b'{"PHI-CANARY": [', content_type="application/json")


def people_err(clinic: Served, conversation: int) -> None:
    here = f"/api/conversations/{conversation}"
    clinic.ask("GET", "/api/conversations?q=PHI-CANARY-TEXT&view=all")
    clinic.ask("GET", "/inbox?q=PHI-CANARY-TEXT")
    clinic.ask("GET", f"/api/patients?q={PHONE}")
    clinic.ask("GET", "/api/PHI-CANARY/nowhere")
    clinic.ask("POST", f"{here}/notes", json={"text": "PHI-CANARY-NOTE", "client_id": "PHI-CANARY-ID"})
    clinic.ask("POST", f"{here}/notes", json={"text": 7, "PHI-CANARY": "x"})
    clinic.ask("POST", f"{here}/escalations", json={"why": "PHI-CANARY-WHY"})
    step = {"what": "PHI-CANARY-STEP", "due_at": "2030-01-01T00:00:00Z"}
    clinic.ask("POST", f"{here}/next-step", json=step)
    clinic.ask("POST", f"{here}/priority", json={"priority": 1, "why": "PHI-CANARY-WHY"})
    clinic.ask("POST", f"{here}/replies", json={"client_id": "r1", "text": "PHI-CANARY-REPLY"})
    clinic.ask("POST", f"{here}/replies", json={"client_id": "r2", "text": "PHI-CANARY", "to": "PHI-CANARY"})
    ending = {"client_id": "e", "outcome": "PHI-CANARY", "waiver": "PHI-CANARY", "disposition": "PHI-CANARY"}
    clinic.ask("POST", f"{here}/closure", json=ending)


def found(text: str) -> list[str]:
    return [sign for sign in SIGNS if sign in text.lower()]


def rows(clinic: Served, table: object) -> list[str]:
    with clinic.house.database.snapshot() as reading:
        return [str(tuple(row)) for row in reading.all(select(table))]  # type: ignore[call-overload]  # a table


@pytest.mark.timeout(180)
def test_no_word_of_a_patient_is_where_only_ids_belong(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    with served(fresh_database("sqlite"), tmp_path) as clinic:
        with clinic.house.database.transaction() as unit:
            person = {"email": "theo@clinic.example", "name": "Theo Banks", "role": "supervisor", "teams": []}
            accounts.add(unit, **person, password=None, by=None)  # type: ignore[arg-type]  # plain words
            clinic.token = accounts.issue_token(unit, email="theo@clinic.example", label="test")
        a_bad_day(clinic)
        _patiently(lambda: not any("accepted" in row for row in rows(clinic, t.arrivals.c.state)))
        with clinic.house.database.snapshot() as reading:
            conversation = reading.scalar(select(t.messages.c.conversation_id).order_by(t.messages.c.id).limit(1))
        people_err(clinic, conversation)
        gauges = httpx.get(f"{clinic.url}/metrics").text
        kept = {table.name: rows(clinic, table) for table in (t.journal, t.jobs, t.access, t.sessions, t.firings)}
        # the control: the words did come in and stand where they belong
        assert found(str(rows(clinic, t.messages.c.body)))
        assert found(str(rows(clinic, t.contact_points.c.value)))
    assert max(clinic.asked) < 500
    assert {name: found(str(lines)) for name, lines in kept.items()} == {name: [] for name in kept}
    assert (found(gauges), found(clinic.log.read_text())) == ([], [])
