"""What was shown is sealed every few seconds, and every way to change it afterwards is noticed."""

import hashlib

import pytest
from sqlalchemy import text

from inbox import access, seal
from inbox.seal import Anchor, Fault, Sealed
from inbox.store import tables as t
from tests.support.house import MINUTE, SECOND, Clinic


def saw(clinic: Clinic, conversation: int, ids: tuple[int, ...] = ()) -> None:
    what = {"object": "conversation", "object_id": conversation, "conversation_id": conversation, "patient_id": None}
    access.record(clinic.house.database, actor=clinic.agent, how="opened", **what, ids=ids)


def sealed(clinic: Clinic, count: int) -> int:
    """So many showings under a seal of their own."""
    for number in range(count):
        saw(clinic, 1_000 * clinic.count(t.access_seals) + number)
    clinic.move(seal.EVERY + SECOND)
    return seal.seal(clinic.house)


def verified(clinic: Clinic, anchor: Anchor | None = None, after: int = 0) -> Sealed:
    with clinic.house.database.snapshot() as reading:
        return seal.verify(reading, clinic.house.keys, anchor=anchor, after=after)


def tamper(clinic: Clinic, statement: str) -> None:
    """What only somebody with the keys of the database itself can do."""
    with clinic.house.database.transaction() as unit:
        for table in ("access", "access_seals", "access_leaves", "journal"):
            if clinic.house.database.is_sqlite:
                for act in ("update", "delete"):
                    unit.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{act}"))
            else:
                unit.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"))
        unit.execute(text(statement))
        if not clinic.house.database.is_sqlite:
            for table in ("access", "access_seals", "access_leaves", "journal"):
                unit.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only"))


def ids(clinic: Clinic) -> list[int]:
    return [row.id for row in clinic.all(t.access.select().order_by(t.access.c.id))]


def test_what_was_shown_is_under_a_seal_and_holds(clinic: Clinic) -> None:
    assert [sealed(clinic, count) for count in (3, 0, 1, 2)] == [3, 0, 1, 2]
    assert seal.seal(clinic.house) == 0  # ten seconds have not passed
    saw(clinic, 77)
    assert verified(clinic) == Sealed(3, 6, 1, 0, None)
    assert verified(clinic, after=2) == Sealed(1, 2, 1, 0, None)
    clinic.move(5 * MINUTE)
    assert verified(clinic).strays == 1
    assert clinic.verbs().count("access.sealed") == 0


@pytest.mark.parametrize(
    ("statement", "row", "why"),
    [
        ("UPDATE access SET actor_id = 99 WHERE id = {row}", True, "the row was changed"),
        ("DELETE FROM access WHERE id = {row}", True, "the row is gone"),
        ("DELETE FROM access_leaves WHERE access_id = {row}", False, "its rows are not those it was made over"),
        ("UPDATE access_seals SET root = '00' WHERE n = 2", False, "its signature is not ours"),
        ("UPDATE access_seals SET previous = '00' WHERE n = 2", False, "it does not follow from the one before"),
        ("DELETE FROM access_seals WHERE n = 2", False, "it is missing"),
        ("DELETE FROM journal WHERE seq = {seq}", False, "the journal's row {seq} is gone or another"),
    ],
)
def test_what_is_changed_afterwards_is_noticed_and_named(clinic: Clinic, statement: str, row: bool, why: str) -> None:
    sealed(clinic, 2)
    clinic.landed()
    sealed(clinic, 2)
    touched, seq = ids(clinic)[2], clinic.head()
    assert verified(clinic).fault is None
    tamper(clinic, statement.format(row=touched, seq=seq))
    assert verified(clinic).fault == Fault(2, touched if row else None, why.format(seq=seq))


def test_a_cut_tail_is_noticed_against_what_was_anchored(clinic: Clinic) -> None:
    sealed(clinic, 2)
    sealed(clinic, 2)
    anchor = seal.read_anchor(seal.anchor_file(clinic.house))
    assert anchor is not None
    assert anchor.n == 2
    assert verified(clinic, anchor).fault is None
    last = ", ".join(str(one) for one in ids(clinic)[2:])
    for cut in (
        f"access WHERE id IN ({last})",
        f"access_leaves WHERE access_id IN ({last})",
        "access_seals WHERE n = 2",
    ):
        tamper(clinic, f"DELETE FROM {cut}")
    assert verified(clinic).fault is None  # nothing inside the house tells it
    assert verified(clinic, anchor).fault == Fault(2, None, "it was anchored outside and is gone: the tail was cut")


def test_a_row_that_comes_late_is_under_the_next_seal(clinic: Clinic) -> None:
    early = clinic.now
    sealed(clinic, 2)
    now, clinic.now = clinic.now, early
    saw(clinic, 5)
    clinic.now = now
    assert sealed(clinic, 1) == 2
    assert verified(clinic) == Sealed(2, 4, 0, 0, None)


@pytest.mark.parametrize(("count", "nodes"), [(1, 0), (2, 1), (3, 2), (8, 7)])
def test_the_root_is_that_of_the_standard(count: int, nodes: int) -> None:
    made: list[bytes] = []

    def node(left: bytes, right: bytes) -> bytes:
        made.append(hashlib.sha256(b"\x01" + left + right).digest())
        return made[-1]

    def tree(leaves: list[bytes]) -> bytes:
        """RFC 6962 section 2.1, as it is written there."""
        if len(leaves) == 1:
            return leaves[0]
        split = 1 << (len(leaves) - 1).bit_length() - 1
        return node(tree(leaves[:split]), tree(leaves[split:]))

    leaves = [hashlib.sha256(b"\x00" + bytes([one])).digest() for one in range(count)]
    assert seal.root([one.hex() for one in leaves]) == tree(leaves).hex()
    assert len(made) == nodes
