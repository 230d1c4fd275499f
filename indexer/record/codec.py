"""How values lie in a column: times as UTC on every engine, dataclasses as JSON checked against their types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

T = TypeVar("T")


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def dumps(value: object) -> str:
    """JSON of a dataclass with times in UTC, its fields in order: equal values give equal texts. Raises `ValueError`
    for a text that no encoding can carry (a lone surrogate).
    """
    return _adapter(type(value)).dump_json(value).decode()


def loads(kind: type[T], text: str) -> T:
    """The value that `dumps` was given. Raises `ValueError` where the text does not fit `kind`."""
    value: T = _adapter(kind).validate_json(text)
    return value


class Utc(TypeDecorator[datetime]):
    """An aware time. SQLite keeps no zone, so it is given UTC and what it gives back is UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Data(TypeDecorator[Any]):
    """A dataclass as JSON text. Text and not the engine's own JSON: read by one codec, and a NUL survives in it."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[Any]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else loads(self.kind, value)


class Key(TypeDecorator[str]):
    """A text that is compared and sorted by its code points, on every engine and in every locale."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())
