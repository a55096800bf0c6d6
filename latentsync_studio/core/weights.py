"""Weights of the neural engines: what is published, what lies on this machine, what is missing.

`storage` finds and verifies them, `engines` load what was found; both speak of them in these types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from latentsync_studio.core.errors import StudioError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Role = Literal["unet", "vae", "whisper", "syncnet", "perceptual", "backbone", "identity"]
Commercial = Literal["yes", "conditions", "no", "unknown"]
Origin = Literal["chosen folder", "data folder", "hub cache"]
Form = Literal["diffusers", "transformers", "openai", "checkpoint"]


class WeightsError(StudioError):
    """Weights are not what they should be: damaged, of another model, or mismatched."""

    code = "weights"


class MissingWeightsError(WeightsError):
    """An engine cannot run because weights that it needs are not on this machine."""

    code = "weights-missing"


class CardFile(msgspec.Struct, frozen=True, kw_only=True):
    """One published file.

    Attributes:
        name: path within the repository, with forward slashes.
        size: bytes, None where nobody has told.
        sha256: hex digest, "" where nobody has told.
    """

    name: str
    size: int | None = None
    sha256: str = ""


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a published model.

    Attributes:
        id: stable id, as on the command line and as the name of its folder.
        title: name for people.
        role: what it is to an engine.
        engines: ids of the engines that can use it.
        repository: owner/name on the Hugging Face Hub, "" where it is not there.
        revision: commit whose files are described.
        files: all that is fetched, the weights first.
        accepted: the same weights stored in other ways: taken where found, never fetched.
        also_in: further repositories that publish the same files.
        source: address of the folder of the files where they are not on the Hub; users bring them.
        resolution: side in px of the pictures that it was trained on, None where that means
            nothing.
        license: short name.
        license_url: where its text is.
        commercial: whether results may be used commercially.
        terms: the same in a sentence.
    """

    id: str
    title: str
    role: Role
    engines: tuple[str, ...]
    repository: str = ""
    revision: str = ""
    files: tuple[CardFile, ...]
    accepted: tuple[CardFile, ...] = ()
    also_in: tuple[str, ...] = ()
    source: str = ""
    resolution: int | None = None
    license: str
    license_url: str
    commercial: Commercial
    terms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    """A model's files on this machine, complete as far as their names and headers tell.

    Attributes:
        role: what it is to an engine.
        card: id of its card, "" where that cannot be told (own training, test weights).
        form: how it is stored. "diffusers" and "transformers": `config` and safetensors (or .bin)
            beside it; "openai": one .pt; "checkpoint": a U-Net as it is published, to be converted.
        weights: the file of tensors.
        config: the JSON beside it, None where there is none.
        origin: where it was found.
        resolution: px it works at, None where that means nothing or cannot be told.
        is_test: made by a test, of no use for real work; it says so itself.
    """

    role: Role
    card: str
    form: Form
    weights: Path
    config: Path | None
    origin: Origin
    resolution: int | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSet:
    """All that the LatentSync engine loads.

    Attributes:
        unet: converted, form "diffusers".
        vae: form "diffusers".
        whisper: form "openai" or "transformers".
        resolution: px of its crops, that of the U-Net.
        digest: hex digest of all contents wherever they lie, for cache keys; "" until they
            were read once (services.weights.settle).
    """

    unet: FoundModel
    vae: FoundModel
    whisper: FoundModel
    resolution: int
    digest: str = ""

    @property
    def models(self) -> tuple[FoundModel, FoundModel, FoundModel]:
        """Its parts."""
        return self.unet, self.vae, self.whisper

    @property
    def is_test(self) -> bool:
        """Whether any part is test weights: what comes out is no picture of anything."""
        return any(model.is_test for model in self.models)


class MissingFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that an engine needs and that is not here.

    Attributes:
        model: id of its card.
        title: name of the model for people.
        name: path within the repository.
        size: bytes, None where unknown.
        license: short name.
        commercial: whether results may be used commercially.
        terms: the same in a sentence.
        url: where it is published.
        place: where to put it.
    """

    model: str
    title: str
    name: str
    size: int | None
    license: str
    commercial: Commercial
    terms: str
    url: str
    place: str


class MissingWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Why an engine cannot run yet, and what would change that.

    Attributes:
        engine: id of the engine.
        reason: one sentence.
        problems: what is here but cannot be used, a sentence each.
        files: what is missing.
        details: problems and files as lines for people: which, how large, license, where to put it.
        remedy: what to do, with the commands.
    """

    engine: str
    reason: str
    problems: tuple[str, ...] = ()
    files: tuple[MissingFile, ...] = ()
    details: tuple[str, ...] = ()
    remedy: str

    def error(self) -> MissingWeightsError:
        """The same to be raised."""
        return MissingWeightsError(self.text(), remedy=self.remedy)

    def text(self) -> str:
        """Reason and details, a line each; without the remedy."""
        return "\n".join(_lines(self.reason, self.details))


def _lines(head: str, details: Iterable[str]) -> Iterable[str]:
    yield head
    yield from (f"  {line}" for line in details)
