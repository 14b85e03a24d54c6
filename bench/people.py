"""Made-up people who work in the measured clinic, with tokens for their programs."""

from __future__ import annotations

from collections.abc import Mapping

from inbox import accounts
from inbox.house import House
from inbox.settings import read
from inbox.store import accounts as store

#: A server lets each person open eight sockets.
SOCKETS_EACH = 6
AVAILABLE = 10


def hire(environment: Mapping[str, str], sockets: int) -> list[str]:
    """As many agents as the sockets need, ten of them available for new work; answers a token for each socket."""
    house = House(read(environment))
    tokens = [_hire(house, number) for number in range(-(-sockets // SOCKETS_EACH))]
    house.close()
    return [token for token in tokens for _ in range(SOCKETS_EACH)][:sockets]


def _hire(house: House, number: int) -> str:
    email = f"agent{number}@clinic.example"
    with house.database.transaction() as unit:
        actor_id = accounts.add(
            unit,
            email=email,
            name=f"Agent {number}",
            role="agent",
            teams=["contact_center", "front_desk"],
            password=None,
            by=None,
        )
        actor = store.actor(unit, actor_id)
        if number < AVAILABLE and actor is not None:
            accounts.declare(unit, actor=actor, availability="available")
        return accounts.issue_token(unit, email=email, label="bench")
