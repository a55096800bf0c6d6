"""Files that look like weights by name, header and size; most of them are holes on the disk."""

import json
from pathlib import Path

from latentsync_studio.storage.weights.cards import card

TENSORS = "diffusion_pytorch_model.safetensors"


def safetensors(path: Path, size: int = 200) -> Path:
    """Write a whole .safetensors file of `size` bytes."""
    rest = size - 8 - 128
    header = {"w": {"dtype": "U8", "shape": [rest], "data_offsets": [0, rest]}}
    text = json.dumps(header).encode().ljust(128)
    assert len(text) == 128
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(size)
    return path


def saved(path: Path, size: int = 200) -> Path:
    """Write a file of `size` bytes that begins and ends like one of torch.save."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(b"PK\3\4")
        file.truncate(size - 22)
        file.seek(size - 22)
        file.write(b"PK\5\6" + bytes(18))
    return path


def config(path: Path, **fields) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(fields), encoding="utf-8")
    return path


def unet(folder: Path, resolution=512, **fields) -> Path:
    """Write a converted U-Net of nobody's, or as `fields` say."""
    config(folder / "config.json", resolution=resolution, **fields)
    return safetensors(folder / TENSORS)


def published(model: str, folder: Path, name: str | None = None) -> Path:
    """Write the first file of a card with its published size; return it."""
    file = card(model).files[0]
    path = folder / (name or file.name)
    return (safetensors if path.suffix == ".safetensors" else saved)(path, file.size)


def test_set(folder: Path) -> Path:
    """Write a whole set that says that it is made by a test."""
    unet(folder / "unet", 64, test=True)
    config(folder / "vae" / "config.json", test=True)
    safetensors(folder / "vae" / TENSORS)
    config(folder / "whisper" / "config.json", test=True)
    safetensors(folder / "whisper" / "model.safetensors")
    return folder


test_set.__test__ = False


def hub_file(cache: Path, repository: str, path: Path, revision: str, ref: str = "main") -> None:
    """Put a file into a Hugging Face cache as that lays it out, content as in `path`."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    snapshot = folder / "snapshots" / revision / path.name
    blob = folder / "blobs" / path.name
    for each in (snapshot, blob, folder / "refs" / ref):
        each.parent.mkdir(parents=True, exist_ok=True)
    path.rename(blob)
    snapshot.symlink_to(blob)
    (folder / "refs" / ref).write_text(revision)
