"""The pass with which a browser speaks with Twilio: signed here, good for an hour, for one person and one application.

Refuses nothing: without a key there is no pass, and the phone says so.
"""

from __future__ import annotations

import msgspec

TTL_SECONDS = 3_600
#: What a colleague's browser is called at Twilio: this and their id.
IDENTITY = "agent-"


class VoiceKeys(msgspec.Struct, frozen=True):
    """An API key (`SK…`) with its secret, and the TwiML application (`AP…`) that our screens call through."""

    account_sid: str
    key_sid: str = ""
    secret: str = ""
    application_sid: str = ""

    @property
    def complete(self) -> bool:
        """Whether a browser can be a phone."""
        return bool(self.key_sid and self.secret and self.application_sid)

    def __repr__(self) -> str:
        return f"VoiceKeys({self.key_sid!r})"


def mint(keys: VoiceKeys, actor_id: int) -> str:
    """An access token (JWT, twilio.com/docs/iam/access-tokens) that may only place calls through our application."""
    from twilio.jwt.access_token import AccessToken
    from twilio.jwt.access_token.grants import VoiceGrant

    token = AccessToken(keys.account_sid, keys.key_sid, keys.secret, identity=f"{IDENTITY}{actor_id}", ttl=TTL_SECONDS)
    token.add_grant(VoiceGrant(outgoing_application_sid=keys.application_sid, incoming_allow=False))
    return str(token.to_jwt())


def actor_of(caller: str) -> int:
    """Whose browser calls, by the From of its hook (`client:agent-12`); 0 for anything else."""
    number = caller.removeprefix(f"client:{IDENTITY}")
    return int(number) if number != caller and number.isascii() and number.isdigit() and len(number) < 19 else 0
