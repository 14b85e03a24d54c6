"""The Chromium that browser tests drive: Debian's, found or installed. Refuses to download a browser by itself."""

import os
import shutil

from tests.support import debian
from tests.support.services import ServiceUnavailable

NAMES = ("chromium", "chromium-browser", "google-chrome")
# no update checks, no sync, no first-run page: a test's browser talks to the server under test and to nobody else
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str:
    """The path of Chromium: `WARMLINE_TEST_CHROMIUM`, or the first known name on PATH. ServiceUnavailable if none."""
    named = os.environ.get("WARMLINE_TEST_CHROMIUM")
    candidates = [named] if named else list(NAMES)
    for name in candidates:
        if path := shutil.which(name):
            return path
    raise ServiceUnavailable(f"no Chromium ({', '.join(candidates)}) on PATH; on Debian: apt-get install chromium")


def find_or_install() -> str:
    """Like find, but as root on Debian installs the package first."""
    return debian.found_or_installed(find, "chromium")
