"""Whether weights are what was published, or at least what they were when they were first seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from latentsync_studio.storage.weights.cards import known_card
from latentsync_studio.storage.weights.places import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.weights import CardFile, FoundModel
    from latentsync_studio.storage.weights.ledger import Ledger

Verdict = Literal["published", "unchanged", "recorded", "changed", "wrong", "test"]
BAD: Final[frozenset[Verdict]] = frozenset({"changed", "wrong"})


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What became of comparing one file.

    Attributes:
        model: id of the card, "" for weights of the user's own.
        file: path.
        size: bytes.
        sha256: hex digest of its content.
        verdict: "published": as its publisher states; "unchanged": as when first seen;
            "recorded": seen for the first time, trusted from now on; "changed": not what was
            first seen; "wrong": not what was published; "test": weights of a test.
        detail: the same in a sentence.
    """

    model: str
    file: str
    size: int
    sha256: str
    verdict: Verdict
    detail: str


def verify_model(
    found: FoundModel, ledger: Ledger, progress: Progress | None = None, *, accept: bool = False
) -> Iterator[Verified]:
    """Read all files of a model and compare them.

    Args:
        found: the model.
        ledger: knows digests and remembers new ones.
        progress: told the stage "read" in MB.
        accept: trust a file that changed from now on; never one that is not what was published.

    Raises:
        InputError: a file cannot be read or changes meanwhile.
    """
    for path in (found.weights, found.config):
        if path is not None:
            digest = ledger.sha256(path, progress)
            verdict, detail = _compare(found, path, digest, ledger, accept=accept)
            yield Verified(
                model=found.card,
                file=str(path),
                size=path.stat().st_size,
                sha256=digest,
                verdict=verdict,
                detail=detail,
            )


def suspicion(found: FoundModel, ledger: Ledger) -> str:
    """What is wrong with a model as far as it can be told without reading it; "" for nothing."""
    for path in (found.weights, found.config):
        digest = None if path is None else ledger.recalled(path)
        if path is not None and digest is not None:
            verdict, detail = _judge(found, path, digest, ledger)
            if verdict in BAD:
                return detail
    return ""


def _compare(
    found: FoundModel, path: Path, digest: str, ledger: Ledger, *, accept: bool
) -> tuple[Verdict, str]:
    verdict, detail = _judge(found, path, digest, ledger)
    if verdict == "recorded" or (verdict == "changed" and accept):
        kept = ledger.remember(*_key(found, path), digest)
        if not kept:
            return "recorded", f"{detail} It could not be noted: the data folder is read-only."
        return "recorded", "Trusted from now on." if verdict == "changed" else detail
    return verdict, detail


def _judge(found: FoundModel, path: Path, digest: str, ledger: Ledger) -> tuple[Verdict, str]:
    if found.is_test:
        return "test", "Test weights: made by a test, of no use for real work."
    published = _published(found, path)
    if published is not None and published.sha256:
        return _against_published(path, digest, published.sha256)
    known = ledger.known(*_key(found, path))
    if known is None:
        return "recorded", "No digest is published for it; this one is trusted from now on."
    if known.sha256 == digest:
        return "unchanged", f"As it was first seen on {known.seen}."
    return "changed", (
        f"{path} has changed: SHA-256 {digest[:12]}..., on {known.seen} it was"
        f" {known.sha256[:12]}...."
    )


def _against_published(path: Path, digest: str, published: str) -> tuple[Verdict, str]:
    if digest == published:
        return "published", "As its publisher states."
    return "wrong", (
        f"{path} has the SHA-256 {digest[:12]}..., its publisher states {published[:12]}...: it is"
        " damaged or another version."
    )


def _published(found: FoundModel, path: Path) -> CardFile | None:
    """What is published of this file; nothing for a U-Net that was converted."""
    if found.role == "unet" and found.form == "diffusers":
        return None
    card = known_card(found.card)
    if card is None:
        return None
    files = (*card.files, *card.accepted)
    named = [file for file in files if file.name.rpartition("/")[2] == path.name]
    if path == found.config:  # other programs write the same config in other words
        named = [file for file in named if file.size == path.stat().st_size]
    return named[0] if named else None


def _key(found: FoundModel, path: Path) -> tuple[str, str]:
    """What a digest is noted under: the model's file wherever it lies, or else the path."""
    if not found.card:
        return "", str(path.absolute())
    name = CONFIG if path == found.config else path.name
    return (
        found.card,
        f"unet/{name}" if found.form == "diffusers" and found.role == "unet" else name,
    )
