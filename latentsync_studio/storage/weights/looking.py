"""What a file of weights is, told without reading its tensors: config, card, resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from latentsync_studio.core.weights import FoundModel, WeightsError
from latentsync_studio.storage.weights.cards import card_by_digest, cards_of, known_card
from latentsync_studio.storage.weights.headers import check_weights, read_config

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.weights import CardFile
    from latentsync_studio.storage.weights.places import Candidate

RESOLUTIONS: Final = (256, 512)
_CONVERT: Final = "latentsync-studio models convert"


class MismatchedWeightsError(WeightsError):
    """Weights, their config and what is asked of them do not go together."""

    code = "weights-mismatch"


def look_into(candidate: Candidate) -> FoundModel:
    """Tell what a file is, as far as names, sizes, headers and its config tell.

    Raises:
        WeightsError: it is damaged, or contradicts what is known of it.
    """
    check_weights(candidate.weights)
    config = {} if candidate.config is None else read_config(candidate.config)
    is_test = config.get("test") is True
    resolution = None
    if candidate.role == "unet" and candidate.form == "diffusers":
        card, resolution = _converted(candidate, config, is_test=is_test)
    else:
        card = "" if is_test else _card_by_size(candidate)
        known = known_card(card)
        resolution = known.resolution if known else None
    return FoundModel(
        role=candidate.role,
        card=card,
        form=candidate.form,
        weights=candidate.weights,
        config=candidate.config,
        origin=candidate.origin,
        resolution=resolution,
        is_test=is_test,
    )


def _converted(candidate: Candidate, config: dict[str, Any], *, is_test: bool) -> tuple[str, int]:
    """Card and resolution of a U-Net that was converted, as its config tells."""
    if candidate.config is None:
        raise MismatchedWeightsError(
            f"{candidate.weights} has no config.json beside it, so nobody can tell what it is.",
            remedy=f"Convert it again: {_CONVERT} latentsync_unet.pt",
        )
    resolution = config.get("resolution")
    if not isinstance(resolution, int) or isinstance(resolution, bool) or resolution % 8:
        raise MismatchedWeightsError(
            f"{candidate.config} does not say which resolution the weights were trained at.",
            remedy=f"Convert them again: {_CONVERT} latentsync_unet.pt --resolution 256 for 1.5,"
            " 512 for 1.6",
        )
    if is_test:
        return "", resolution
    return _claimed(candidate, config, resolution), resolution


def _claimed(candidate: Candidate, config: dict[str, Any], resolution: int) -> str:
    """The card that a converted U-Net belongs to; "" for one of the user's own training."""
    by_digest = card_by_digest(str(config.get("source_sha256", "")))
    named = next((each for each in cards_of("unet") if each.id == config.get("model")), None)
    card = by_digest or named
    if card is None:
        if resolution not in RESOLUTIONS:
            raise MismatchedWeightsError(
                f"{candidate.config} says {resolution} px; the model exists for 256 and 512 px.",
                remedy=f"Convert it again: {_CONVERT} latentsync_unet.pt --resolution 256 or 512",
            )
        return ""
    if card.resolution != resolution:
        raise MismatchedWeightsError(
            f"{candidate.config} says {resolution} px, but these are the weights of {card.title},"
            f" which were trained at {card.resolution} px: mouths would be blurred or stay masked.",
            remedy=f"Convert them again: {_CONVERT} {card.id}",
        )
    if candidate.card and candidate.card != card.id:
        raise MismatchedWeightsError(
            f"{candidate.weights} lies in the folder of {candidate.card}, but it holds"
            f" {card.title}.",
            remedy=f"Delete that folder and run: latentsync-studio models fetch {candidate.card}",
        )
    return card.id


def _card_by_size(candidate: Candidate) -> str:
    """The card that a file as it was published belongs to, "" for one of the user's own."""
    size = candidate.weights.stat().st_size
    for card in cards_of(candidate.role):
        if any(_may_be(file, candidate.weights, size) for file in (*card.files, *card.accepted)):
            if candidate.card in {"", card.id}:
                return card.id
            raise MismatchedWeightsError(
                f"{candidate.weights} lies in the folder of {candidate.card}, but it has the size"
                f" of {card.title}.",
                remedy=f"Delete it and run: latentsync-studio models fetch {candidate.card}",
            )
    published = known_card(candidate.card)
    if published is not None:
        raise MismatchedWeightsError(
            f"{candidate.weights} has {size:,} bytes; {published.title} has"
            f" {published.files[0].size or 0:,}.",
            remedy=f"Delete it and run: latentsync-studio models fetch {candidate.card}; weights"
            " of your own belong in a folder of their own (--weights).",
        )
    return ""


def _may_be(file: CardFile, path: Path, size: int) -> bool:
    """Whether a file of `size` bytes may be what is published; unknown sizes go by the name."""
    if file.size is None:
        return file.name.rpartition("/")[2] == path.name
    return file.size == size
