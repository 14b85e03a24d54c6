"""The schema's history (Alembic). Only `inbox.store.tables` is imported here."""
