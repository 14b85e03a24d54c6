"""Tests over the corpora run where the folder is; elsewhere they are left out, and the run says so."""

import os
from pathlib import Path

import pytest

ROOT = (Path(__file__).parents[2] / os.environ.get("WARMLINE_CORPORA", "../shared/corpora")).resolve()
#: The name under which a test tells how many cases it ran.
CASES = "corpus cases"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the folder a test over it could only fail."""
    if ROOT.is_dir():
        return
    left_out = [item for item in items if item.get_closest_marker("corpus")]
    items[:] = [item for item in items if not item.get_closest_marker("corpus")]
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line, where there is something to say."""
    passed = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    told = [int(value) for report in passed for name, value in report.user_properties if name == CASES]
    if not ROOT.is_dir():
        terminalreporter.write_line(f"corpora: none at {ROOT}, their tests are left out (WARMLINE_CORPORA)")
    elif told:
        terminalreporter.write_line(f"corpora: {sum(told):,} cases of {len(told)} corpora ran")
