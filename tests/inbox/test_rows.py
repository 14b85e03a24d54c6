"""Many rows in one statement: what comes back is what went in, on both storages, whatever the kind of its column."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from inbox.store import rows
from inbox.store.database import Database
from inbox.store.tables import arrivals

NOW = datetime(2026, 3, 8, 9, 59, 59, 123456, UTC)
BODIES = (b"Body=Hola", bytes(range(256)), b"", None)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


def _arrival(number: int, body: bytes | None, **values: Any) -> dict[str, Any]:
    row = {
        "id": number,
        "door": "twilio.messages",
        "channel": "sms",
        "account": "AC1",
        "external_id": f"SM{number}",
        "url": "https://clinic.example/in?a='b'&c=\"d\"",
        "headers": {"x": 'a "quoted" \\ back\nslash', "é": "ñandú 🦷", "list": [1, None, {"deep": True}]},
        "body": body,
        "blob": None,
        "sha256": "00",
        "size": 2**31 - 1,
        "received_at": NOW,
        "state": "accepted",
        "reason": "",
        "parser_version": 1,
    }
    return row | values


@pytest.mark.parametrize("count", [1, 4])
def test_every_kind_of_column_comes_back_as_it_went_in(database: Database, count: int) -> None:
    wanted = [_arrival(2**53 - number, body) for number, body in enumerate(BODIES[:count])]
    with database.transaction() as unit:
        rows.add(unit.connection, arrivals, wanted)
        found = unit.all(select(arrivals).order_by(arrivals.c.id.desc()))
    assert [{name: getattr(row, name) for name in wanted[0]} for row in found] == wanted


def test_only_rows_whose_key_is_new_go_in_and_are_named(database: Database) -> None:
    first = [_arrival(1, b"a"), _arrival(2, b"b")]
    again = [_arrival(3, b"c", external_id="SM1"), _arrival(4, b"d"), _arrival(5, b"e", external_id="SM4")]
    with database.transaction() as unit:
        assert rows.add_new(unit.connection, arrivals, first) == {1, 2}
        assert rows.add_new(unit.connection, arrivals, again) == {4}
        assert [row.id for row in unit.all(select(arrivals.c.id).order_by(arrivals.c.id))] == [1, 2, 4]


def test_rows_may_name_their_columns_in_any_order(database: Database) -> None:
    turned = dict(reversed(_arrival(2, b"b").items()))
    with database.transaction() as unit:
        rows.add(unit.connection, arrivals, [_arrival(1, b"a"), turned])
        assert [row.body for row in unit.all(select(arrivals.c.body).order_by(arrivals.c.id))] == [b"a", b"b"]
