"""Settings: `ROUTEWIRE_*` in the environment, overridden by the command line. Nothing else configures a process."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from crawler.errors import Permanent, WrongCall
from crawler.routing.thresholds import DetectSettings

PREFIX = "ROUTEWIRE_"
TEST_PREFIX = "ROUTEWIRE_TEST_"
RECORD_FILE = "record.sqlite"


class Settings(BaseSettings):
    """Everything that can be set. Addresses that may hold a password are secrets: they never print themselves."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("routewire"), description="the folder that holds all that is kept"
    )
    database_url: SecretStr | None = Field(default=None, description="postgresql+psycopg://…; SQLite unless set")
    search_url: SecretStr | None = Field(default=None, description="http://host:9200; embedded unless set")
    broker_url: SecretStr | None = Field(default=None, description="redis://… or amqp://…; none unless set")
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://user:password@host:587 (STARTTLS) or smtps://…"
    )
    mail_from: str = Field(default="routewire@localhost", description="the sender of digests")
    public_url: str = Field(default="http://127.0.0.1:8600", description="where readers reach the pages")
    sources: Path | None = Field(default=None, description="the catalogue of sources; the bundled one unless set")
    user_agent: str = Field(
        default="routewire/0.1",
        description='what it calls itself to every service; with an address of yours in it, as "routewire/0.1 '
        '(noc@example.net)", their operators can reach you',
    )
    radar_token: SecretStr | None = Field(default=None, description="a token that may read Cloudflare Radar")
    peeringdb_key: SecretStr | None = Field(default=None, description="an API key of PeeringDB; none unless set")
    demo: bool = Field(default=True, description="whether `up` loads the demo archive into a record that lacks it")
    thresholds: dict[str, Annotated[float, Field(strict=True)]] = Field(
        default_factory=dict,
        description='when something is a routing event: a JSON object, {"min_peers": 3}; the defaults unless set',
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the least level logged"
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("data_dir", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        if value == "":
            raise ValueError("is empty: name a folder or unset it")
        return value

    @field_validator("data_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("mail_from", "user_agent", mode="after")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.strip() or not value.isprintable():
            raise ValueError("is not one line of text")
        return value

    @field_validator("user_agent", mode="after")
    @classmethod
    def _in_a_header(cls, value: str) -> str:
        if not value.isascii():
            raise ValueError("holds letters that no header can carry")
        return value

    @field_validator("public_url", mode="after")
    @classmethod
    def _web(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("does not begin with http:// or https://")
        return value

    @field_validator("thresholds", mode="after")
    @classmethod
    def _known_thresholds(cls, value: dict[str, float]) -> dict[str, float]:
        try:
            DetectSettings.of(value)
        except WrongCall as error:
            raise ValueError(f"{error.subject}: {error.message}") from None
        return value

    @field_validator("smtp_url", mode="after")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.port == 0:
                raise ValueError("is not smtp://host:port or smtps://host:port")
        return value

    @property
    def database(self) -> str:
        """The record's address, password and all."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / RECORD_FILE}"

    @property
    def detect(self) -> DetectSettings:
        """The thresholds of detection, those that were set and the defaults."""
        return DetectSettings.of(self.thresholds)

    @property
    def archive_dir(self) -> Path:
        """Where the captures' WARC files lie."""
        return self.data_dir / "captures"

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment; `overrides` that are not None win. Raises `Permanent` naming each wrong value."""
    given = {k: v for k, v in overrides.items() if v is not None}
    try:
        return Settings(**given)
    except SettingsError as error:
        # The thresholds are the one setting that is an object.
        wrong = f"{PREFIX}THRESHOLDS: is not JSON ({error.__cause__})"
        raise Permanent(wrong, subject="settings", remedy='write it like {"min_peers": 3}, or unset it') from None
    except ValidationError as error:
        wrong = "; ".join(f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False))
        raise Permanent(wrong, subject="settings", remedy="correct or unset it; README lists every name") from None


def known_names() -> tuple[str, ...]:
    return tuple(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)


def unknown_names(environ: Mapping[str, str]) -> dict[str, str | None]:
    """`ROUTEWIRE_*` names that mean nothing, each with the known name that was probably meant (None: no idea)."""
    known = known_names()
    strange = [n for n in environ if n.startswith(PREFIX) and not n.startswith(TEST_PREFIX) and n not in known]
    return {n: next(iter(get_close_matches(n, known, 1)), None) for n in sorted(strange)}
