"""`warmline patients import FILE`: patients from a table, NDJSON or a FHIR bundle, and what became of each row."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ui.commands.house import opened, show

if TYPE_CHECKING:
    from inbox.patient_import_batch import Line
    from inbox.patient_import_file import PatientFile

OUTCOMES = ("created", "in doubt", "linked", "changed", "unchanged", "refused", "passed over")
#: Seconds between two pictures of the bar, and how wide it is.
EVERY, WIDTH = 0.2, 30


def add_to_patients(questions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers `patients import`."""
    parser = questions.add_parser("import", help="take patients in: CSV, FHIR R4 NDJSON or a FHIR bundle")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--dry-run", action="store_true", help="write nothing; say of each row what would become of it")
    parser.add_argument("--region", default="US", metavar="CC", help="whose phone numbers have no country code")
    parser.add_argument("--json", action="store_true", help="one object {dry_run, counts, rows, seconds, lines}")
    parser.set_defaults(func=take_in)


def take_in(args: argparse.Namespace) -> int:
    """Takes the file in. A row that is refused loses no other; the exit status is 0 once the whole file was read."""
    from inbox import patient_import
    from inbox.patient_import_file import PatientFile

    file, counts, began = PatientFile(args.file, args.region), Counter[str](), time.monotonic()
    told: list[Line] = []
    with opened() as house:
        lines = patient_import.run(house.database, file, dry=args.dry_run)
        for line in _drawn(lines, file) if sys.stderr.isatty() else lines:
            counts[line.outcome] += 1
            if args.json and _worth_telling(line, args.dry_run):
                told.append(line)
            elif _worth_telling(line, args.dry_run):
                print(_words(line, args.dry_run))
    seconds = time.monotonic() - began
    if args.json:
        summary = {"dry_run": args.dry_run, "counts": {name: counts[name] for name in OUTCOMES}}
        show({**summary, "rows": counts.total(), "seconds": round(seconds, 3), "lines": told})
    else:
        print(_summary(counts, seconds, args.dry_run))
    return 0


def _worth_telling(line: Line, dry: bool) -> bool:
    return bool(line.why) or (dry and line.outcome != "unchanged")


def _words(line: Line, dry: bool) -> str:
    outcome = f"would be {line.outcome}" if dry and line.outcome in ("created", "linked", "changed") else line.outcome
    return f"{line.place}: {outcome}{': ' if line.why else ''}{'; '.join(line.why)}"


def _summary(counts: Counter[str], seconds: float, dry: bool) -> str:
    each = ", ".join(f"{counts[name]:,} {name}" for name in OUTCOMES)
    rate = counts.total() / seconds if seconds else 0
    queue = " Those in doubt wait under Patients, Duplicates." if counts["in doubt"] and not dry else ""
    written = "Nothing was written: " if dry else ""
    return f"{written}{counts.total():,} rows: {each}. {seconds:.1f} s, {rate:,.0f} rows/s.{queue}"


def _drawn(lines: Iterable[Line], file: PatientFile) -> Iterator[Line]:
    """The lines as they are, under a bar that says how much of the file was read."""
    drawn = 0.0
    for line in lines:
        if (now := time.monotonic()) - drawn > EVERY:
            drawn, full = now, round(file.share * WIDTH)
            print(f"\r[{'█' * full}{'·' * (WIDTH - full)}] {file.share:4.0%}", end="", file=sys.stderr, flush=True)
        yield line
    print(f"\r[{'█' * WIDTH}] 100%", file=sys.stderr)
