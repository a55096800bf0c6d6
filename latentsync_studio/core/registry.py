"""Names to factories, without importing them."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from latentsync_studio.core.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


class Registry(Generic[T]):
    """Stable id -> "module:Class", imported on first use: listing engines costs no torch."""

    def __init__(self, kind: str, entries: Mapping[str, str]) -> None:
        self._kind, self._entries = kind, dict(entries)

    @property
    def names(self) -> tuple[str, ...]:
        """Known ids in the order of registration."""
        return tuple(self._entries)

    def create(self, name: str, *arguments: object) -> T:
        """Import and build `name` of `arguments`; raise UnknownNameError with the nearest id."""
        return cast("T", resolve_name(self._entry(name))(*arguments))

    def module(self, name: str) -> str:
        """Dotted name of the module that holds `name`, which is not imported."""
        return self._entry(name).partition(":")[0]

    def _entry(self, name: str) -> str:
        if name not in self._entries:
            raise UnknownNameError(self._kind, name, sorted(self._entries))
        return self._entries[name]
