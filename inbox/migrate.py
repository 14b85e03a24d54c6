"""Brings a database's schema to the newest version, and says when it is not there yet."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from inbox.errors import OutdatedSchema
from inbox.store.engines import make_folder


def upgrade(url: str) -> None:
    """Runs the missing migrations; nothing happens when there are none."""
    make_folder(url)
    command.upgrade(_config(url), "head")


def check(url: str) -> None:
    """Raises OutdatedSchema unless the database is at the newest version."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    newest = ScriptDirectory.from_config(_config(url)).get_current_head()
    if current != newest:
        raise OutdatedSchema(
            f"The database is at version {current or 'none'}, this program needs {newest}. Run `warmline migrate`."
        )


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.attributes["url"] = url
    return config
