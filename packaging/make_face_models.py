# ruff: noqa: INP001 - a folder of scripts
"""Make the face models of resources/models from the public mediapipe 0.10.21 wheel.

    python packaging/make_face_models.py [--wheel mediapipe-0.10.21-*.whl] [--out resources/models]

Without --wheel the wheel is fetched with `pip download`. It is read as an archive only: mediapipe
is never installed and never a dependency. Needs the extra `models` (onnx, tflite, flatbuffers).
Networks become ONNX with weights kept in half precision (their size in the wheel) and float32
arithmetic. Two runs write the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from tflite_to_onnx import Converted, convert

WHEEL = "mediapipe==0.10.21"
SCRIPT = "packaging/make_face_models.py"
ATTRIBUTION = "Copyright The MediaPipe Authors. Converted to ONNX; weights unchanged."


@dataclass(frozen=True)
class Recipe:
    """One model: where it lies in the wheel, and the names its outputs get, in tflite order."""

    id: str
    title: str
    member: str
    outputs: tuple[str, ...]
    input: str
    meaning: dict[str, str]


RECIPES = (
    Recipe(
        id="face_detector",
        title="BlazeFace, short range",
        member="mediapipe/modules/face_detection/face_detection_short_range.tflite",
        outputs=("boxes", "scores"),
        input="image (1, 3, 128, 128) f32, RGB, -1..1",
        meaning={
            "boxes": "(1, 896, 16) center x, y, width, height and 6 points x, y relative to the "
            "anchor, in input pixels; anchors: 16x16 cells x 2, then 8x8 cells x 6",
            "scores": "(1, 896, 1) logits",
        },
    ),
    Recipe(
        id="face_mesh_478",
        title="Face mesh with attention to lips, eyes and irises",
        member="mediapipe/modules/face_landmark/face_landmark_with_attention.tflite",
        outputs=(
            "mesh", "lips", "left_eye", "right_eye", "left_iris", "right_iris", "presence",
        ),
        input="image (1, 3, 192, 192) f32, RGB, 0..1",
        meaning={
            "mesh": "(1, 1, 1, 1404) 468 points x, y, z in input pixels",
            "lips": "80 points x, y; which of the 478 they refine: index file",
            "left_eye": "71 points x, y",
            "right_eye": "71 points x, y",
            "left_iris": "5 points x, y: landmarks 468..472",
            "right_iris": "5 points x, y: landmarks 473..477",
            "presence": "logit",
        },
    ),
)  # fmt: skip


def fetch_wheel(folder: Path) -> Path:
    """Download the wheel into `folder` with pip and return its path."""
    subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
            "--only-binary=:all:", "--python-version", "3.11",
            "--platform", "manylinux_2_28_x86_64", "--dest", str(folder), WHEEL,
        ],
        check=True,
    )  # fmt: skip
    return next(folder.glob("mediapipe-0.10.21-*.whl"))


def digest(data: bytes) -> str:
    """Return the hex SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write `value` so that people and diffs can read it."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def make(recipe: Recipe, wheel: zipfile.ZipFile, out: Path) -> None:
    """Convert one model and write it with its card (and index, for the mesh)."""
    source = wheel.read(recipe.member)
    converted: Converted = convert(source, recipe.id, recipe.outputs)
    (out / f"{recipe.id}.onnx").write_bytes(converted.model)
    files = {f"{recipe.id}.onnx": digest(converted.model)}
    if converted.subsets:
        names = ("lips", "left_eye", "right_eye")
        index = dict(zip(names, converted.subsets, strict=True))
        path = out / f"{recipe.id}.index.json"
        path.write_text(json.dumps(index) + "\n", encoding="utf-8")
        files[path.name] = digest(path.read_bytes())
    card = {
        "id": recipe.id,
        "title": recipe.title,
        "source": f"https://pypi.org/project/mediapipe/0.10.21/ : {recipe.member}",
        "source_sha256": digest(source),
        "license": "Apache-2.0",
        "attribution": ATTRIBUTION,
        "made_by": SCRIPT,
        "input": recipe.input,
        "outputs": recipe.meaning,
        "files": files,
    }
    write_json(out / f"{recipe.id}.card.json", card)
    sys.stdout.write(f"{recipe.id}: {len(converted.model)} bytes {digest(converted.model)}\n")


def main() -> None:
    """Read the command line and make every model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, help="the mediapipe 0.10.21 wheel; default: fetch it")
    default = Path(__file__).parents[1] / "resources" / "models"
    parser.add_argument("--out", type=Path, default=default, help="default: %(default)s")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        path = options.wheel or fetch_wheel(Path(scratch))
        with zipfile.ZipFile(path) as wheel:
            for recipe in RECIPES:
                make(recipe, wheel, options.out)


if __name__ == "__main__":
    main()
