"""Programs that only Debian has for the tests: found, or installed as root; the reason if neither."""

import os
import shutil
import subprocess
from collections.abc import Callable

from tests.support.services import ServiceUnavailable


def found_or_installed(find: Callable[[], str], *packages: str) -> str:
    """What `find` answers; where it finds nothing, root on Debian installs the packages first."""
    try:
        return find()
    except ServiceUnavailable:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise
    _apt_get("update")
    _apt_get("install", "--yes", "--no-install-recommends", *packages)
    return find()


def _apt_get(*arguments: str) -> None:
    command = ["apt-get", "-qq", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ServiceUnavailable(f"`{' '.join(command)}` failed: {done.stderr.strip()[-500:]}")
