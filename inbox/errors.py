"""One tree of errors that a person may see, each with its HTTP status; rendered once, at the edge (RFC 9457).

Messages never hold patient data: ids, field names and the way to mend it.
"""

from __future__ import annotations

from typing import Any


class WarmlineError(Exception):
    """Something asked for cannot be done. `fields` names what is wrong where; `extra` adds problem members."""

    status = 500
    title = "Something went wrong"

    def __init__(self, detail: str = "", *, fields: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.fields = fields or {}
        self.extra = extra


class NotFound(WarmlineError):
    """It is not there, or not for this person: the two look the same on purpose."""

    status, title = 404, "Not found"


class Forbidden(WarmlineError):
    """The person may see it but not do this."""

    status, title = 403, "Your role does not allow this"


class PasswordDue(WarmlineError):
    """The person came in by a one-time password: before anything else they choose their own."""

    status, title = 403, "Choose a password of your own first"

    def __init__(self) -> None:
        super().__init__("You came in by a one-time password. Choose your own, then go on.", reason="password_due")


class DoorClosed(WarmlineError):
    """A provider's request without the right signature or token."""

    status, title = 403, "Not from whom it says"


class Unauthenticated(WarmlineError):
    """No valid session or token."""

    status, title = 401, "Sign in first"


class Invalid(WarmlineError):
    """The request is understood and wrong; `fields` says where and how to mend it."""

    status, title = 422, "Some fields need another look"


class Conflict(WarmlineError):
    """The thing changed since it was read; `extra` holds the current state."""

    status, title = 409, "It changed in the meantime"


class TooLarge(WarmlineError):
    """The body is over the limit."""

    status, title = 413, "Too large"


class TooMany(WarmlineError):
    """Over a rate limit; `retry_after` in seconds."""

    status, title = 429, "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: int = 60) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(WarmlineError):
    """A part that must hold does not (database, disk, access log): nothing was accepted or shown."""

    status, title = 503, "Not available right now"


class SettingWrong(WarmlineError):
    """A setting stops the start: its name, what was wrong and an example."""

    title = "A setting is wrong"


class OutdatedSchema(WarmlineError):
    """The database was made by another version; the text names the command to run."""

    title = "The database schema is not current"
