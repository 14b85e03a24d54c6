"""`warmline migrate`: the schema to the newest version."""

from __future__ import annotations

import argparse


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers `migrate`."""
    parser = commands.add_parser("migrate", help="bring the database to the newest version")
    parser.set_defaults(func=migrate)


def migrate(args: argparse.Namespace) -> int:
    """Runs what is missing."""
    from inbox import settings, vitals

    read = settings.read()
    vitals.upgrade(read)
    print("The database is at the newest version.")
    return 0
