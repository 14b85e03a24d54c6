"""A fresh database is migrated and empty, on both storages."""

import sqlalchemy


def test_a_fresh_database_has_the_tables_and_no_conversation(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT count(*) FROM conversations")).scalar_one() == 0
    engine.dispose()
