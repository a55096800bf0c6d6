"""The base of every part of a document: a frozen struct that keeps what it does not know."""

from __future__ import annotations

import msgspec


class UnknownField(msgspec.Struct, frozen=True, array_like=True):
    """A saved field that this program does not know: kept for the newer one that wrote it."""

    path: tuple[str, ...]  # names from the node that keeps it
    json: str


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the parts of the document; a copy of a part keeps its unknown fields."""

    unknown: tuple[UnknownField, ...] = ()
