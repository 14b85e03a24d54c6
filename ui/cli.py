"""The `warmline` command. Each noun registers its own verbs; what a verb needs is imported when it runs.

Exit status 0 done, 1 the thing asked for failed (one line on standard error), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from inbox.errors import WarmlineError
from ui.commands import (
    arrivals,
    audit,
    chat,
    demo,
    doctor,
    keyword,
    mail,
    migrate,
    patients,
    processes,
    routing,
    serve,
    slas,
    sms,
    twilio,
    user,
)

NOUNS = (serve, processes, migrate, demo, user, doctor, audit, arrivals, mail, routing, slas, patients, twilio, chat)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and answers its exit status."""
    args = parser().parse_args(arguments)
    try:
        status: int = args.func(args)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us went away: nothing is left to say, not even at exit
        return 1
    except WarmlineError as error:
        return _fail(_words(error))
    except OSError as error:
        return _fail(f"{error.strerror or type(error).__name__}{f': {error.filename}' if error.filename else ''}")
    except KeyboardInterrupt:
        return 130
    return status


def parser() -> argparse.ArgumentParser:
    """All commands."""
    made = argparse.ArgumentParser(prog="warmline", description="An omnichannel contact-centre inbox for clinics.")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for noun in NOUNS:
        noun.add(commands)
    verbs = commands.add_parser("sms", help="what a text costs, and what it asks for").add_subparsers(
        dest="verb", required=True, metavar="VERB"
    )
    sms.add_to_sms(verbs)
    keyword.add_to_sms(verbs)
    return made


def _words(error: WarmlineError) -> str:
    fields = "; ".join(f"{field}: {detail}" for field, detail in error.fields.items())
    return f"{error.detail} ({fields})" if fields else error.detail


def _fail(words: str) -> int:
    print(f"warmline: {' '.join(words.split())}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
