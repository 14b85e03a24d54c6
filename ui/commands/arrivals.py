"""`warmline arrivals`: the raw inbound journal, and reading one again that could not be understood."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ui.commands.house import opened, show

if TYPE_CHECKING:
    from inbox.arrivals import Arrival


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers `arrivals` and `arrivals replay`."""
    parser = commands.add_parser("arrivals", help="the raw inbound journal, newest first")
    parser.add_argument("--state", metavar="S", help="accepted, received, duplicate, quarantined or refused")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (default: 50)")
    parser.add_argument("--json", action="store_true", help="one object {items, next}")
    parser.set_defaults(func=listed)
    replay = parser.add_subparsers(metavar="VERB").add_parser("replay", help="read a quarantined arrival again")
    replay.add_argument("id", type=int, metavar="ID")
    replay.set_defaults(func=read_again)


def listed(args: argparse.Namespace) -> int:
    """A line for each."""
    from inbox import arrivals

    with opened() as house, house.database.snapshot() as reading:
        page = arrivals.page(reading, actor=None, state=args.state, limit=max(1, args.limit))
    if args.json:
        show(page)
        return 0
    for one in page.items:
        print(_line(one))
    return 0


def read_again(args: argparse.Namespace) -> int:
    """Puts it back to be understood; the running workers do that."""
    from inbox import arrivals

    with opened() as house:
        house.database.write(arrivals.replay, actor=None, arrival_id=args.id)
    print(f"Arrival {args.id} will be read again.")
    return 0


def _line(one: Arrival) -> str:
    at = one.received_at.strftime("%Y-%m-%d %H:%M:%S")
    where = f"conversation {one.conversation_id}" if one.conversation_id else ""
    return "  ".join(part for part in (str(one.id), at, one.state, one.channel, one.door, where, one.reason) if part)
