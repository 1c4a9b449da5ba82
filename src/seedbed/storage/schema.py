"""The tables. A migration in `migrations/versions` creates each; a test keeps the two equal.

Times are Unix seconds (float), credits are whole micro-credits (1 credit = 1,000,000).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

applications = Table(
    "applications",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", String(36), nullable=False),
    Column("name", String(200), nullable=False),
    Column("available", BigInteger, nullable=False, server_default="0"),
    Column("reserved", BigInteger, nullable=False, server_default="0"),
    Column("created_at", Float, nullable=False),
    Column("disabled_at", Float),
    UniqueConstraint("user_id"),
    CheckConstraint("available >= 0", name="available_not_negative"),
    CheckConstraint("reserved >= 0", name="reserved_not_negative"),
)

users = Table(
    "users",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("oidc_subject", String(600), unique=True),
    Column("is_admin", Boolean, nullable=False, server_default="0"),
    Column("created_at", Float, nullable=False),
    Column("disabled_at", Float),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
)

password_resets = Table(
    "password_resets",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("expires_at", Float, nullable=False),
)

platform_tokens = Table(
    "platform_tokens",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("token_end", String(4), nullable=False),
    Column("created_at", Float, nullable=False),
)

signing_secrets = Table(
    "signing_secrets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("application_id", ForeignKey("applications.id"), nullable=False, index=True),
    Column("secret", String(100), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("application_id", ForeignKey("applications.id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("token_end", String(4), nullable=False),
    Column("allowed_apis", JSON(none_as_null=True)),
    Column("spend_limit", BigInteger),
    Column("used", BigInteger, nullable=False, server_default="0"),
    Column("last_used_at", Float),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("application_id", ForeignKey("applications.id"), nullable=False, index=True),
    Column("task_id", String(36)),
    Column("credential_id", String(36)),
    Column("model", String(100)),
    Column("kind", String(10), nullable=False),
    Column("image_index", Integer, nullable=False, server_default="-1"),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("task_id", "kind", "image_index"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("application_id", ForeignKey("applications.id"), nullable=False),
    Column("credential_id", String(36)),
    Column("user_id", String(36), nullable=False),
    Column("trace_id", String(36), nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("owner", String(36), nullable=False),
    Column("model", String(100), nullable=False),
    Column("request", JSON, nullable=False),
    Column("inputs", JSON, nullable=False, server_default="[]"),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("image_count", Integer, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("drill", String(100)),
    Column("progress", Float, nullable=False, server_default="0"),
    Column("note", Text),
    Column("error_code", String(40)),
    Column("error_message", Text),
    Column("error_fault", JSON(none_as_null=True)),
    Column("engine", String(100)),
    Column("tool_usage", JSON(none_as_null=True)),
    Column("billing", Boolean, nullable=False, server_default="0"),
    Column("created_at", Float, nullable=False),
    Column("deadline_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
)
# What is unfinished stays small however long the history grows, so what is asked of it at every
# submit, start and sweep reads a partial index.
Index(
    "ix_tasks_unfinished",
    tasks.c.application_id,
    tasks.c.owner,
    sqlite_where=text("finished_at IS NULL"),
    postgresql_where=text("finished_at IS NULL"),
)
Index("ix_tasks_application_id_created_at", tasks.c.application_id, tasks.c.created_at)
Index("ix_tasks_trace_id", tasks.c.trace_id)
Index("ix_tasks_finished_at", tasks.c.finished_at)

images = Table(
    "images",
    metadata,
    Column("task_id", ForeignKey("tasks.id"), primary_key=True),
    Column("image_index", Integer, primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("blob_key", String(120)),
    Column("media_type", String(40)),
    Column("width", Integer),
    Column("height", Integer),
    Column("prompt", Text),
    Column("layer", JSON(none_as_null=True)),
    Column("error_code", String(40)),
    Column("error_message", Text),
    Column("error_fault", JSON(none_as_null=True)),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("task_id", "ordinal"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("application_id", ForeignKey("applications.id"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("task_id", ForeignKey("tasks.id"), nullable=False, index=True),
    Column("created_at", Float, nullable=False, index=True),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False, unique=True),
    Column("application_id", ForeignKey("applications.id"), nullable=False),
    Column("owner", String(36), nullable=False),
    Column("url", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("created_at", Float, nullable=False),
    Column("ready_at", Float),
    Column("next_at", Float),
    Column("ended_at", Float),
)
Index(
    "ix_deliveries_open",
    deliveries.c.owner,
    deliveries.c.next_at,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)
Index("ix_deliveries_application_id_ready_at", deliveries.c.application_id, deliveries.c.ready_at)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("answer", Text),
)
