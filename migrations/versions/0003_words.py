"""The words that people search for: of messages, notes, conversations, patients and addresses, kept by triggers in the
transaction that writes them, so that no writer can forget it. FTS5 on SQLite, tsvector with GIN on PostgreSQL.

An index row holds words only: whom it may be shown to is asked of the row it came from, when it is searched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Beyond so many characters of one text nobody searches; PostgreSQL takes at most a megabyte of words.
MOST = 50_000
BATCH = 20_000
#: A number is found by any four digits in a row or more: each ending of it is a word, and words are found by beginnings.
ENDINGS = range(4, 16)

MESSAGE = ("coalesce(row.subject, '')", "coalesce(row.reply_text, row.body)")
PATIENT = ("row.given", "row.middle", "row.family", "row.suffix", "row.preferred_name", "row.search_name")

#: Of each table its words by column, and the columns that they are made of. A chat session's id is half of a secret.
WORDS: dict[str, tuple[dict[str, str], str]] = {
    "messages": ({"words": " || ' ' || ".join(MESSAGE)}, "subject, body, reply_text"),
    "notes": ({"words": "row.body"}, "body"),
    "conversations": ({"sender": "row.sender_name", "subject": "row.subject"}, "sender_name, subject"),
    "patients": (
        {"words": " || ' ' || ".join(PATIENT)},
        "given, middle, family, suffix, preferred_name, search_name",
    ),
    "contact_points": (
        {"words": "CASE row.kind WHEN 'phone' THEN {number} WHEN 'chat' THEN '' ELSE row.value END"},
        "kind, value",
    ),
}
#: Most conversations have neither a named sender nor a subject: they cost nothing.
WORTH = {"conversations": "row.sender_name || row.subject <> ''"}


def upgrade() -> None:
    op.create_index("ix_patient_identifiers_value", "patient_identifiers", [sa.text("lower(value)")])
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        _fold_on_postgresql()
    for table, (parts, made_of) in WORDS.items():
        parts = {name: f"substr({_spelled(part, sqlite)}, 1, {MOST})" for name, part in parts.items()}
        worth = WORTH.get(table, "true")
        (_on_sqlite if sqlite else _on_postgresql)(table, parts, made_of, worth)
        _fill(table, parts if sqlite else _folded(parts), worth, "rowid" if sqlite else "id")
        if not sqlite:
            for name in parts:
                op.create_index(f"ix_{table}_words_{name}", f"{table}_words", [name], postgresql_using="gin")


def _spelled(part: str, sqlite: bool) -> str:
    digits = "substr(row.value, 2)"
    ending = f"substr({digits}, -{{}})" if sqlite else f"right({digits}, {{}})"
    return part.replace("{number}", " || ' ' || ".join(ending.format(length) for length in ENDINGS))


def _on_sqlite(table: str, parts: dict[str, str], made_of: str, worth: str) -> None:
    words, names = f"{table}_words", ", ".join(parts)
    op.execute(
        f"CREATE VIRTUAL TABLE {words} USING fts5({names}, content='', columnsize=0, "
        "tokenize='unicode61 remove_diacritics 2')"
    )
    added = f"INSERT INTO {words}(rowid, {names}) SELECT new.id, {_of('new', parts)} WHERE {worth};".replace(
        "row.", "new."
    )
    gone = f"INSERT INTO {words}({words}, rowid, {names}) SELECT 'delete', old.id, {_of('old', parts)} WHERE {worth};"
    gone = gone.replace("row.", "old.")
    op.execute(f"CREATE TRIGGER {words}_added AFTER INSERT ON {table} BEGIN {added} END")
    op.execute(f"CREATE TRIGGER {words}_gone AFTER DELETE ON {table} BEGIN {gone} END")
    op.execute(f"CREATE TRIGGER {words}_changed AFTER UPDATE OF {made_of} ON {table} BEGIN {gone} {added} END")


def _of(row: str, parts: dict[str, str]) -> str:
    return ", ".join(part.replace("row.", f"{row}.") for part in parts.values())


def _fold_on_postgresql() -> None:
    """Words as FTS5's unicode61 makes them: small, without accents, parted by all that is no letter and no digit."""
    parting = r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf"
    parting += r"\u2000-\u206f\u20a0-\u20bf\u2190-\u2bff\u3000-\u303f\ufe00-\ufe0f\U0001f000-\U0001faff]+"
    small = r"regexp_replace(lower(normalize(said, NFD)), '[\u0300-\u036f]+', '', 'g')"
    op.execute(
        "CREATE FUNCTION folded_words(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS "
        f"$$ SELECT to_tsvector('pg_catalog.simple', regexp_replace({small}, '{parting}', ' ', 'g')) $$"
    )


def _folded(parts: dict[str, str]) -> dict[str, str]:
    return {name: f"folded_words({part})" for name, part in parts.items()}


def _on_postgresql(table: str, parts: dict[str, str], made_of: str, worth: str) -> None:
    words, names = f"{table}_words", ", ".join(parts)
    op.create_table(
        words,
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.dialects.postgresql.TSVECTOR(), nullable=False) for name in parts),
    )
    added = f"INSERT INTO {words}(id, {names}) SELECT new.id, {_of('new', _folded(parts))} WHERE {worth};"
    op.execute(
        f"CREATE FUNCTION {words}_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 - every name is one of WORDS
        f"IF TG_OP <> 'INSERT' THEN DELETE FROM {words} WHERE id = old.id; END IF; "
        f"IF TG_OP <> 'DELETE' THEN {added.replace('row.', 'new.')} END IF; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {words}_follow AFTER INSERT OR DELETE OR UPDATE OF {made_of} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {words}_follow()"
    )


def _fill(table: str, parts: dict[str, str], worth: str, key: str) -> None:
    """The rows that are there already, a batch at a time, so that memory stays small."""
    last, connection = 0, op.get_bind()
    listed = ", ".join(part.replace("row.", "batch.") for part in parts.values())
    while True:
        upto = connection.execute(
            sa.text(
                f"SELECT max(id) FROM (SELECT id FROM {table} WHERE id > :last ORDER BY id LIMIT {BATCH}) AS batch"  # noqa: S608 - as above
            ),
            {"last": last},
        ).scalar()
        if upto is None:
            return
        connection.execute(
            sa.text(
                f"INSERT INTO {table}_words({key}, {', '.join(parts)}) SELECT batch.id, {listed} FROM {table} AS batch "  # noqa: S608 - as above
                f"WHERE batch.id > :last AND batch.id <= :upto AND {worth.replace('row.', 'batch.')}"
            ),
            {"last": last, "upto": upto},
        )
        last = upto
