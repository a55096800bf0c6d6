"""What ships with the program and under which license: read from the cards of the model files."""

from __future__ import annotations

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.installed import resource


class ModelLicense(msgspec.Struct, frozen=True, kw_only=True):
    """The license of one shipped model.

    Attributes:
        title: what it is.
        license: SPDX name.
        attribution: whose work it is.
        files: names of its files.
    """

    title: str
    license: str
    attribution: str
    files: tuple[str, ...]


class _Card(msgspec.Struct, frozen=True):
    title: str
    license: str
    files: dict[str, str]
    attribution: str = ""


def model_licenses() -> tuple[ModelLicense, ...]:
    """All model files of this installation, by their cards. Raises StorageError without any."""
    found = []
    for path in sorted(resource("models").glob("*.card.json")):
        card = msgspec.json.decode(path.read_bytes(), type=decodable(_Card))
        found.append(
            ModelLicense(
                title=card.title,
                license=card.license,
                attribution=card.attribution,
                files=tuple(card.files),
            )
        )
    return tuple(found)
