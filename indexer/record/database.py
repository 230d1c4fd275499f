"""One database: how it is reached, brought up to date, read and written, and how its errors are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, make_url, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from crawler.errors import Permanent, Transient
from indexer.model import Kind, Versions, Work
from indexer.record.tables import HEAD, change_log, failures, meta

BUSY_S = 15
"""How long a writer waits for another's transaction; each is far below a second."""

CHUNK = 500
"""Rows a statement, below SQLite's 32,766 parameters at the widest table."""

_MIGRATION_LOCK = 7_301_982_003  # any number that no other user of the database takes

Row = Mapping[str, Any]


class Database:
    """What the parts of the record share: an engine and the versions of the code that works."""

    def __init__(self, engine: Engine, versions: Versions) -> None:
        self.engine = engine
        self.versions = versions
        self._subject = engine.url.render_as_string(hide_password=True)
        consistent = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        self._reader = engine.execution_options(**consistent)
        self._writer = engine.execution_options(routewire_write=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One state of the record for all statements inside."""
        with told(self._subject), self._reader.connect() as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing."""
        with told(self._subject), self._writer.begin() as conn:
            yield conn

    def version_of(self, work: Work) -> str:
        """The version of the code that does this work, "" where results do not hang on one."""
        made_by = {
            Work.EXTRACT: self.versions.extractor,
            Work.ANNOTATE: self.versions.pipeline,
            Work.DETECT: self.versions.detector,
            Work.VERIFY: self.versions.judge,
        }
        return made_by.get(work, "")


def connect(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL; nothing is opened yet. Raises `Permanent` for any other address."""
    remedy = "give sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # neither is repeated: the address may hold a password
        raise Permanent("not the address of a database", subject="the record", remedy=remedy) from None
    shown = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": BUSY_S})
        event.listen(engine, "connect", _sqlite_opened)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    if parsed.drivername == "postgresql+psycopg":
        return create_engine(parsed, pool_pre_ping=True)
    raise Permanent("a database that is not known", subject=shown, remedy=remedy)


def _sqlite_opened(connection: Any, _pool_record: object) -> None:
    # The driver's own BEGIN comes too late to hold a write; `_sqlite_begin` does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # With WAL, NORMAL survives kill -9 of any process. A power cut may lose the last transactions, never a part of one,
    # and what was lost is due again; FULL would add a sync to each of thousands of small transactions.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _sqlite_begin(conn: Connection) -> None:
    # A transaction that begins as a reader and then writes fails at once when another wrote meanwhile, without waiting.
    write = conn.get_execution_options().get("routewire_write")
    conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def told(subject: str) -> Iterator[None]:
    """Says a database's error in our words: `Transient` where waiting helps, `Permanent` where it does not."""
    try:
        yield
    except (OperationalError, InterfaceError, NoConnectionFree) as error:
        reason = str(error if isinstance(error, NoConnectionFree) else error.orig).strip()
        raise Transient(
            f"the record could not be used: {reason}",
            subject=subject,
            remedy="see that it is there, not full and not locked",
        ) from error
    except DBAPIError as error:
        reason = str(error.orig).strip()
        raise Permanent(f"the record refused it: {reason}", subject=subject, remedy="see what it names") from error
    except (StatementError, UnicodeEncodeError) as error:
        reason = str(error.orig) if isinstance(error, StatementError) else str(error)
        raise Permanent(f"a value cannot be stored: {reason}", subject=subject, remedy="mend the value") from error


def migrate(engine: Engine) -> None:
    """Brings the tables to `HEAD`, one process at a time. Raises `Permanent` for a record of a newer version."""
    subject = engine.url.render_as_string(hide_password=True)
    with told(subject):
        with engine.connect() as conn:
            if _revision(conn) == HEAD:
                return
        with engine.execution_options(routewire_write=True).begin() as conn:
            if conn.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            if _revision(conn) != HEAD:
                _upgrade(conn, subject)


def _revision(conn: Connection) -> str | None:
    if not inspect(conn).has_table("alembic_version"):
        return None
    revision: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _upgrade(conn: Connection, subject: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if (revision := _revision(conn)) is not None and revision not in known:
        raise Permanent(
            f"the record is of a newer version ({revision}) than this program ({HEAD})",
            subject=subject,
            remedy="install the newer routewire, or name another database",
        )
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


# -- statements that several parts use ---------------------------------------------------------------------------------
def put(conn: Connection, table: Table, rows: Sequence[Row], *, replace: bool = True) -> None:
    """Inserts rows; one that is there is replaced, or (`replace` False) left as it is."""
    if not rows:
        return
    statement = postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)
    keys = list(table.primary_key.columns)
    rest = {c.name: statement.excluded[c.name] for c in table.columns if c.name in rows[0] and not c.primary_key}
    if replace and rest:
        conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=rest), rows)
    else:
        conn.execute(statement.on_conflict_do_nothing(index_elements=keys), rows)


def chunks(items: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    rest = list(items)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def counter(conn: Connection, name: str) -> int:
    return int(conn.execute(select(meta.c.value).where(meta.c.name == name)).scalar_one())


def count_up(conn: Connection, name: str, by: int = 1) -> int:
    """The counter's new value. Its row stays locked until the transaction ends, so numbers are committed in order."""
    more = update(meta).where(meta.c.name == name).values(value=meta.c.value + by).returning(meta.c.value)
    return int(conn.execute(more).scalar_one())


def log(conn: Connection, things: Iterable[tuple[Kind, str]]) -> None:
    """Puts things at the end of the change log, each once: an earlier place of the same thing is given up."""
    rows = [{"kind": kind.value, "id": name} for kind, name in sorted(set(things))]
    if rows:
        first = count_up(conn, "change", len(rows)) - len(rows) + 1
        put(conn, change_log, [{**row, "seq": first + i} for i, row in enumerate(rows)])


def succeeded(conn: Connection, work: Work, *keys: str) -> None:
    """Takes keys off the list of failures."""
    conn.execute(failures.delete().where(failures.c.work == work.value, failures.c.key.in_(keys)))
