"""Accounts, sessions and tokens of the people who work here (security.md §3.1, §3.11). Ids and tokens are 256 random
bits of which only the SHA-256 is kept. Refuses a session id chosen by a client: it only ever knows its own.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Row

from inbox import distribution, glass
from inbox.actors import ROLES, TEAMS, Actor
from inbox.errors import Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from inbox.store import accounts as store
from inbox.store.database import Database, Reading, Transaction

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
TOKEN_LIFE = timedelta(days=365)
FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS, FAILURE_WINDOW = 5, 20, timedelta(minutes=1)

#: What a try of a password costs (RFC 9106 §4, one lane): passes over so many KiB.
PASSES, KIBIBYTES = 3, 65_536
_hasher = PasswordHasher(time_cost=PASSES, memory_cost=KIBIBYTES, parallelism=1)
#: Each check takes 64 MiB: a storm of sign-ins waits here, and guesses sent at once are counted one after the other.
_checking = threading.BoundedSemaphore(2)


def set_cost(passes: int = PASSES, kibibytes: int = KIBIBYTES) -> None:
    """What a try costs from here on, in this process; an unknown account takes as long. No setting leads here: only
    tests of something else than passwords ask for less."""
    global _hasher
    _hasher = PasswordHasher(time_cost=passes, memory_cost=kibibytes, parallelism=1)
    _decoy.cache_clear()


class SignedIn(msgspec.Struct, frozen=True):
    """A fresh session: its secret id goes into the cookie and nowhere else."""

    session_id: str
    actor: Actor


class Session(msgspec.Struct, frozen=True):
    """A session that holds now."""

    id_hash: str
    actor: Actor
    stale: bool
    settings: dict[str, Any] = {}
    availability: str = "off"


def hashed(secret: str) -> str:
    """What is kept of a session id or token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add(
    unit: Transaction,
    *,
    email: str,
    name: str,
    role: str,
    teams: list[str],
    password: str | None,
    by: Actor | None,
    one_time: bool = False,
) -> int:
    """Creates an account; a `one_time` password opens nothing but the choice of another. Raises Invalid naming the
    field."""
    fields = _faults(email, name, role, teams, password)
    address = email.strip().lower()
    if not fields and store.by_email(unit, address):
        fields["email"] = "already has an account"
    if fields:
        raise Invalid(fields=fields)
    actor_id = store.add(
        unit,
        email=address,
        name=name.strip(),
        role=role,
        teams=teams,
        password_hash=_hasher.hash(password) if password else None,
        must_change=one_time,
    )
    unit.record("actor.added", actor_id=by.id if by else None, details={"actor": actor_id, "role": role})
    return actor_id


def sign_in(database: Database, *, email: str, password: str, address: str, agent: str, old: str = "") -> SignedIn:
    """Checks a password and opens a new session, ending the old one. The same words and time for an unknown account.

    Raises Unauthenticated, or TooMany after five failures a minute for the account or twenty from the address.
    """
    email = email.strip().lower().replace("\0", "")
    with _checking:
        found = _checked(database, email, password, address)
    return _opened(database, found, address=address, agent=agent, old=old)


def unlock(database: Database, *, session_id: str, actor_id: int, password: str, address: str, agent: str) -> SignedIn:
    """Lets the person of an idle session go on where they were, by password: a new session takes the old one's place.

    Raises Unauthenticated (`ended` when only a sign-in helps) or TooMany, as a sign-in does.
    """
    with database.snapshot() as reading:
        row = store.session(reading, hashed(session_id))
        person = store.actor(reading, actor_id)
    if row is None or person is None or row.actor_id != actor_id:
        raise Unauthenticated("This session has ended. Sign in again; what you wrote is kept in this tab.", ended=True)
    with _checking:
        found = _checked(database, person.email, password, address)
    return _opened(database, found, address=address, agent=agent, old=session_id)


def choose_password(database: Database, *, actor: Actor, password: str, id_hash: str) -> None:
    """A person's own password in the place of a one-time one; all their sessions but this one end. Raises Forbidden
    for who was not asked to, Invalid for a password that will not do."""
    if not 12 <= len(password) <= 128:
        raise Invalid(fields={"password": "12 to 128 characters"})
    with database.snapshot() as reading:
        given = store.password_hash(reading, actor.id)
    with _checking:
        if _matches(given, password):
            raise Invalid(fields={"password": "another one than the one you were given"})
        kept = _hasher.hash(password)
    with database.transaction() as unit:
        if not store.choose_password(unit, actor.id, kept):
            raise Forbidden("Your password is your own already.")
        for other in store.other_sessions(unit, actor.id, id_hash):
            _end(unit, other)
        unit.record("password.chosen", actor_id=actor.id)


def lock(database: Database, id_hash: str) -> None:
    """Ends the use of a session as a quarter of an hour without a hand would: only its person's password helps."""
    with database.transaction() as unit:
        actor_id = store.rest_session(unit, id_hash, unit.now - IDLE - timedelta(seconds=1))
        if actor_id is not None:
            unit.record("session.locked", actor_id=actor_id, details={"session": id_hash[:16]})


def _checked(database: Database, email: str, password: str, address: str) -> Row[Any]:
    account_hash = hashed(email)
    with database.snapshot() as reading:
        found = store.by_email(reading, email)
        since = reading.now - FAILURE_WINDOW
        mine, here = store.failures(reading, account_hash=account_hash, address=address, since=since)
    if mine >= FAILURES_PER_ACCOUNT or here >= FAILURES_PER_ADDRESS:
        raise TooMany("Too many failed sign-ins. Wait a minute and try again.", retry_after=60)
    stored = found.password_hash if found and found.password_hash else _decoy()
    if not _matches(stored, password) or found is None or found.role == "service":
        with database.transaction() as unit:
            store.note_failure(unit, account_hash=account_hash, address=address)
        raise Unauthenticated("Wrong mail address or password.")
    return found


def _opened(database: Database, found: Row[Any], *, address: str, agent: str, old: str) -> SignedIn:
    with database.transaction() as unit:
        actor = store.actor(unit, found.id)
        if actor is None:
            raise Unauthenticated("Wrong mail address or password.")
        if old:
            _end(unit, hashed(old))
        session_id = secrets.token_urlsafe(32)
        store.add_session(unit, id_hash=hashed(session_id), actor=actor, address=address, agent=agent)
        unit.record("session.opened", actor_id=actor.id)
    return SignedIn(session_id, actor)


def session(database: Database, session_id: str) -> Session | None:
    """The session behind a cookie, if it still holds: not revoked, not idle 15 min, not older than 12 h, same role."""
    with database.snapshot() as reading:
        row = holding(reading, hashed(session_id))
        actor = store.actor(reading, row.actor_id) if row is not None else None
        if row is None or actor is None:
            return None
        actor = msgspec.structs.replace(actor, glasses=glass.live(reading, actor.id))
        stale = reading.now - row.active_at > timedelta(minutes=1)
        return Session(row.id_hash, actor, stale, row.settings or {}, row.availability)


def holds(reading: Reading, id_hash: str) -> bool:
    """Whether the session or token that a socket was opened with still holds."""
    return holding(reading, id_hash) is not None or store.token(reading, id_hash) is not None


def holding(reading: Reading, id_hash: str) -> Row[Any] | None:
    """The session's row as long as it holds."""
    row = store.session(reading, id_hash)
    if row is None or not row.is_active or row.current_version != row.actor_version:
        return None
    is_over = reading.now - row.active_at > IDLE or reading.now - row.created_at > ABSOLUTE
    return None if is_over else row


def touch(database: Database, id_hash: str) -> None:
    """A person acted; heartbeats and background fetches do not come here, or an open screen would never log off."""
    with database.transaction() as unit:
        store.touch_session(unit, id_hash)


def sign_out(database: Database, session_id: str) -> None:
    """Ends the session; its sockets close when they read the journal."""
    with database.transaction() as unit:
        _end(unit, hashed(session_id))


def issue_token(unit: Transaction, *, email: str, label: str, by: Actor | None = None) -> str:
    """A new bearer token for a person or service account, shown once. `by` is who gave it to them."""
    found = store.by_email(unit, email.strip().lower())
    if found is None:
        raise NotFound("There is no active account with this mail address.")
    token = f"wl_{secrets.token_urlsafe(32)}"
    expires = unit.now + TOKEN_LIFE
    token_id = store.add_token(unit, actor_id=found.id, label=label, token_hash=hashed(token), expires_at=expires)
    unit.record("token.issued", actor_id=by.id if by else found.id, details={"token": token_id, "actor": found.id})
    return token


def password_hash(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def bearer(database: Database, token: str) -> Actor | None:
    """Whose token this is, if it is live."""
    with database.snapshot() as reading:
        row = store.token(reading, hashed(token))
        actor = store.actor(reading, row.actor_id) if row else None
        return msgspec.structs.replace(actor, glasses=glass.live(reading, actor.id)) if actor else None


def declare(unit: Transaction, *, actor: Actor, availability: str) -> None:
    """A person says whether work may be given to them."""
    if availability not in {"available", "busy", "break", "after_call", "off"}:
        raise Invalid(fields={"availability": "one of available, busy, break, after_call, off"})
    store.set_availability(unit, actor.id, availability)
    if availability == "off":
        distribution.leave(unit, actor.id)
    unit.record("availability.declared", actor_id=actor.id, details={"availability": availability})


def _end(unit: Transaction, id_hash: str) -> None:
    actor_id = store.revoke_session(unit, id_hash)
    if actor_id is not None:
        unit.record("session.revoked", actor_id=actor_id, details={"session": id_hash[:16]})


def _faults(email: str, name: str, role: str, teams: list[str], password: str | None) -> dict[str, str]:
    fields = {}
    if "@" not in email.strip("@ "):
        fields["email"] = "a mail address, such as jess@clinic.example"
    if not name.strip():
        fields["name"] = "may not be empty"
    if role not in ROLES:
        fields["role"] = "one of " + ", ".join(ROLES)
    unknown = [team for team in teams if team not in TEAMS]
    if unknown:
        fields["team"] = f"unknown: {', '.join(unknown)}; one of {', '.join(TEAMS)}"
    if password is not None and not 12 <= len(password) <= 128:
        fields["password"] = "12 to 128 characters"  # noqa: S105  # a message, not a secret
    return fields


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    """A hash nobody's password fits, so that an unknown account takes as long as a known one."""
    return _hasher.hash(secrets.token_urlsafe(32))
