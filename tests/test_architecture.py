"""Holds the law of the house: who imports whom, who reads the environment, who may catch everything, which versions."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support import architecture

ROOT = Path(__file__).parents[1]

# the lowest version without a known hole, and the hole
FLOORS = {
    "litestar": ("2.25", "CVE-2024-52581, CVE-2025-59152, CVE-2026-25478, CVE-2026-25479, CVE-2026-48060"),
    "aiosmtplib": ("5.1.3", "CVE-2026-53533 and its follow-up"),
    "aiosmtpd": ("1.4.6", "CVE-2024-27305 (smuggling), CVE-2024-34083 (STARTTLS)"),
    "nh3": ("0.3.8", "ammonia advisories"),
}


def test_folders_import_only_what_the_house_allows() -> None:
    assert architecture.folder_imports(ROOT) == []


def test_no_cycle_between_folders() -> None:
    assert architecture.cycles(ROOT) == []


def test_libraries_stay_in_their_rooms() -> None:
    assert architecture.library_imports(ROOT) == []


def test_only_settings_read_the_environment() -> None:
    assert architecture.environment_reads(ROOT) == []


def test_everything_is_caught_only_where_the_table_says_why() -> None:
    assert architecture.catch_alls(ROOT) == []


def test_every_module_says_what_lives_in_it() -> None:
    assert architecture.missing_docstrings(ROOT) == []


def test_templates_hold_nothing_that_the_policy_refuses() -> None:
    assert architecture.template_offences(ROOT) == []


OFFENDERS = [
    (
        architecture.folder_imports,
        "slas/clocks.py",
        "from inbox import journal",
        "slas/clocks.py imports inbox.journal",
    ),
    (architecture.folder_imports, "routing/assign.py", "import slas.hours", "routing/assign.py imports slas.hours"),
    (architecture.folder_imports, "inbox/reply.py", "def f():\n import ui.app", "inbox/reply.py imports ui.app"),
    (
        architecture.folder_imports,
        "inbox/note.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n from ui.app import App",
        "inbox/note.py imports ui.app.App",
    ),
    (
        architecture.folder_imports,
        "patients/record.py",
        "from importlib import import_module\nimport_module('inbox.live')",
        "patients/record.py imports inbox.live",
    ),
    (architecture.folder_imports, "ui/board.py", "import fixtures.cast", "ui/board.py imports fixtures.cast"),
    (
        architecture.folder_imports,
        "inbox/store/work.py",
        "from .. import reply",
        "inbox/store/work.py imports inbox.reply",
    ),
    (
        architecture.folder_imports,
        "migrations/env.py",
        "from inbox import intake",
        "migrations/env.py imports inbox.intake",
    ),
    (architecture.library_imports, "ui/pages.py", "import sqlalchemy.orm", "ui/pages.py imports sqlalchemy.orm"),
    (architecture.library_imports, "inbox/intake.py", "import redis", "inbox/intake.py imports redis"),
    (architecture.library_imports, "patients/fhir.py", "from httpx import get", "patients/fhir.py imports httpx.get"),
    (architecture.environment_reads, "ui/app.py", "import os\nx = os.environ['A']", "ui/app.py:2"),
    (architecture.environment_reads, "ui/app.py", "from os import getenv", "ui/app.py:1"),
    (architecture.catch_alls, "channels/mail.py", "try: pass\nexcept Exception: pass", "channels/mail.py:2"),
    (architecture.catch_alls, "ui/board.py", "try: pass\nexcept: pass", "ui/board.py:2"),
    (
        architecture.catch_alls,
        "inbox/watch.py",
        "try: pass\nexcept Exception: pass\ntry: pass\nexcept (OSError, Exception): pass",
        "inbox/watch.py:4",
    ),
    (architecture.missing_docstrings, "slas/hours.py", "x = 1", "slas/hours.py"),
    (architecture.missing_docstrings, "slas/hours.py", '"""a\nb\nc\nd"""', "slas/hours.py"),
    (architecture.template_offences, "ui/templates/a.html", "{{ text | safe }}", "ui/templates/a.html: unescaped"),
    (architecture.template_offences, "ui/templates/a.html", "<b onclick='x()'>", "ui/templates/a.html: inline handler"),
    (
        architecture.template_offences,
        "ui/templates/a.html",
        '<b style="top:0">',
        "ui/templates/a.html: style attribute",
    ),
    (architecture.template_offences, "ui/templates/a.html", "<style>b{}</style>", "ui/templates/a.html: inline style"),
    (
        architecture.template_offences,
        "ui/templates/a.html",
        "<script>x()</script>",
        "ui/templates/a.html: inline script",
    ),
]


@pytest.mark.parametrize(("check", "file", "text", "offence"), OFFENDERS)
def test_each_check_finds_an_offender(
    check: Callable[[Path], list[str]], file: str, text: str, offence: str, tmp_path: Path
) -> None:
    _write(tmp_path, file, text)
    assert check(tmp_path) == [offence]


def test_a_cycle_is_found_through_a_third_folder(tmp_path: Path) -> None:
    _write(tmp_path, "slas/a.py", "import inbox.b")
    _write(tmp_path, "inbox/b.py", "import ui.c")
    _write(tmp_path, "ui/c.py", "import slas.a")
    assert architecture.cycles(tmp_path) == ["inbox ⇄ slas", "inbox ⇄ ui", "slas ⇄ ui"]


INNOCENTS = [
    (architecture.folder_imports, "ui/cli.py", "import fixtures.clinic"),
    (architecture.folder_imports, "inbox/intake.py", "from channels import registry"),
    (architecture.folder_imports, "migrations/env.py", "from inbox.store import tables"),
    (architecture.folder_imports, "inbox/store/database.py", "from inbox import errors\nfrom . import tables"),
    (architecture.folder_imports, "inbox/store/sight.py", "from inbox.actors import Actor"),
    (architecture.library_imports, "inbox/jobs.py", "import redis"),
    (architecture.environment_reads, "inbox/settings.py", "import os\nx = os.environ"),
    (architecture.catch_alls, "inbox/worker.py", "try: pass\nexcept Exception: pass"),
    (architecture.catch_alls, "inbox/store/database.py", "try: pass\nexcept BaseException:\n x = 1\n raise"),
    (architecture.missing_docstrings, "slas/__init__.py", ""),
    (
        architecture.template_offences,
        "ui/templates/a.html",
        '<script type="module" src="/static/a.js"></script><script type="application/json">{}</script><a data-on="x">',
    ),
]


@pytest.mark.parametrize(("check", "file", "text"), INNOCENTS)
def test_no_check_finds_an_innocent(check: Callable[[Path], list[str]], file: str, text: str, tmp_path: Path) -> None:
    _write(tmp_path, file, text)
    assert check(tmp_path) == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
@pytest.mark.parametrize("package", FLOORS)
def test_locked_versions_stand_on_their_floors(lock: str, package: str) -> None:
    assert _locked(lock)[package] >= Version(FLOORS[package][0]), FLOORS[package][1]


@pytest.mark.parametrize(("lock", "extras"), [("requirements.lock", []), ("requirements-test.lock", ["test"])])
def test_every_dependency_is_locked_at_a_version_it_asks_for(lock: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(name for extra in extras for name in project["optional-dependencies"][extra])]
    locked = _locked(lock)
    unmet = [r.name for r in map(Requirement, wanted) if not r.specifier.contains(locked[canonicalize_name(r.name)])]
    assert unmet == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_test_lock_holds_the_other_one_whole() -> None:
    assert _locked("requirements.lock").items() - _locked("requirements-test.lock").items() == set()


def _locked(lock: str) -> dict[str, Version]:
    pins = re.findall(r"^([\w.\-]+)(?:\[[\w,]+\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in pins}


def _write(root: Path, file: str, text: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
