"""Settings: frozen, read once from the environment when the process starts, passed down from there."""

import os
from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsBase(BaseSettings):
    """What every settings class shares: frozen, unknown names ignored, ``NAME_FILE`` names a file that holds the value."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="MASHANG_", hide_input_in_errors=True)

    def __init__(self, **values: Any) -> None:
        super().__init__(**{**self._from_files(), **values})

    @classmethod
    def _from_files(cls) -> dict[str, str]:
        prefix = str(cls.model_config.get("env_prefix", ""))
        named = {name: os.environ.get(f"{prefix}{name}_FILE".upper()) for name in cls.model_fields}
        return {name: Path(path).read_text(encoding="utf-8").strip() for name, path in named.items() if path}

    def redacted(self) -> dict[str, Any]:
        """The settings as they stand, secrets hidden, for ``mashang settings show --redacted``."""
        return self.model_dump(mode="json")


class DatabaseSettings(SettingsBase):
    """How a process reaches PostgreSQL. ``database_url`` is ``postgresql://user:password@host:port/name``.

    Where it leads through a pooler, ``database_direct_url`` leads past it.
    """

    database_url: SecretStr = SecretStr("postgresql://postgres@127.0.0.1:5432/mashang")
    database_direct_url: SecretStr | None = None
    database_pool_size: int = Field(default=12, ge=1, le=200)
    statement_timeout_ms: int = Field(default=5_000, ge=100)
    idle_in_transaction_timeout_ms: int = Field(default=10_000, ge=100)
    database_behind_pgbouncer: bool = False

    def straight(self) -> Self:
        """The same without a pooler between: for what belongs to a session, as advisory locks, LISTEN and migrations do."""
        if not self.database_direct_url:
            return self
        return self.model_copy(update={"database_url": self.database_direct_url, "database_behind_pgbouncer": False})


class BusSettings(SettingsBase):
    """How a process reaches NATS, and the limits of the streams it may create."""

    nats_url: SecretStr = SecretStr("nats://127.0.0.1:4222")
    nats_credentials: Path | None = None
    nats_nkey_seed: Path | None = None
    nats_tls_ca: Path | None = None
    stream_replicas: int = Field(default=1, ge=1, le=5)
    stream_max_bytes: int = Field(default=1024**3, ge=1024**2)
    stream_max_age_days: int = Field(default=30, ge=1)
    provision: bool = True
    ack_wait_seconds: float = Field(default=30.0, ge=1.0)


class WebSettings(SettingsBase):
    """Where the HTTP server listens and who may sign a token."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str | None = None
    oidc_issuer: str | None = None
    oidc_jwks_url: str | None = None
    oidc_audience: str = "mashang"
    readiness_outbox_seconds: float = Field(default=60.0, gt=0)
    max_body_bytes: int = Field(default=25 * 1024**2, ge=1024)


class Settings(DatabaseSettings, BusSettings, WebSettings):
    """Everything that one process is told; services add classes of their own."""

    data: Path = Path("var")
    log_level: str = "INFO"
    log_format: str = Field(default="json", pattern="^(json|console)$")
    otel_endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    drain_seconds: float = Field(default=20.0, gt=0)
    loop_lag_seconds: float = Field(default=15.0, gt=0)

    def with_changes(self, **changes: Any) -> Self:
        """A copy with some values replaced (the embedded servers know their own addresses)."""
        return self.model_copy(update=changes)
