"""The token in the plus-address of our mails that ties an answer to its conversation.

Pure arithmetic on values; holds no key and looks nothing up.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

_TOKEN = re.compile(r"[a-z2-7]{16}")


def thread_token(key: bytes, conversation_id: str, contact_point_id: str) -> str:
    """16 characters of lower-case base32: 80 bits of HMAC-SHA-256 over conversation and contact point."""
    if not key:
        raise ValueError("a thread token needs a key")
    said = f"thread:{len(conversation_id)}:{conversation_id}:{contact_point_id}".encode()
    return base64.b32encode(hmac.digest(key, said, hashlib.sha256)[:10]).decode().lower()


def verify_thread_token(keys: Iterable[bytes], token: str, conversation_id: str, contact_point_id: str) -> bool:
    """Whether one of the live keys made this token for this conversation and contact point."""
    given = token.lower().encode("utf-8", "replace")
    made = [thread_token(key, conversation_id, contact_point_id).encode() for key in keys]
    return any([hmac.compare_digest(one, given) for one in made])  # noqa: C419 -- every key is compared, always


def plus_address(mailbox: str, token: str) -> str:
    """Our mailbox with the token in it: `inbox+token@clinic.example`."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local.partition('+')[0]}+{token}@{domain}"


def token_in(recipients: Iterable[str], mailbox: str) -> str:
    """The token in the first plus-address of this mailbox among the recipients; empty when there is none."""
    local, _, domain = mailbox.lower().rpartition("@")
    for recipient in recipients:
        name, _, host = recipient.lower().rpartition("@")
        base, _, token = name.partition("+")
        if base == local.partition("+")[0] and host == domain and _TOKEN.fullmatch(token):
            return token
    return ""
