"""`python -m bench.corpora [WORD…]`: prints the table of all corpora, or of those whose name holds a word; exits 1 when
a bar is missed. `--wrong` names the cases that went wrong."""

from __future__ import annotations

import argparse
import sys

from bench.corpora.corpus import ROOT, Score, measure
from bench.corpora.every import CORPORA


def main() -> int:
    """Measures each corpus in a process of its own, so that its peak of memory is its own."""
    parser = argparse.ArgumentParser(prog="python -m bench.corpora", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--wrong", action="store_true", help="name the cases that went wrong")
    given = parser.parse_args()
    if not ROOT.is_dir():
        print(f"There are no corpora at {ROOT}: WARMLINE_CORPORA names another folder.", file=sys.stderr)
        return 2
    chosen = [name for name in CORPORA if not given.words or any(word in name for word in given.words)]
    scores = [measure(name) for name in chosen]
    print(_table(scores))
    if given.wrong:
        for line in [f"{score.name}: {case}" for score in scores for case in score.wrong]:
            print(line)
    return 0 if all(score.holds for score in scores) else 1


def _table(scores: list[Score]) -> str:
    cells = [("corpus", "cases", "right", "wrong", "share", "95 % within", "bar", "", "slowest", "peak")]
    cells += [
        (
            score.name,
            f"{score.cases:,}",
            f"{score.right:,}",
            f"{len(score.wrong):,}",
            f"{score.share:.2%}",
            "{:.1%} to {:.1%}".format(*score.interval),
            score.bar,
            "ok" if score.holds else "SHORT",
            f"{score.slowest * 1000:,.0f} ms",
            f"{score.peak_mb:,.0f} MB",
        )
        for score in scores
    ]
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in (0, 6, 7) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


if __name__ == "__main__":
    sys.exit(main())
