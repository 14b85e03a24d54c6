"""Addresses for one patient alone: a message keeps a masked one, and the real one is put in as it leaves.

The token is derived from the message, so that no table, screen, search, export or backup of ours holds it.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from inbox.house import House
from inbox.keys import sign

Path = Literal["s", "survey"]
PATHS: tuple[Path, ...] = ("s", "survey")
#: What staff read where the token was.
MASK = "…"


def masked(house: House, path: Path) -> str:
    """The address as it stands in the message of ours."""
    return f"{house.settings.public_url}/{path}/{MASK}"


def token(house: House, path: Path, message_id: int) -> str:
    """128 bits that only the secret and the message give, URL-safe, 22 characters."""
    return sign(house.keys.secure, path, str(message_id))


def revealed(house: House, message_id: int, body: str) -> str:
    """The message as its patient gets it."""
    for path in PATHS:
        hidden = masked(house, path)
        body = body.replace(hidden, hidden.removesuffix(MASK) + token(house, path, message_id))
    return body


def hashed(given: str) -> str:
    """What a table keeps of a token."""
    return hashlib.sha256(given.encode("utf-8", "replace")).hexdigest()
