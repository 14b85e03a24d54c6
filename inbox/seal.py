"""Seals over the access log: every few seconds what was shown since gets a signed Merkle root, chained to the seal
before and to the journal's head, so that an edit, a deletion or a cut tail is noticed (decision 0012).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from sqlalchemy import Row

from inbox.house import House
from inbox.keys import Keys
from inbox.store import journal, watermarks
from inbox.store import seals as store
from inbox.store.database import Reading, Transaction

EVERY = timedelta(seconds=10)
MOST, ROUNDS = 1_000, 20
#: A row may become visible so long after the moment it bears: its transaction was open, its process's clock was slow.
LATE = timedelta(minutes=2)
GENESIS = "0" * 64
MARK = "access.seal"


class Anchor(msgspec.Struct, frozen=True):
    """The newest seal, to be kept outside the house: what is not anchored can be cut by who holds database and key."""

    n: int
    digest: str


class Fault(msgspec.Struct, frozen=True):
    """The first seal that does not hold, and the row of the log where one can be named."""

    seal: int
    row: int | None
    why: str


class Sealed(msgspec.Struct, frozen=True):
    """How many seals and rows under them hold up to the fault; `unsealed` rows wait for the next seal, `strays` are
    older than any that could."""

    seals: int
    rows: int
    unsealed: int
    strays: int
    fault: Fault | None


def seal(house: House) -> int:
    """Seals what was shown since, when it is time; answers how many rows. The anchor is written after the commit."""
    with house.database.transaction() as unit:
        if watermarks.claim(unit, MARK, EVERY) is None:
            return 0
        counts: list[int] = []
        while len(counts) < ROUNDS and (count := _next(unit, house.keys)):
            counts.append(count)
        newest = store.newest(unit)
    if counts and newest is not None:
        _write(anchor_file(house), Anchor(newest.n, _digest(newest._asdict())))
    return sum(counts)


def verify(reading: Reading, keys: Keys, *, after: int = 0, anchor: Anchor | None = None) -> Sealed:
    """Walks the seals behind number `after`: chain, signature, every row under them, the journal's head they name; then
    whether the seal that the anchor remembers is still there."""
    before = store.one(reading, after) if after else None
    previous, seals, rows, fault = _digest(before._asdict()) if before else GENESIS, 0, 0, None
    while fault is None and (found := store.of_range(reading, after + seals, 100)):
        for one in found:
            fault = _fault(reading, keys, one, after + seals + 1, previous)
            if fault is not None:
                break
            previous, seals, rows = _digest(one._asdict()), seals + 1, rows + one.rows
    fault = fault or _cut(reading, anchor)
    old = reading.now - LATE - 2 * EVERY
    return Sealed(seals, rows, store.count_unsealed(reading), store.count_unsealed(reading, old), fault)


def anchor_file(house: House) -> Path:
    """Where the newest seal is written; a copy belongs on another host."""
    return house.settings.data_dir / "audit-anchor.json"


def read_anchor(path: Path) -> Anchor | None:
    """What was anchored; None where nothing is. Raises msgspec.ValidationError or DecodeError for another file."""
    return msgspec.json.decode(path.read_bytes(), type=Anchor) if path.exists() else None


def root(leaves: Sequence[str]) -> str:
    """The Merkle root over hex leaves in order (RFC 6962: a node is hashed behind 0x01, an odd one goes up)."""
    level = [bytes.fromhex(leaf) for leaf in leaves]
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + b"".join(level[i : i + 2])).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + (level[-1:] if len(level) % 2 else [])
    return level[0].hex()


def leaf(row: dict[str, Any]) -> str:
    """The hash of a row behind 0x00 (RFC 6962), over its canonical bytes; what is empty is left out, so that a column
    more changes no seal."""
    plain = {name: value for name, value in row.items() if value is not None}
    plain["at"] = int(row["at"].timestamp() * 1_000_000)
    return hashlib.sha256(b"\x00" + msgspec.json.encode(plain, order="sorted")).hexdigest()


def _next(unit: Transaction, keys: Keys) -> int:
    last = store.newest(unit)
    rows = store.unsealed(unit, last.upto - LATE if last is not None else None, MOST)
    if not rows:
        return 0
    head = journal.newest(unit.connection)
    leaves = [(int(row.id), leaf(row._asdict())) for row in rows]
    made: dict[str, Any] = {
        "n": last.n + 1 if last is not None else 1,
        "at": unit.now,
        "upto": max([row.at for row in rows] + ([last.upto] if last is not None else [])),
        "rows": len(rows),
        "root": root([one for _, one in leaves]),
        "journal_seq": head.seq if head is not None else 0,
        "journal_hash": head.hash if head is not None else GENESIS,
        "previous": _digest(last._asdict()) if last is not None else GENESIS,
    }
    store.add(unit, {**made, "signature": keys.seals.sign(bytes.fromhex(_digest(made))).hex()}, leaves)
    return len(rows)


def _digest(made: dict[str, Any]) -> str:
    plain = {name: value for name, value in made.items() if name != "signature"}
    plain |= {name: int(plain[name].timestamp() * 1_000_000) for name in ("at", "upto")}
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _fault(reading: Reading, keys: Keys, one: Row[Any], n: int, previous: str) -> Fault | None:
    if one.n != n:
        return Fault(n, None, "it is missing")
    if one.previous != previous:
        return Fault(n, None, "it does not follow from the one before")
    try:
        keys.seals.public_key().verify(bytes.fromhex(one.signature), bytes.fromhex(_digest(one._asdict())))
    except (InvalidSignature, ValueError):
        return Fault(n, None, "its signature is not ours")
    if journal.hash_at(reading.connection, one.journal_seq) != one.journal_hash:
        return Fault(n, None, f"the journal's row {one.journal_seq} is gone or another")
    for row in store.under(reading, n):
        kept = {name: value for name, value in row._asdict().items() if name not in ("access_id", "leaf")}
        if kept["id"] is None or leaf(kept) != row.leaf:
            return Fault(n, row.access_id, "the row is gone" if kept["id"] is None else "the row was changed")
    leaves = [row.leaf for row in store.under(reading, n)]
    if len(leaves) != one.rows or root(leaves) != one.root:
        return Fault(n, None, "its rows are not those it was made over")
    return None


def _cut(reading: Reading, anchor: Anchor | None) -> Fault | None:
    last = store.newest(reading)
    if (leaves_to := store.newest_leaf(reading)) > (last.n if last is not None else 0):
        return Fault(leaves_to, None, "it is missing")
    if anchor is None:
        return None
    one = store.one(reading, anchor.n)
    if one is None:
        return Fault(anchor.n, None, "it was anchored outside and is gone: the tail was cut")
    return (
        None if _digest(one._asdict()) == anchor.digest else Fault(anchor.n, None, "another one was anchored outside")
    )


def _write(path: Path, anchor: Anchor) -> None:
    draft = path.with_suffix(".part")
    draft.write_bytes(msgspec.json.encode(anchor))
    draft.replace(path)
