"""Who holds a job: a process, by its host, its number and a word of its own. What one that was killed held is put back
as soon as its successor starts; what another host held waits for its lease.
"""

from __future__ import annotations

import os
import secrets
import socket

from inbox.house import House
from inbox.store import jobs

#: Tells this process from one of the same number before it: in a container each is number 1.
_OWN = secrets.token_hex(4)


def me() -> str:
    """The name under which this process claims."""
    return f"{_place()}:{_OWN}"


def free_orphans(house: House) -> int:
    """Puts back what dead processes of this host held; answers how many jobs. To be asked before the first claim."""
    with house.database.transaction() as unit:
        dead = [holder for holder in jobs.holders(unit) if _is_dead(holder)]
        return jobs.release(unit, dead) if dead else 0


def _place() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _is_dead(holder: str) -> bool:
    place, _, own = holder.rpartition(":")
    host, _, number = place.rpartition(":")
    if place == _place():
        return own != _OWN
    return host == socket.gethostname() and number.isdecimal() and not _runs(int(number))


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, so it lives
    return True
