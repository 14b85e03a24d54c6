"""How quickly the command line answers and how little an idle server holds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from bench.figures import Figure
from bench.options import Options
from bench.serving import ROOT, served
from bench.storage import Storages

HELP_SECONDS = 0.3
IDLE_MB = 150.0
SETTLED_SECONDS = 10.0


def measure(storages: Storages, options: Options) -> list[Figure]:
    """Both."""
    return [_help(5 if options.quick else 15), *(_idle(storages, name) for name in storages.names)]


def _help(runs: int) -> Figure:
    program = str(Path(sys.executable).with_name("warmline"))
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        subprocess.run([program, "--help"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - begun)
    return Figure("warmline --help", "", median(times), "≤", HELP_SECONDS, "s", f"median of {runs}")


def _idle(storages: Storages, storage: str) -> Figure:
    with storages.fresh(storage) as environment, served(environment) as (_, process):
        time.sleep(SETTLED_SECONDS)
        return Figure("idle server", storage, _resident(process), "≤", IDLE_MB, "MB", "resident, after 10 s")


def _resident(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
