"""`warmline user add` and `warmline user token`: accounts and the tokens of programs, from the operator's desk."""

from __future__ import annotations

import argparse
import sys
from getpass import getpass

from ui.commands.house import opened, show


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers `user add` and `user token`."""
    verbs = commands.add_parser("user", help="accounts and tokens").add_subparsers(required=True, metavar="VERB")
    new = verbs.add_parser("add", help="create an account")
    new.add_argument("email", metavar="EMAIL")
    new.add_argument("--name", required=True)
    new.add_argument("--role", required=True, metavar="R", help="front_desk, agent, nurse, supervisor, …")
    new.add_argument("--team", action="append", default=[], metavar="T", help="a team code; may be repeated")
    new.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    new.add_argument("--json", action="store_true")
    new.set_defaults(func=create)
    token = verbs.add_parser("token", help="issue a bearer token, printed once")
    token.add_argument("email", metavar="EMAIL")
    token.add_argument("--label", required=True, metavar="L", help="what it is for")
    token.add_argument("--json", action="store_true")
    token.set_defaults(func=issue)


def create(args: argparse.Namespace) -> int:
    """Adds the account; without a password it can only use tokens."""
    from inbox import accounts

    password = _password(args)
    person = {"email": args.email, "name": args.name, "role": args.role, "teams": args.team}
    with opened() as house:
        actor_id = house.database.write(accounts.add, **person, password=password, by=None)
    if args.json:
        show({"id": actor_id, **person})
    else:
        print(f"Added {args.email} as {args.role}.")
    return 0


def _password(args: argparse.Namespace) -> str | None:
    """From standard input, or asked for where a person sits at a terminal; programs need none."""
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if args.role == "service" or not sys.stdin.isatty():
        return None
    return getpass("Password (12 characters or more): ")


def issue(args: argparse.Namespace) -> int:
    """Prints a new token; only its hash is kept."""
    from inbox import accounts

    with opened() as house:
        token = house.database.write(accounts.issue_token, email=args.email, label=args.label)
    if args.json:
        show({"email": args.email, "label": args.label, "token": token})
    else:
        print(token)
    return 0
