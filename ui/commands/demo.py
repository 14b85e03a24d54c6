"""`warmline demo`: the made-up clinic, served, with patients who keep writing. Refuses production settings."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from ui.commands.serve import HOST, PORT, Companion, at_port, claimed, run

if TYPE_CHECKING:
    from fixtures.clinic import Person
    from inbox.settings import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers `demo`."""
    parser = commands.add_parser("demo", help="serve the demo clinic; a second run keeps its data")
    parser.add_argument("--host", default=HOST, help=f"the address to listen on (default: {HOST})")
    parser.add_argument("--port", type=int, default=PORT, help=f"the port (default: {PORT})")
    parser.set_defaults(func=demo)


def demo(args: argparse.Namespace) -> int:
    """Makes the database, installs the clinic, prints who may sign in, serves."""
    from inbox import settings
    from inbox.errors import SettingWrong

    read = at_port(settings.read(), args.port)
    if not read.is_demo:
        raise SettingWrong(
            "WARMLINE_MODE is production: the demo would add made-up people. Example: WARMLINE_MODE=demo"
        )
    _introduce(read, _install(read))
    return run(read, args.host, args.port, _traffic(read) if read.demo_traffic else None)


def _install(settings: Settings) -> list[Person]:
    from fixtures import clinic, day
    from inbox import vitals
    from inbox.house import House

    with claimed(settings):
        vitals.upgrade(settings)
        house = House(settings)
        try:
            is_fresh = vitals.look(house.database).head == 0
            people = clinic.install(house)
            if is_fresh:
                day.play(house)
        finally:
            house.close()
    return people


def _introduce(settings: Settings, people: list[Person]) -> None:
    print(f"Northside Health, a made-up clinic. Sign in on {settings.public_url}/login as")
    for person in people:
        print(f"  {person.role:<12} {person.email:<28} {person.password}   {person.name}")


def _traffic(settings: Settings) -> Companion:
    """Patients who keep writing, through the real doors, signed like a provider's webhooks."""
    from channels import twilio
    from fixtures import traffic

    def sign(url: str, pairs: Iterable[tuple[str, str]]) -> str:
        return twilio.sign(url, pairs, settings.twilio_auth_token)

    return partial(traffic.run, settings=settings, sign=sign)
