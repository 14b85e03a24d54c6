"""A whole Warmline in this process, on a real port: for journeys with a browser, sockets and signed requests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import uvicorn
from litestar import Litestar

from channels import twilio
from inbox import accounts, practice
from inbox.actors import Actor
from inbox.house import House
from inbox.live import Hub
from inbox.settings import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, read
from inbox.store import accounts as people
from tests.support.application import application
from tests.support.passwords import quick
from tests.support.serving import free_port

PASSWORD = "a-long-enough-password"
CAST = {
    "jess": ("Jess Moreno", "agent", ["contact_center", "front_desk", "billing"]),
    "sam": ("Sam Patel", "agent", ["contact_center", "front_desk", "billing"]),
    "dana": ("Dana Kim", "nurse", ["nursing", "contact_center"]),
    "theo": ("Theo Banks", "supervisor", []),
    "amir": ("Amir Levi", "manager", []),
}


class Clinic:
    """A running clinic: its address, its house and the ways in."""

    def __init__(self, url: str, house: House, app: Litestar) -> None:
        self.url, self.house, self._app = url, house, app
        self.sent = 0

    def cut(self) -> None:
        """Every live socket breaks."""
        hub: Hub = self._app.state.running.hub
        hub.drop(1012)

    def person(self, name: str) -> Actor:
        with self.house.database.snapshot() as reading:
            row = people.by_email(reading, f"{name}@clinic.example")
            actor = people.actor(reading, row.id) if row else None
        assert actor is not None
        return actor

    def token(self, name: str) -> str:
        with self.house.database.transaction() as unit:
            return accounts.issue_token(unit, email=f"{name}@clinic.example", label="test")

    def sms(self, text: str, sender: str = "+14152007788", **fields: str) -> httpx.Response:
        self.sent += 1
        form = {
            "AccountSid": DEMO_ACCOUNT_SID,
            "MessageSid": f"SM{self.sent:032d}",
            "From": sender,
            "To": "+14155550100",
            "Body": text,
        } | fields
        url = f"{self.url}/in/twilio/messages"
        signed = f"{self.house.settings.public_url}/in/twilio/messages"
        signature = twilio.sign(signed, form.items(), DEMO_AUTH_TOKEN)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return httpx.post(url, content=urlencode(form), headers=headers)

    def api(self, name: str) -> httpx.Client:
        return httpx.Client(base_url=f"{self.url}/api", headers={"Authorization": f"Bearer {self.token(name)}"})


@contextmanager
def clinic(
    database_url: str, folder: Path, *, port: int = 0, front: int = 0, undo: int = 0, **targets: int
) -> Iterator[Clinic]:
    """Serves until left. `targets` are the clinic's own seconds, such as first_response_P3=2; `front` is
    the port that browsers come through, `undo` how long a reply may be taken back."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    settings = read(
        {
            "WARMLINE_DATA_DIR": str(folder),
            "WARMLINE_DATABASE_URL": database_url,
            "WARMLINE_PUBLIC_URL": f"http://127.0.0.1:{front or port}",
            "WARMLINE_SMTP_LISTEN": "off",
            "WARMLINE_UNDO_SECONDS": str(undo),
        }
    )
    house = House(settings)
    with quick(), application(house) as app, _served(app, port):
        _furnish(house, targets)
        yield Clinic(url, house, app)


def _furnish(house: House, targets: dict[str, int]) -> None:
    """Its people, one line, and the seconds it promises."""
    with house.database.transaction() as unit:
        for name, (full_name, role, teams) in CAST.items():
            email = f"{name}@clinic.example"
            accounts.add(unit, email=email, name=full_name, role=role, teams=teams, password=PASSWORD, by=None)
        own = {name.replace("_P", ".P"): seconds for name, seconds in targets.items()}
        practice.publish(unit, practice.Practice(targets=own, lines=(practice.Line("+14155550100"),)), actor=None)


@contextmanager
def _served(app: Litestar, port: int) -> Iterator[None]:
    """In a thread of its own, joined on leaving."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, ws="websockets-sansio"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server ended while it started"
            thread.join(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()
