"""The one list of steps that people and CI run, by name: `python .ci/steps.py [STEP…]`, all of them without a name.

Starts the servers that a step needs and stops them. Refuses to skip: what cannot be had fails its step with the reason.
"""

# ruff: noqa: T201, S603 -- a program for people: it prints, and it starts the fixed commands below

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support import browser, mailboxes, services  # noqa: E402 -- reason: found only through the line above

BIN = Path(sys.executable).parent
LEAVES = ("tests/channels", "tests/patients", "tests/routing", "tests/slas")
PARALLEL = "-n 2 --dist worksteal --durations=40 --durations-min=3"


class Step(NamedTuple):
    name: str
    command: str
    needs_services: bool = False


STEPS = (
    Step("style", "ruff check ."),
    Step("format", "ruff format --check ."),
    Step("types", "mypy"),
    Step("architecture", "pytest -q tests/test_architecture.py"),
    Step("docs", "pytest -q tests/test_docs.py"),
    Step("leaves", f"pytest -q {PARALLEL} {' '.join(LEAVES)}"),
    Step(
        "application",
        f"pytest -q {PARALLEL} tests --ignore=tests/test_architecture.py --ignore=tests/test_docs.py "
        + " ".join(f"--ignore={leaf}" for leaf in LEAVES),
        needs_services=True,
    ),
)


def main(names: list[str]) -> int:
    unknown = set(names) - {step.name for step in STEPS}
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; steps are: {', '.join(step.name for step in STEPS)}")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a stopped run stops its servers too
    chosen = [step for step in STEPS if step.name in names or not names]
    begun = time.monotonic()
    failed = [step.name for step in chosen if not passes(step)]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "ok"
    print(f"\n{len(chosen)} steps in {time.monotonic() - begun:.0f} s: {verdict}", flush=True)
    return 1 if failed else 0


def passes(step: Step) -> bool:
    """Runs one step with what it needs; says how long it took and whether it went well."""
    print(f"\n── {step.name}: {step.command}", flush=True)
    begun = time.monotonic()
    with ExitStack() as running:
        try:
            environment = {**os.environ, **(started(running) if step.needs_services else {})}
        except services.ServiceUnavailable as reason:
            print(f"── {step.name} FAILED: {reason}", flush=True)
            return False
        program, *arguments = shlex.split(step.command)
        done = subprocess.run([str(BIN / program), *arguments], cwd=ROOT, env=environment, check=False)
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"── {step.name} {verdict}, {time.monotonic() - begun:.1f} s", flush=True)
    return done.returncode == 0


def started(running: ExitStack) -> dict[str, str]:
    """Starts what the tests need, until `running` closes; where it is, as the tests read it from their environment.

    A server that the environment already names is used as it is.
    """
    places = {"WARMLINE_TEST_CHROMIUM": browser.find_or_install}
    places["WARMLINE_TEST_DOVECOT"] = mailboxes.find_or_install
    places["WARMLINE_TEST_POSTGRES_URL"] = lambda: running.enter_context(services.postgres())
    places["WARMLINE_TEST_REDIS_URL"] = lambda: running.enter_context(services.valkey())
    return {name: os.environ.get(name) or start() for name, start in places.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
