"""`warmline audit verify` and `warmline audit report`: does the chain hold, and who saw or changed what."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec

from ui.commands.house import opened, show

if TYPE_CHECKING:
    from inbox.audit import Asked, Chain, Line
    from inbox.house import House
    from inbox.seal import Anchor, Sealed
    from inbox.store.database import Reading

COLUMNS = (
    "at",
    "kind",
    "actor_id",
    "actor",
    "what",
    "object_id",
    "patient_id",
    "conversation_id",
    "how",
    "why",
    "role",
    "outcome",
    "device",
    "address",
    "id",
)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers `audit verify` and `audit report`."""
    verbs = commands.add_parser("audit", help="the record of what was seen and changed").add_subparsers(
        required=True, metavar="VERB"
    )
    check = verbs.add_parser("verify", help="walk the journal's hash chain and the log's seals; 1 when broken")
    check.add_argument("--since", default="0", metavar="SEQ|T", help="behind this number, or from this moment on")
    check.add_argument("--anchor", metavar="FILE", help="a copy of audit-anchor.json kept elsewhere: shows a cut tail")
    check.add_argument("--json", action="store_true")
    check.set_defaults(func=verify)
    parser = verbs.add_parser("report", help="who saw or changed what, as JSON Lines")
    parser.add_argument("--patient", type=int, metavar="ID")
    parser.add_argument("--actor", metavar="ID|EMAIL")
    parser.add_argument("--from", dest="first", metavar="T", help="a date or moment (default: 30 days ago)")
    parser.add_argument("--to", dest="last", metavar="T", help="a date or moment (default: now)")
    parser.add_argument("--csv", action="store_true")
    parser.set_defaults(func=report)


def verify(args: argparse.Namespace) -> int:
    """Names the first row whose link does not hold."""
    from inbox import audit

    since = int(args.since) if args.since.isdigit() else _moment("since", args.since)
    with opened() as house, house.database.snapshot() as reading:
        chain = audit.verify(reading, house.keys, since, _anchor(args.anchor, house))
    if args.json:
        show(chain)
    elif chain.holds:
        print(f"The chain holds: {chain.checked} rows.")
        print(
            f"The access log holds: {chain.access.rows} rows under {chain.access.seals} seals, {_rest(chain.access)}."
        )
    for fault in _faults(chain):
        print(f"warmline: {fault}", file=sys.stderr)
    return 0 if chain.holds else 1


def _faults(chain: Chain) -> Iterator[str]:
    if chain.broken_at is not None:
        yield f"the chain is broken at row {chain.broken_at}, {chain.checked} rows before hold"
    if (fault := chain.access.fault) is not None:
        row = f", row {fault.row}" if fault.row is not None else ""
        yield f"the access log is broken at seal {fault.seal}{row}: {fault.why}; {chain.access.seals} seals before hold"


def _rest(sealed: Sealed) -> str:
    return f"{sealed.unsealed} wait for the next" + (f", {sealed.strays} of them too old for it" * bool(sealed.strays))


def _anchor(given: str | None, house: House) -> Anchor | None:
    """The newest seal as it was kept: in the file named, else the one in the data folder."""
    from inbox import seal
    from inbox.errors import Invalid

    path = Path(given) if given else seal.anchor_file(house)
    try:
        found = seal.read_anchor(path)
    except (OSError, msgspec.MsgspecError):
        raise Invalid(fields={"anchor": "could not be read"}) from None
    if given and found is None:
        raise Invalid(fields={"anchor": "there is no such file"})
    return found


def report(args: argparse.Namespace) -> int:
    """Prints the acts, oldest first."""
    from inbox import audit

    with opened() as house, house.database.snapshot() as reading:
        lines = audit.report(reading, _asked(reading, args))
        if args.csv:
            write_csv(lines, sys.stdout)
            return 0
        for line in lines:
            show(line)
    return 0


def _asked(reading: Reading, args: argparse.Namespace) -> Asked:
    from inbox.audit import Asked

    until = _moment("to", args.last) if args.last else datetime.now(UTC) + timedelta(seconds=1)
    since = _moment("from", args.first) if args.first else until - timedelta(days=30)
    return Asked(since, until, args.patient, _actor_id(reading, args.actor) if args.actor else None)


def _actor_id(reading: Reading, named: str) -> int:
    from inbox.errors import NotFound
    from inbox.store import accounts

    if named.isdigit():
        return int(named)
    found = accounts.by_email(reading, named.strip().lower())
    if found is None:
        raise NotFound("There is no active account with this mail address.")
    return int(found.id)


def _moment(field: str, text: str) -> datetime:
    from inbox.errors import Invalid

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(fields={field: "a date or a moment such as 2026-03-11T17:00:00Z"}) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def write_csv(lines: Iterable[Line], file: IO[str]) -> None:
    """The acts as a table that a spreadsheet opens without running any of it."""
    out = csv.writer(file)
    out.writerow((*COLUMNS, "ids", "details"))
    for line in lines:
        named = (getattr(line, column) for column in COLUMNS)
        ids, details = " ".join(str(one) for one in line.ids), json.dumps(line.details) if line.details else ""
        out.writerow([*(_cell(value) for value in named), ids, _cell(details)])


def _cell(value: Any) -> str:
    """What a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection)."""
    text = "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
