"""Another party before a running Warmline: knows its address, its settings and the public surface, nothing of its code.

Signatures are computed here a second time, on purpose.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.support.serving import free_port

ROOT = Path(__file__).parents[2]
CORPORA = ROOT / os.environ.get("WARMLINE_CORPORA", "../shared/corpora")
#: Only the secrets are set: in demo mode the account stays the sandbox's, so that nothing leaves this machine.
SID, SECRET, DOOR = "AC" + "0" * 30 + "42", "the-account-token", "the-door-token"
ROLES = ("agent", "nurse", "supervisor", "manager", "compliance", "outsider")
TEAMS = ("contact_center", "front_desk", "billing", "authorizations", "nursing")
PASSWORD = "a-password-of-many-words"
SECONDS = 30.0


class Party:
    """`api[role]` are programs with tokens; `cli` runs a command against the same installation."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.port, self.smtp = folder, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WARMLINE_")}
        ours = {
            "DATA_DIR": str(folder / "data"),
            "PUBLIC_URL": self.url,
            "SMTP_LISTEN": f"127.0.0.1:{self.smtp}",
            "TWILIO_AUTH_TOKEN": SECRET,
            "MAIL_DOOR_TOKEN": DOOR,
        }
        self.environment = kept | {f"WARMLINE_{name}": value for name, value in {**ours, **settings}.items()}
        self.tokens: dict[str, str] = {}
        self.api: dict[str, httpx.Client] = {}

    # the command line

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A process that stays, its output in a file."""
        with open(self.folder / f"{arguments[0]}.log", "wb") as log:
            return subprocess.Popen(_command(*arguments), cwd="/tmp", env=self.environment, stdout=log, stderr=log)

    def cli(self, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        """One command, from a folder that is not the project's."""
        known = self.environment | settings
        command = _command(*arguments)
        return subprocess.run(
            command, cwd="/tmp", env=known, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )

    def said(self, *arguments: str, stdin: str = "") -> list[Any]:
        """The JSON lines of a command that went well."""
        done = self.cli(*arguments, stdin=stdin)
        assert (done.returncode, done.stderr) == (0, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def hire(self) -> None:
        """A person and a token for each role; the outsider is an agent of no team. All commands run in one process:
        starting one takes longer than what it does."""
        commands = [("migrate",), *(command for role in ROLES for command in _hiring(role))]
        program = (
            "import io, json, sys; from ui.cli import main; asked, password = json.load(sys.stdin)\n"
            "for one in asked:\n    sys.stdin = io.StringIO(password)\n    main(one) and sys.exit(1)"
        )
        asked = [sys.executable, "-c", program]
        done = subprocess.run(
            asked,
            env=self.environment,
            input=json.dumps([commands, PASSWORD]),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        for line in done.stdout.splitlines():
            issued = json.loads(line) if line.startswith("{") else {}
            if "token" in issued:
                role = issued["email"].partition("@")[0]
                self.tokens[role] = issued["token"]
                self.api[role] = self.client(Authorization=f"Bearer {issued['token']}")
        assert tuple(self.api) == ROLES

    # HTTP

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=20)

    def twilio(
        self, path: str, form: dict[str, str], digest: str = "sha1", signature: str = "", **headers: str
    ) -> httpx.Response:
        """A signed webhook as Twilio's documentation describes it."""
        signed = self.url + path + "".join(name + value for name, value in sorted(form.items()))
        mac = hmac.new(SECRET.encode(), signed.encode("utf-8", "replace"), digest).digest()
        given = {"X-Twilio-Signature": signature or base64.b64encode(mac).decode(), **headers}
        body = urlencode(form, errors="replace")
        return httpx.post(
            self.url + path, content=body, headers=given | {"Content-Type": "application/x-www-form-urlencoded"}
        )

    def sms(self, text: str, sender: str, sid: str = "", to: str = "+14155550100") -> str:
        """A text message; answers its id."""
        sid = sid or new_sid()
        form = {"AccountSid": SID, "MessageSid": sid, "From": sender, "To": to, "Body": text}
        assert self.twilio("/in/twilio/messages", form).status_code == 200
        return sid

    def mail(self, raw: bytes, token: str = DOOR) -> httpx.Response:
        headers = {"Content-Type": "message/rfc822", "Authorization": f"Bearer {token}"}
        return httpx.post(f"{self.url}/in/mail", content=raw, headers=headers, timeout=30)

    def arrivals(self, **query: str) -> list[Any]:
        """One page of the raw inbound journal."""
        items: list[Any] = self.get("supervisor", "/api/arrivals", **query)["items"]
        return items

    def get(self, role: str, path: str, **query: Any) -> Any:
        """What a 200 says."""
        answer = self.api[role].get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, conversation: int, act: str, body: Any, role: str = "agent", **headers: str) -> httpx.Response:
        """An act on a conversation."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.api[role].post(f"/api/conversations/{conversation}/{act}", json=body, headers=named)

    def settled(self, **wanted: Any) -> Any:
        """The newest arrival with these values once it is no longer only accepted."""

        def look() -> Any:
            found = [one for one in self.arrivals() if wanted.items() <= one.items()]
            return found[0] if found and found[0]["state"] != "accepted" else None

        return until(look)

    def landed(self, text: str, sender: str = "") -> Any:
        """A text message that arrived, as its conversation."""
        arrival = self.settled(external_id=self.sms(text, sender or new_number()))
        return self.get("agent", f"/api/conversations/{arrival['conversation_id']}")


def until(look: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """What `look` answers as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found


def new_sid() -> str:
    return "SM" + uuid.uuid4().hex


def new_key() -> str:
    return uuid.uuid4().hex


def new_number() -> str:
    """A valid North American number that nobody had before."""
    return f"+1415{2000000 + uuid.uuid4().int % 7000000}"


@contextmanager
def running(folder: Path, roles: tuple[str, ...] = (), **settings: str) -> Iterator[Party]:
    """A served installation with its people; `roles` are the processes beside the server."""
    party = Party(folder, **settings)
    party.hire()
    with ExitStack() as stack:
        for arguments in (("serve", "--port", str(party.port)), *((role,) for role in roles)):
            process = party.start(*arguments)
            stack.callback(_stop, process)
        until(lambda: _is_up(party), 90)
        yield party
        for client in party.api.values():
            client.close()


def _is_up(party: Party) -> bool:
    try:
        return httpx.get(f"{party.url}/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(60)


def _hiring(role: str) -> list[tuple[str, ...]]:
    email = f"{role}@clinic.example"
    given = [part for team in TEAMS for part in ("--team", team)] if role != "outsider" else []
    kind = "agent" if role == "outsider" else role
    person = ("user", "add", email, "--name", role.title(), "--role", kind, *given, "--password-stdin")
    return [person, ("user", "token", email, "--label", "acceptance", "--json")]


def _command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).parent / "warmline"), *arguments]


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
