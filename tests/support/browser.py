"""The Chromium that browser tests drive: Debian's, found or installed. Refuses to download a browser by itself."""

import os
import shutil
import subprocess

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
    try:
        return find()
    except ServiceUnavailable:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise
    _apt_get("update")
    _apt_get("install", "--yes", "--no-install-recommends", "chromium")
    return find()


def _apt_get(*arguments: str) -> None:
    command = ["apt-get", "-qq", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ServiceUnavailable(f"`{' '.join(command)}` failed: {done.stderr.strip()[-500:]}")
