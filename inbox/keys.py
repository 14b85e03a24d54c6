"""Keys for sessions, form tokens and signed addresses: each derived from the one secret by its own label (HKDF)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: Before what was sealed.
SEALED = "sealed:"


class Keys:
    """The secrets of one installation, by purpose; never printed."""

    def __init__(self, secret: str) -> None:
        self.csrf = _derive(secret, "csrf")
        self.ticket = _derive(secret, "live ticket")
        self.form = _derive(secret, "form token")
        self.chat = _derive(secret, "chat session")
        #: What the clinic's own site signs its users with; given to whoever runs that site.
        self.chat_site = _derive(secret, "chat site").hex()
        self.thread = _derive(secret, "mail thread")
        self.mail_id = _derive(secret, "mail id")
        self.file = _derive(secret, "file address")
        self._sealing = AESGCM(_derive(secret, "search text"))
        self.secure = _derive(secret, "secure link")
        #: Signs the seals over the access log.
        self.seals = Ed25519PrivateKey.from_private_bytes(_derive(secret, "access seal"))

    def seal(self, text: str) -> str:
        """What a person looked for, as the access log keeps it (AES-256-GCM); the same text never looks the same."""
        nonce = secrets.token_bytes(12)
        return SEALED + base64.urlsafe_b64encode(nonce + self._sealing.encrypt(nonce, text.encode(), None)).decode()

    def unseal(self, sealed: str) -> str:
        """The words again, for who may read the trail; what was never sealed as it is, and what was sealed under
        another secret as a sentence that says so."""
        if not sealed.startswith(SEALED):
            return sealed
        held = base64.urlsafe_b64decode(sealed.removeprefix(SEALED))
        try:
            return self._sealing.decrypt(held[:12], held[12:], None).decode()
        except InvalidTag:
            return "words sealed with an earlier secret"

    def __repr__(self) -> str:
        return "Keys(…)"


def sign(key: bytes, *parts: str) -> str:
    """A 128-bit MAC over the parts, length-delimited, as URL-safe text."""
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return base64.urlsafe_b64encode(hmac.new(key, message, hashlib.sha256).digest()[:16]).rstrip(b"=").decode()


def is_signed(mac: str, key: bytes, *parts: str) -> bool:
    """Whether `mac` is ours for these parts; in constant time."""
    return hmac.compare_digest(mac.encode(), sign(key, *parts).encode())


def _derive(secret: str, label: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, f"warmline {label}".encode()).derive(secret.encode())
