"""A fresh database is migrated and empty, on both storages."""

import sqlalchemy

from inbox.store.tables import metadata


def test_a_fresh_database_has_the_tables_and_no_conversation(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT count(*) FROM conversations")).scalar_one() == 0
    engine.dispose()


def test_the_migrations_build_what_the_tables_say(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    built = sqlalchemy.inspect(engine)
    there = {name: _columns(built, name) for name in built.get_table_names() if name in metadata.tables}
    engine.dispose()
    assert there == {
        name: {column.name: bool(column.nullable) for column in table.columns}
        for name, table in metadata.tables.items()
    }


def _columns(built: sqlalchemy.Inspector, table: str) -> dict[str, bool]:
    return {column["name"]: column["nullable"] for column in built.get_columns(table)}
