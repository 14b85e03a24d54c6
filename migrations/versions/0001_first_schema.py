"""The first schema: all tables, and triggers that keep the journal and the access log append-only.

Spelled out, not read from today's tables: a later version must still build the first one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("journal", "access")
IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _access()
    _actors()
    _arrivals()
    _configurations()
    _contact_points()
    _failed_sign_ins()
    _firings()
    _id_blocks()
    _idempotency()
    _jobs()
    _journal()
    _meta()
    _patients()
    _watermarks()
    _actor_teams()
    _consents()
    _episodes()
    _patient_identifiers()
    _proxies()
    _sessions()
    _tokens()
    _contact_links()
    _conversations()
    _assignments()
    _calls()
    _clocks()
    _closures()
    _escalations()
    _messages()
    _next_steps()
    _notes()
    _snoozes()
    _attachments()
    _attempts()
    _clock_entries()
    _receipts()
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def _refuse_on_sqlite() -> None:
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _access() -> None:
    op.create_table(
        "access",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_id", IDENTITY, nullable=True),
        sa.Column("patient_id", IDENTITY, nullable=True),
        sa.Column("conversation_id", IDENTITY, nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="shown", nullable=False),
        sa.Column("ids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access")),
    )
    op.create_index("ix_access_actor", "access", ["actor_id", "at"], unique=False)
    op.create_index("ix_access_patient", "access", ["patient_id", "at"], unique=False)


def _actors() -> None:
    op.create_table(
        "actors",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("availability", sa.Text(), server_default="off", nullable=False),
        sa.Column("availability_at", sa.BigInteger(), nullable=True),
        sa.Column("languages", sa.Text(), server_default='["en"]', nullable=False),
        sa.Column("capacity", sa.Integer(), server_default="100", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "availability IN ('available','busy','break','after_call','off')", name=op.f("ck_actors_availability")
        ),
        sa.CheckConstraint(
            "role IN ('front_desk','agent','nurse','supervisor','manager','compliance','admin','service')",
            name=op.f("ck_actors_role"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actors")),
        sa.UniqueConstraint("email", name=op.f("uq_actors_email")),
    )


def _arrivals() -> None:
    op.create_table(
        "arrivals",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("parser_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=True),
        sa.Column("message_id", IDENTITY, nullable=True),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('accepted','received','duplicate','quarantined','refused')", name=op.f("ck_arrivals_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrivals")),
    )
    op.create_index(
        "ix_arrivals_quarantined",
        "arrivals",
        ["conversation_id"],
        unique=False,
        sqlite_where=sa.text("state = 'quarantined'"),
        postgresql_where=sa.text("state = 'quarantined'"),
    )
    op.create_index("ix_arrivals_state", "arrivals", ["state", "id"], unique=False)
    op.create_index(
        "uq_arrivals_external",
        "arrivals",
        ["channel", "account", "external_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('accepted','received','quarantined')"),
        postgresql_where=sa.text("state IN ('accepted','received','quarantined')"),
    )


def _configurations() -> None:
    op.create_table(
        "configurations",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_configurations")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_configurations_kind_version")),
    )


def _contact_points() -> None:
    op.create_table(
        "contact_points",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="valid", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('phone','email','chat','social')", name=op.f("ck_contact_points_kind")),
        sa.CheckConstraint("state IN ('valid','invalid','reassigned')", name=op.f("ck_contact_points_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_points")),
        sa.UniqueConstraint("kind", "value", name=op.f("uq_contact_points_kind_value")),
    )


def _failed_sign_ins() -> None:
    op.create_table(
        "failed_sign_ins",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("account_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_ins")),
    )
    op.create_index("ix_failed_sign_ins_account", "failed_sign_ins", ["account_hash", "at"], unique=False)
    op.create_index("ix_failed_sign_ins_address", "failed_sign_ins", ["address", "at"], unique=False)


def _firings() -> None:
    op.create_table(
        "firings",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", IDENTITY, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "ref", "generation", name=op.f("pk_firings")),
    )


def _id_blocks() -> None:
    op.create_table(
        "id_blocks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next", IDENTITY, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_id_blocks")),
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("actor_id", IDENTITY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "key", name=op.f("pk_idempotency")),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("wakes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("ref", IDENTITY, nullable=False),
        sa.CheckConstraint("state IN ('pending','running','done','dead','cancelled')", name=op.f("ck_jobs_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(
        "ix_jobs_dead",
        "jobs",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_jobs_lane",
        "jobs",
        ["lane", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending','running') AND lane IS NOT NULL"),
        postgresql_where=sa.text("state IN ('pending','running') AND lane IS NOT NULL"),
    )
    op.create_index(
        "ix_jobs_pending",
        "jobs",
        ["queue", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_jobs_ref", "jobs", ["kind", "ref"], unique=False)
    op.create_index(
        "ix_jobs_running",
        "jobs",
        ["claimed_until"],
        unique=False,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=True),
        sa.Column("patient_id", IDENTITY, nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_at", "journal", ["at"], unique=False)
    op.create_index("ix_journal_conversation", "journal", ["conversation_id", "seq"], unique=False)


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )


def _patients() -> None:
    op.create_table(
        "patients",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("middle", sa.Text(), server_default="", nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), server_default="", nullable=False),
        sa.Column("preferred_name", sa.Text(), server_default="", nullable=False),
        sa.Column("search_name", sa.Text(), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=True),
        sa.Column("sex", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("birth_order", sa.Integer(), nullable=True),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("needs", sa.Text(), server_default="[]", nullable=False),
        sa.Column("preferences", sa.Text(), server_default="{}", nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("survivor_id", IDENTITY, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("sex IN ('male','female','other','unknown')", name=op.f("ck_patients_sex")),
        sa.CheckConstraint("survivor_id <> id", name=op.f("ck_patients_survivor")),
        sa.ForeignKeyConstraint(["survivor_id"], ["patients.id"], name=op.f("fk_patients_survivor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
    )
    op.create_index("ix_patients_search_name", "patients", ["search_name"], unique=False)


def _watermarks() -> None:
    op.create_table(
        "watermarks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watermarks")),
    )


def _actor_teams() -> None:
    op.create_table(
        "actor_teams",
        sa.Column("actor_id", IDENTITY, nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_actor_teams_actor_id")),
        sa.PrimaryKeyConstraint("actor_id", "team", name=op.f("pk_actor_teams")),
    )


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("contact_id", IDENTITY, nullable=False),
        sa.Column("patient_id", IDENTITY, nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), server_default="express", nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), server_default="{}", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('grant','revoke','revoke_all')", name=op.f("ck_consents_kind")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact_points.id"], name=op.f("fk_consents_contact_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_consents_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_contact_id"), "consents", ["contact_id"], unique=False)


def _episodes() -> None:
    op.create_table(
        "episodes",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("patient_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("expected_return_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('request','treatment','membership','program')", name=op.f("ck_episodes_kind")),
        sa.CheckConstraint(
            "status IN ('planned','waitlist','active','onhold','finished','cancelled')", name=op.f("ck_episodes_status")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_episodes_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episodes")),
    )
    op.create_index(op.f("ix_episodes_patient_id"), "episodes", ["patient_id"], unique=False)


def _patient_identifiers() -> None:
    op.create_table(
        "patient_identifiers",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("patient_id", IDENTITY, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_patient_identifiers_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_identifiers")),
    )
    op.create_index(op.f("ix_patient_identifiers_patient_id"), "patient_identifiers", ["patient_id"], unique=False)
    op.create_index(
        "uq_patient_identifiers_live",
        "patient_identifiers",
        ["system", "value"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )


def _proxies() -> None:
    op.create_table(
        "proxies",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("patient_id", IDENTITY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.Column("proof", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("scope <> ''", name=op.f("ck_proxies_scope")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_proxies_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proxies")),
    )
    op.create_index(op.f("ix_proxies_patient_id"), "proxies", ["patient_id"], unique=False)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.Text(), nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("active_at", sa.BigInteger(), nullable=False),
        sa.Column("mfa_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("actor_version", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_sessions_actor_id")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_actor_id"), "sessions", ["actor_id"], unique=False)


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_tokens_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tokens_token_hash")),
    )


def _contact_links() -> None:
    op.create_table(
        "contact_links",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("contact_id", IDENTITY, nullable=False),
        sa.Column("patient_id", IDENTITY, nullable=False),
        sa.Column("relationship", sa.Text(), nullable=False),
        sa.Column("proxy_id", IDENTITY, nullable=True),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("confidential", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rank", sa.Integer(), server_default="1", nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(relationship = 'proxy') = (proxy_id IS NOT NULL)", name=op.f("ck_contact_links_proxy")),
        sa.CheckConstraint(
            "relationship IN ('self','proxy','shared','unknown')", name=op.f("ck_contact_links_relationship")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact_points.id"], name=op.f("fk_contact_links_contact_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_contact_links_patient_id")),
        sa.ForeignKeyConstraint(["proxy_id"], ["proxies.id"], name=op.f("fk_contact_links_proxy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_links")),
    )
    op.create_index(op.f("ix_contact_links_patient_id"), "contact_links", ["patient_id"], unique=False)
    op.create_index(
        "uq_contact_links_live",
        "contact_links",
        ["contact_id", "patient_id", sa.literal_column("coalesce(proxy_id, 0)")],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("subject_patient_id", IDENTITY, nullable=True),
        sa.Column("subject_certainty", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("sender_contact_id", IDENTITY, nullable=True),
        sa.Column("sender_proxy_id", IDENTITY, nullable=True),
        sa.Column("sender_name", sa.Text(), server_default="", nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("patient_choice", sa.Text(), server_default="", nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("clinical", sa.Boolean(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("red_flags", sa.Text(), server_default="[]", nullable=False),
        sa.Column("flagged", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("because", sa.Text(), server_default="[]", nullable=False),
        sa.Column("routed_because", sa.Text(), server_default="[]", nullable=False),
        sa.Column("marks", sa.Text(), server_default="[]", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("owner_id", IDENTITY, nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("episode_id", IDENTITY, nullable=True),
        sa.Column("next_step_id", IDENTITY, nullable=True),
        sa.Column("receiving", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("merged_into", IDENTITY, nullable=True),
        sa.Column("related_id", IDENTITY, nullable=True),
        sa.Column("arrival_id", IDENTITY, nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("last_inbound_at", sa.BigInteger(), nullable=True),
        sa.Column("last_message_id", IDENTITY, nullable=True),
        sa.Column("last_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("needs_reply", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("unread", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("due_metric", sa.Text(), nullable=True),
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state = 'closed' OR next_step_id IS NOT NULL", name=op.f("ck_conversations_next_step")),
        sa.CheckConstraint("state IN ('open','waiting','closed')", name=op.f("ck_conversations_state")),
        sa.CheckConstraint(
            "subject_certainty <> 'confirmed' OR subject_patient_id IS NOT NULL",
            name=op.f("ck_conversations_confirmed"),
        ),
        sa.CheckConstraint(
            "subject_certainty IN ('confirmed','probable','unknown')", name=op.f("ck_conversations_certainty")
        ),
        sa.CheckConstraint("merged_into <> id", name=op.f("ck_conversations_merged")),
        sa.CheckConstraint("priority BETWEEN 0 AND 4", name=op.f("ck_conversations_priority")),
        sa.ForeignKeyConstraint(["episode_id"], ["episodes.id"], name=op.f("fk_conversations_episode_id")),
        sa.ForeignKeyConstraint(["merged_into"], ["conversations.id"], name=op.f("fk_conversations_merged_into")),
        sa.ForeignKeyConstraint(["owner_id"], ["actors.id"], name=op.f("fk_conversations_owner_id")),
        sa.ForeignKeyConstraint(
            ["sender_contact_id"], ["contact_points.id"], name=op.f("fk_conversations_sender_contact_id")
        ),
        sa.ForeignKeyConstraint(["sender_proxy_id"], ["proxies.id"], name=op.f("fk_conversations_sender_proxy_id")),
        sa.ForeignKeyConstraint(
            ["subject_patient_id"], ["patients.id"], name=op.f("fk_conversations_subject_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index("ix_conversations_arrival", "conversations", ["arrival_id"], unique=False)
    op.create_index(
        "ix_conversations_closed",
        "conversations",
        ["closed_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'closed'"),
        postgresql_where=sa.text("state = 'closed'"),
    )
    op.create_index(
        "ix_conversations_closed_owner",
        "conversations",
        ["owner_id", "closed_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'closed'"),
        postgresql_where=sa.text("state = 'closed'"),
    )
    op.create_index(
        "ix_conversations_closed_team",
        "conversations",
        ["team", "closed_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'closed'"),
        postgresql_where=sa.text("state = 'closed'"),
    )
    op.create_index(
        "ix_conversations_due",
        "conversations",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed' AND due_at IS NOT NULL"),
        postgresql_where=sa.text("state <> 'closed' AND due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_conversations_open",
        "conversations",
        ["priority", sa.literal_column("coalesce(due_at, 253402300799000000)"), "id"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index("ix_conversations_opened", "conversations", ["opened_at", "id"], unique=False)
    op.create_index(
        "ix_conversations_owner",
        "conversations",
        ["owner_id", "priority", sa.literal_column("coalesce(due_at, 253402300799000000)"), "id"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index("ix_conversations_patient", "conversations", ["subject_patient_id", "id"], unique=False)
    op.create_index("ix_conversations_sender", "conversations", ["sender_contact_id", "id"], unique=False)
    op.create_index(
        "ix_conversations_unidentified",
        "conversations",
        ["subject_certainty", "priority", sa.literal_column("coalesce(due_at, 253402300799000000)"), "id"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed' AND subject_certainty = 'unknown'"),
        postgresql_where=sa.text("state <> 'closed' AND subject_certainty = 'unknown'"),
    )
    op.create_index(
        "ix_conversations_waiting",
        "conversations",
        ["state", "priority", sa.literal_column("coalesce(due_at, 253402300799000000)"), "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_conversations_worklist",
        "conversations",
        ["team", "priority", sa.literal_column("coalesce(due_at, 253402300799000000)"), "id"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "uq_conversations_receiving",
        "conversations",
        ["account", "sender_contact_id"],
        unique=True,
        sqlite_where=sa.text("receiving"),
        postgresql_where=sa.text("receiving"),
    )


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=True),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("by_id", IDENTITY, nullable=True),
        sa.Column("why", sa.Text(), server_default="[]", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("end_cause", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_assignments_actor_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_assignments_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(
        "ix_assignments_actor",
        "assignments",
        ["actor_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_assignments_live",
        "assignments",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("ringing_at", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("agent_id", IDENTITY, nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("digits", sa.Text(), server_default="", nullable=False),
        sa.Column("recording", sa.Text(), nullable=True),
        sa.Column("recording_sid", sa.Text(), nullable=True),
        sa.Column("recording_seconds", sa.Integer(), nullable=True),
        sa.Column("consent_announced_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("recording IS NULL OR consent_announced_at IS NOT NULL", name=op.f("ck_calls_announced")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_calls_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("sid", name=op.f("uq_calls_sid")),
    )
    op.create_index(op.f("ix_calls_conversation_id"), "calls", ["conversation_id"], unique=False)


def _clocks() -> None:
    op.create_table(
        "clocks",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("warn_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("met_at", sa.BigInteger(), nullable=True),
        sa.Column("breached_at", sa.BigInteger(), nullable=True),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("warned_at", sa.BigInteger(), nullable=True),
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "metric IN ('read','first_response','next_response','resolution','callback')", name=op.f("ck_clocks_metric")
        ),
        sa.CheckConstraint("state IN ('running','paused','met','breached','stopped')", name=op.f("ck_clocks_state")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_clocks_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clocks")),
    )
    op.create_index(op.f("ix_clocks_conversation_id"), "clocks", ["conversation_id"], unique=False)
    op.create_index(
        "ix_clocks_due",
        "clocks",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index("ix_clocks_started", "clocks", ["started_at", "metric"], unique=False)
    op.create_index(
        "ix_clocks_warn",
        "clocks",
        ["warn_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'running' AND warned_at IS NULL"),
        postgresql_where=sa.text("state = 'running' AND warned_at IS NULL"),
    )
    op.create_index(
        "uq_clocks_live",
        "clocks",
        ["conversation_id", "metric"],
        unique=True,
        sqlite_where=sa.text(
            "state IN ('running','paused') OR (state = 'breached' AND met_at IS NULL AND stopped_at IS NULL)"
        ),
        postgresql_where=sa.text(
            "state IN ('running','paused') OR (state = 'breached' AND met_at IS NULL AND stopped_at IS NULL)"
        ),
    )


def _closures() -> None:
    op.create_table(
        "closures",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", IDENTITY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("resolved", sa.Boolean(), nullable=False),
        sa.Column("disposition", sa.Text(), server_default="", nullable=False),
        sa.Column("confirmation_message_id", IDENTITY, nullable=True),
        sa.Column("waiver", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("response_wall_seconds", sa.Integer(), nullable=True),
        sa.Column("response_business_seconds", sa.Integer(), nullable=True),
        sa.Column("resolution_wall_seconds", sa.Integer(), nullable=False),
        sa.Column("resolution_business_seconds", sa.Integer(), nullable=False),
        sa.Column("since_reopen_seconds", sa.Integer(), nullable=True),
        sa.Column("reopened_at", sa.BigInteger(), nullable=True),
        sa.Column("reopened_by", IDENTITY, nullable=True),
        sa.Column("reopen_cause", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "confirmation_message_id IS NOT NULL OR waiver IS NOT NULL OR outcome IN ('merged','duplicate')",
            name=op.f("ck_closures_confirmation"),
        ),
        sa.CheckConstraint(
            "outcome IN ('resolved','partly','referred_on','declined','unreachable','not_resolved','duplicate','spam','wrong_number','merged')",
            name=op.f("ck_closures_outcome"),
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_closures_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
        sa.UniqueConstraint("client_id", name=op.f("uq_closures_client_id")),
    )
    op.create_index(op.f("ix_closures_closed_at"), "closures", ["closed_at"], unique=False)
    op.create_index(
        "uq_closures_live",
        "closures",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("reopened_at IS NULL"),
        postgresql_where=sa.text("reopened_at IS NULL"),
    )


def _escalations() -> None:
    op.create_table(
        "escalations",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("ref", IDENTITY, nullable=True),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("to_kind", sa.Text(), nullable=False),
        sa.Column("to_id", IDENTITY, nullable=True),
        sa.Column("acked_by", IDENTITY, nullable=True),
        sa.Column("acked_at", sa.BigInteger(), nullable=True),
        sa.Column("next_tier_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_escalations_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
    )
    op.create_index(op.f("ix_escalations_conversation_id"), "escalations", ["conversation_id"], unique=False)
    op.create_index(
        "ix_escalations_due",
        "escalations",
        ["next_tier_at"],
        unique=False,
        sqlite_where=sa.text("acked_at IS NULL AND next_tier_at IS NOT NULL"),
        postgresql_where=sa.text("acked_at IS NULL AND next_tier_at IS NOT NULL"),
    )
    op.create_index(
        "ix_escalations_open",
        "escalations",
        ["conversation_id"],
        unique=False,
        sqlite_where=sa.text("acked_at IS NULL"),
        postgresql_where=sa.text("acked_at IS NULL"),
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("contact_id", IDENTITY, nullable=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("author_id", IDENTITY, nullable=True),
        sa.Column("author_kind", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reply_text", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("mail_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_rank", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_code", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("arrival_id", IDENTITY, nullable=True),
        sa.Column("call_id", IDENTITY, nullable=True),
        sa.Column("consent_id", IDENTITY, nullable=True),
        sa.Column("exempt_reason", sa.Text(), nullable=True),
        sa.Column("template", sa.Text(), server_default="", nullable=False),
        sa.Column("send_at", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("author_kind IN ('patient','staff','automatic')", name=op.f("ck_messages_author")),
        sa.CheckConstraint("class IN ('phi','clinical')", name=op.f("ck_messages_class")),
        sa.CheckConstraint(
            "direction = 'in' OR consent_id IS NOT NULL OR exempt_reason IS NOT NULL", name=op.f("ck_messages_consent")
        ),
        sa.CheckConstraint("direction IN ('in','out')", name=op.f("ck_messages_direction")),
        sa.ForeignKeyConstraint(["author_id"], ["actors.id"], name=op.f("fk_messages_author_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact_points.id"], name=op.f("fk_messages_contact_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("client_id", name=op.f("uq_messages_client_id")),
    )
    op.create_index("ix_messages_contact", "messages", ["contact_id", "at"], unique=False)
    op.create_index(
        "ix_messages_mail",
        "messages",
        ["mail_id"],
        unique=False,
        sqlite_where=sa.text("mail_id IS NOT NULL"),
        postgresql_where=sa.text("mail_id IS NOT NULL"),
    )
    op.create_index("ix_messages_timeline", "messages", ["conversation_id", "at", "id"], unique=False)
    op.create_index(
        "ix_messages_unsent",
        "messages",
        ["id"],
        unique=False,
        sqlite_where=sa.text("status IN ('queued','sending','unknown','failed','dead')"),
        postgresql_where=sa.text("status IN ('queued','sending','unknown','failed','dead')"),
    )
    op.create_index(
        "uq_messages_external",
        "messages",
        ["channel", "external_id"],
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )


def _next_steps() -> None:
    op.create_table(
        "next_steps",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner_id", IDENTITY, nullable=True),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("check_back", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_next_steps_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_next_steps")),
    )
    op.create_index(
        "ix_next_steps_due",
        "next_steps",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "uq_next_steps_live",
        "next_steps",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("author_id", IDENTITY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("mentions", sa.Text(), server_default="[]", nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("class IN ('phi','clinical')", name=op.f("ck_notes_class")),
        sa.ForeignKeyConstraint(["author_id"], ["actors.id"], name=op.f("fk_notes_author_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_notes_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("client_id", name=op.f("uq_notes_client_id")),
    )
    op.create_index(op.f("ix_notes_conversation_id"), "notes", ["conversation_id"], unique=False)
    op.create_index(
        "ix_notes_mentions",
        "notes",
        ["conversation_id"],
        unique=False,
        sqlite_where=sa.text("mentions <> '[]'"),
        postgresql_where=sa.text("mentions <> '[]'"),
    )


def _snoozes() -> None:
    op.create_table(
        "snoozes",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("wake_on", sa.Text(), server_default="time", nullable=False),
        sa.Column("by_id", IDENTITY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("end_cause", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_snoozes_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snoozes")),
    )
    op.create_index(
        "ix_snoozes_due",
        "snoozes",
        ["until"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_snoozes_live",
        "snoozes",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("message_id", IDENTITY, nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("inline", sa.Boolean(), nullable=False),
        sa.Column("content_id", sa.Text(), server_default="", nullable=False),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('stored','missing','refused')", name=op.f("ck_attachments_state")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_attachments_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_message_id"), "attachments", ["message_id"], unique=False)


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("message_id", IDENTITY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_attempts_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("message_id", "n", name=op.f("uq_attempts_message_id_n")),
    )
    op.create_index(op.f("ix_attempts_external_id"), "attempts", ["external_id"], unique=False)
    op.create_index(op.f("ix_attempts_message_id"), "attempts", ["message_id"], unique=False)


def _clock_entries() -> None:
    op.create_table(
        "clock_entries",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("clock_id", IDENTITY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('start','pause','resume','meet','breach','stop')", name=op.f("ck_clock_entries_kind")
        ),
        sa.ForeignKeyConstraint(["clock_id"], ["clocks.id"], name=op.f("fk_clock_entries_clock_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_entries")),
    )
    op.create_index(op.f("ix_clock_entries_clock_id"), "clock_entries", ["clock_id"], unique=False)


def _receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("message_id", IDENTITY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_receipts_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_message_id"), "receipts", ["message_id"], unique=False)
