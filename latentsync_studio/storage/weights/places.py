"""Where files of weights may lie: names within a folder, and the local Hugging Face cache.

A folder of the user's choice, its `checkpoints` (as the models' authors lay them out) and the
program's own `models` folder are looked through in the same way:

    unet/{config.json, diffusion_pytorch_model.safetensors}   what `models convert` makes
    latentsync_unet.pt                                        as published, not yet converted
    vae/ or sd-vae-ft-mse/ {config.json, diffusion_pytorch_model.safetensors or .bin}
    whisper/tiny.pt, or whisper/ {config.json, model.safetensors}
    what only measures, under the name that it is published with

each also below a folder named after a model's id, as `models fetch` lays them out.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from latentsync_studio.storage.weights.cards import cards_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.weights import Form, ModelCard, Origin, Role

CONFIG: Final = "config.json"
TENSORS: Final = "diffusion_pytorch_model.safetensors"
_PICKLED: Final = "diffusion_pytorch_model.bin"
_VAE_FOLDERS: Final = ("vae", "sd-vae-ft-mse", "stabilityai/sd-vae-ft-mse")
_WHISPER_FOLDERS: Final = ("whisper", "whisper-tiny")

CHECKPOINT: Final = "latentsync_unet.pt"
_NAMES: Final[dict[Role, tuple[tuple[str, Form], ...]]] = {
    "unet": ((f"unet/{TENSORS}", "diffusers"), (CHECKPOINT, "checkpoint")),
    "vae": tuple(
        (f"{folder}/{name}", "diffusers") for folder in _VAE_FOLDERS for name in (TENSORS, _PICKLED)
    ),
    "whisper": (
        ("whisper/tiny.pt", "openai"),
        ("tiny.pt", "openai"),
        *((f"{folder}/model.safetensors", "transformers") for folder in _WHISPER_FOLDERS),
    ),
    "syncnet": (
        ("stable_syncnet.pt", "checkpoint"),
        ("auxiliary/syncnet_v2.model", "checkpoint"),
        ("syncnet_v2.model", "checkpoint"),
        ("syncnet_v2.safetensors", "checkpoint"),
    ),
    "perceptual": (("lpips/alex.pth", "checkpoint"), ("lpips/weights/v0.1/alex.pth", "checkpoint")),
    "backbone": (("alexnet-owt-7be5be79.pth", "checkpoint"),),
    "identity": (("face_recognition_sface_2021dec.onnx", "checkpoint"),),
}
# Below a folder named after the model, files lie as in its repository.
_IN_OWN_FOLDER: Final[dict[Role, tuple[tuple[str, Form], ...]]] = {
    "vae": ((TENSORS, "diffusers"), (_PICKLED, "diffusers")),
    "whisper": (("model.safetensors", "transformers"),),
    "perceptual": (("alex.pth", "checkpoint"),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file of weights that exists, not looked into yet; fields as of FoundModel."""

    role: Role
    card: str
    form: Form
    weights: Path
    config: Path | None
    origin: Origin


def in_folder(folder: Path, role: Role, origin: Origin) -> Iterator[Candidate]:
    """Files that may play `role` below a folder, the most specific first."""
    yield from _below(folder, role, origin, "")
    yield from _below(folder / "checkpoints", role, origin, "")
    for card in cards_of(role):
        yield from _below(folder / card.id, role, origin, card.id)


def _below(base: Path, role: Role, origin: Origin, card: str) -> Iterator[Candidate]:
    names = _NAMES[role] + (_IN_OWN_FOLDER.get(role, ()) if card else ())
    for name, form in names:
        weights = base / name
        if is_there(weights):
            config = weights.with_name(CONFIG)
            has_config = form in {"diffusers", "transformers"} and is_there(config)
            yield Candidate(
                role=role,
                card=card,
                form=form,
                weights=weights,
                config=config if has_config else None,
                origin=origin,
            )


def is_there(path: Path) -> bool:
    """Whether a file lies there, also one that may not be looked at: reading it tells why."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def in_hub_cache(role: Role, cache: Path | None = None) -> Iterator[Candidate]:
    """Files that may play `role` in the local Hugging Face cache; never uses the network.

    Args:
        role: what is looked for.
        cache: its folder; by default what HF_HUB_CACHE or HF_HOME say, as every program that
            uses it.
    """
    from huggingface_hub import constants

    folder = cache if cache is not None else Path(constants.HF_HUB_CACHE)
    if not folder.is_dir():
        return
    for card in cards_of(role):
        yield from _cached(card, folder)


def _cached(card: ModelCard, folder: Path) -> Iterator[Candidate]:
    for repository in filter(None, (card.repository, *card.also_in)):
        for file in (card.files[0], *card.accepted):
            weights = _cached_file(repository, file.name, card.revision, folder)
            if weights is None:
                continue
            config = None
            if any(each.name == CONFIG for each in card.files):
                config = weights.with_name(CONFIG)
            yield Candidate(
                role=card.role,
                card=card.id,
                form=_form(card.role, weights),
                weights=weights,
                config=config if config is not None and config.is_file() else None,
                origin="hub cache",
            )


def _cached_file(repository: str, name: str, revision: str, folder: Path) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    for each in ("main", revision):
        found = try_to_load_from_cache(repository, name, cache_dir=folder, revision=each)
        if isinstance(found, str) and Path(found).is_file():
            return Path(found)
    return None


def _form(role: Role, weights: Path) -> Form:
    if role == "vae":
        return "diffusers"
    if role == "whisper":
        return "openai" if weights.suffix == ".pt" else "transformers"
    return "checkpoint"


def own_place(card: ModelCard, name: str, models: Path) -> Path:
    """Where a file of a model lies in the program's own folder of models."""
    return models / card.id / name


def chosen_place(card: ModelCard, name: str, folder: Path) -> Path:
    """Where a file of a model is looked for in a folder of the user's choice."""
    if card.role == "vae":
        return folder / "vae" / name
    if card.role == "whisper" and "/" not in name:
        return folder / "whisper" / name
    if card.role == "perceptual":
        return folder / "lpips" / name
    return folder / name
