"""Holds the documents to the code: what they name exists, what they tell to type works, the README stays short."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
WARMLINE = Path(sys.executable).parent / "warmline"
FILE_NAME = re.compile(r"`((?:[\w.-]+/)+[\w.-]*)`")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
MAKE = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)
COMMAND = re.compile(r"(?:^|`|bin/)warmline ([a-z]+(?: [a-z]+)?)", re.MULTILINE)
SETTING = re.compile(r"WARMLINE_([A-Z_]*[A-Z])")
OURS = (
    "ui",
    "inbox",
    "channels",
    "patients",
    "routing",
    "slas",
    "fixtures",
    "migrations",
    "tests",
    "docs",
    "bench",
    ".ci",
)

COMMANDS = sorted({command for page in PAGES for command in COMMAND.findall((ROOT / page).read_text())})


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().split()) <= 350


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_exist(page: str) -> None:
    named = FILE_NAME.findall((ROOT / page).read_text())
    assert [name for name in named if name.split("/")[0] in OURS and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    here = (ROOT / page).parent
    assert [link for link in LINK.findall((ROOT / page).read_text()) if not (here / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_make_knows_the_targets_that_a_page_names(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(MAKE.findall((ROOT / page).read_text())) - targets == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_line_knows_the_commands_that_a_page_names(command: str) -> None:
    asked = subprocess.run([str(WARMLINE), *command.split(), "--help"], capture_output=True, text=True, check=False)
    assert (asked.returncode, asked.stderr) == (0, "")


def test_every_setting_is_documented_and_no_other() -> None:
    read = re.findall(r'\(values, "([A-Z_]+)"', (ROOT / "inbox" / "settings.py").read_text())
    told = SETTING.findall((ROOT / "docs" / "self-hosting.md").read_text())
    assert {name.removesuffix("_FILE") for name in told} == set(read)


def test_the_tour_walks_through_every_room() -> None:
    named = FILE_NAME.findall((ROOT / "docs" / "tour.md").read_text())
    assert {"ui", "inbox", "channels", "patients", "routing", "slas"} - {name.split("/")[0] for name in named} == set()


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    head, foot = text.split("\n\n", 1)[0].split("\n"), text.rstrip().splitlines()[-1]
    assert [line.strip() for line in head] == ["GNU AFFERO GENERAL PUBLIC LICENSE", "Version 3, 19 November 2007"]
    assert (len(text), foot) == (34523, "<https://www.gnu.org/licenses/>.")


def test_a_wrong_page_would_be_noticed() -> None:
    """Negative control of the patterns above."""
    page = (
        "See `inbox/nowhere.py`, [this](missing.md#part), `make nothing` and `warmline nothing --json`. `WARMLINE_X_Y`"
    )
    assert FILE_NAME.findall(page) == ["inbox/nowhere.py"]
    assert LINK.findall(page) == ["missing.md"]
    assert MAKE.findall(page) == ["nothing"]
    assert COMMAND.findall(page) == ["nothing"]
    assert SETTING.findall(page) == ["X_Y"]
