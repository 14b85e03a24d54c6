"""`warmline chat secret`: what the clinic's own site signs its users with, so that the chat knows them."""

from __future__ import annotations

import argparse


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `warmline chat`."""
    verbs = commands.add_parser("chat", help="the chat on the clinic's site").add_subparsers(
        dest="verb", required=True, metavar="VERB"
    )
    secret = verbs.add_parser("secret", help="print the secret that signs the site's users")
    secret.set_defaults(func=_secret)


def _secret(args: argparse.Namespace) -> int:
    from inbox import settings
    from inbox.keys import Keys

    print(Keys(settings.read().secret_key).chat_site)
    return 0
