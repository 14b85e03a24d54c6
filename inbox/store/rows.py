"""Many rows in one statement.

To PostgreSQL they travel as one JSON document: the driver reads a VALUES list of hundreds of parameters anew each time,
which costs more than storing the rows. SQLite takes many rows of parameters as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, LargeBinary, Table, Text, bindparam, column, func, insert, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert, UpdateBase

Names = tuple[str, ...]
_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped


def add(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts rows that all set the same columns."""
    if connection.dialect.name == "postgresql" and len(rows) > 1:
        names = tuple(rows[0])
        connection.execute(_from_document(table, names), {"rows": document(table, names, rows)})
    else:
        connection.execute(_plain(table), rows[0] if len(rows) == 1 else list(rows))


def add_all(connection: Connection, added: Sequence[tuple[Table, Sequence[dict[str, Any]]]]) -> None:
    """Inserts into several tables, parents first; the rows of one entry all set the same columns. PostgreSQL takes them
    in one statement: its foreign keys are checked at the end of it."""
    if connection.dialect.name != "postgresql" or len(added) < 2:
        for table, rows in added:
            add(connection, table, rows)
        return
    shapes = tuple((table, tuple(rows[0])) for table, rows in added)
    documents = [document(*shape, rows) for shape, (_, rows) in zip(shapes, added, strict=True)]
    connection.execute(_together(shapes), {f"rows{at}": text for at, text in enumerate(documents)})


def add_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> set[int]:
    """Inserts those whose unique keys nobody took; answers the ids that went in."""
    names = tuple(rows[0])
    if connection.dialect.name == "postgresql":
        done = connection.execute(_new_from_document(table, names), {"rows": document(table, names, rows)})
    else:
        done = connection.execute(_new_from_values(table), list(rows))
    return {row.id for row in done}


def document(table: Table, names: Names, rows: Sequence[dict[str, Any]]) -> str:
    """The rows as JSON, each value as its column keeps it; bytes as Base64."""
    keepers = _keepers(table, names)
    kept = [{name: keep(row[name]) if keep else row[name] for name, keep in keepers} for row in rows]
    return msgspec.json.encode(kept).decode()


@cache
def _keepers(table: Table, names: Names) -> list[tuple[str, Any]]:
    found = ((name, table.c[name].type) for name in names)
    return [(name, None if isinstance(kind, LargeBinary) else kind.bind_processor(_POSTGRES)) for name, kind in found]


# statements are built once: building one costs more than running it
@cache
def _plain(table: Table) -> UpdateBase:
    return insert(table)


@cache
def _new_from_values(table: Table) -> ReturningInsert[Any]:
    return sqlite.insert(table).on_conflict_do_nothing().returning(table.c.id)


@cache
def _together(shapes: tuple[tuple[Table, Names], ...]) -> postgresql.Insert:
    parts = [_from_document(table, names, f"rows{at}") for at, (table, names) in enumerate(shapes)]
    return parts[-1].add_cte(*(part.cte(f"part{at}") for at, part in enumerate(parts[:-1])))


@cache
def _from_document(table: Table, names: Names, parameter: str = "rows") -> postgresql.Insert:
    kinds = {name: table.c[name].type for name in names}
    in_binary = {name for name in names if isinstance(kinds[name], LargeBinary)}
    columns = [column(name, Text() if name in in_binary else kinds[name]) for name in names]
    given = func.json_to_recordset(bindparam(parameter, type_=Text).op("::")(literal_column("json")))
    fresh = given.table_valued(*columns).render_derived(name="fresh", with_types=True)
    picked = [func.decode(fresh.c[name], "base64") if name in in_binary else fresh.c[name] for name in names]
    return postgresql.insert(table).from_select(names, select(*picked), include_defaults=False)


@cache
def _new_from_document(table: Table, names: Names) -> ReturningInsert[Any]:
    return _from_document(table, names).on_conflict_do_nothing().returning(table.c.id)
