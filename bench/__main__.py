"""`python -m bench [NAME…] [--quick] [--plans] [--storage NAME]`: measures, prints one table, exits 1 when a bar is
missed."""

from __future__ import annotations

import argparse
import importlib
import sys
import time

from bench.figures import Figure, table
from bench.options import Options
from bench.storage import STORAGES, Storages

NAMES = (
    "accept",
    "classify",
    "distribution",
    "mail",
    "whole_way",
    "growth",
    "listing",
    "report",
    "screens",
    "search",
    "start",
    "timers",
    "timeline",
    "weight",
)


def main() -> int:
    """Runs the benchmarks that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="shorter runs on smaller tables")
    parser.add_argument("--plans", action="store_true", help="print the query plans of the growth figures")
    parser.add_argument("--storage", choices=STORAGES, help="only this storage")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    options = Options(quick=given.quick, plans=given.plans)
    with Storages((given.storage,) if given.storage else STORAGES) as storages:
        figures = [figure for name in given.names or NAMES for figure in _measured(name, storages, options)]
        if storages.reason:
            print(f"no figures of PostgreSQL: {storages.reason}")
    print(table(figures))
    return 0 if all(figure.holds for figure in figures) and not storages.reason else 1


def _measured(name: str, storages: Storages, options: Options) -> list[Figure]:
    begun = time.monotonic()
    figures: list[Figure] = importlib.import_module(f"bench.{name}").measure(storages, options)
    print(f"-- {name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main())
