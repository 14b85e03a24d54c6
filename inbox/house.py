"""What one process holds: settings, database, files, keys and the clinic's configuration. Built once, passed along."""

from __future__ import annotations

from functools import cached_property

from channels.twilio import Account
from inbox.clock import Clock, utc_now
from inbox.files import Files
from inbox.keys import Keys
from inbox.practice import Configuration
from inbox.settings import Settings
from inbox.store.database import Database


class House:
    """The parts every use case may need; opening a socket is left to those who use it."""

    def __init__(self, settings: Settings, *, clock: Clock = utc_now) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, clock=clock)
        self.files = Files(settings.data_dir / "files")
        self.keys = Keys(settings.secret_key)
        self.configuration = Configuration(self.database)
        #: Until this moment (monotonic seconds) the doors are crowded: who waits for a 2xx goes first.
        self.crowded_until = 0.0

    @cached_property
    def twilio(self) -> Account:
        """Our account at Twilio, or the sandbox's in demo mode."""
        settings = self.settings
        tokens = (settings.twilio_auth_token, settings.twilio_auth_token_secondary)
        return Account(
            account_sid=settings.twilio_account_sid,
            tokens=tuple(token for token in tokens if token),
            api_url=settings.twilio_api_url,
            messaging_service_sid=settings.twilio_messaging_service_sid,
        )

    def close(self) -> None:
        """Gives all connections back."""
        self.database.close()
