"""Is everything outside of the mask identical to the decoded source? Counted sample by sample.

A clip is rendered without loss (quality 0). Every patch is drawn once more, to know where its alpha
is not 0, and every sample of every plane of the result is compared with the decoded source. A
chroma sample counts as covered when any of its pixels is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.pages import EncodeSettings, RenderSettings
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.prepare import prepared
from latentsync_studio.services.render import render
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import Services, open_services
from tests.benchmarks.goals import PAIRS, SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.picture import Picture

LOSSLESS = RenderSettings(encode=EncodeSettings(quality=0))


@dataclass(frozen=True)
class Difference:
    """One output frame against the decoded source frame that it shows.

    Attributes:
        frame: output frame.
        source: source frame.
        drawn: whether there is a patch.
        outside: samples that differ where no alpha is, over all planes.
        inside: samples that differ under the alpha.
        samples: samples outside of the alpha.
        center: (x, y) mean place of the luma samples that differ, display px; NaN for none.
    """

    frame: int
    source: int
    drawn: bool
    outside: int
    inside: int
    samples: int
    center: tuple[float, float]


def differences(request: RenderRequest, services: Services) -> Iterator[Difference]:
    """Compare the rendered `request.output` with the decoded `request.video`, frame by frame."""
    progress = CallbackProgress()
    with prepared(request, services, progress) as ready, FrameReader(request.output) as result:
        if result.index.n_frames != len(ready.frames):
            raise SystemExit(f"{result.index.n_frames} frames instead of {len(ready.frames)}")
        patches: dict[int, Patch] = {}
        for frame, ours in zip(ready.frames, result.frames(), strict=True):
            for window in [w for w in ready.windows if frame in w and frame not in patches]:
                shown = [ready.reader.read(int(ready.length.source[k])) for k in window]
                drawn = ready.session.synthesize(window, shown, progress)
                patches = {patch.frame: patch for patch in drawn}
            source = ready.reader.read(int(ready.length.source[frame]))
            yield compared(frame, source, ours, patches.get(frame))


def compared(frame: int, source: Picture, ours: Picture, patch: Patch | None) -> Difference:
    """Tell what of a composed frame differs from its source, under and outside of the patch."""
    covered = np.zeros(source.planes[0].shape, bool) if patch is None else _covered(patch, source)
    inside = outside = samples = 0
    for number, (theirs, here) in enumerate(zip(source.planes, ours.planes, strict=True)):
        chroma = number in {1, 2} and source.format.matrix != "rgb"
        under = _subsampled(covered, source) if chroma else covered
        differ = theirs != here
        inside += int((differ & under).sum())
        outside += int((differ & ~under).sum())
        samples += int((~under).sum())
    rows, columns = np.nonzero(source.planes[0] != ours.planes[0])
    center = (float(columns.mean()), float(rows.mean())) if len(rows) else (np.nan, np.nan)
    return Difference(frame, source.index, patch is not None, outside, inside, samples, center)


def _covered(patch: Patch, source: Picture) -> np.ndarray:
    """(H, W) where the patch's alpha, brought to the frame, is not 0."""
    matrix = np.asarray(patch.transform, np.float64)
    rows, columns = patch.alpha.shape
    x, y = matrix[:, 2]
    if np.array_equal(matrix[:, :2], np.eye(2)) and x.is_integer() and y.is_integer():
        canvas = np.zeros((source.height + 2 * rows, source.width + 2 * columns), bool)
        top = int(np.clip(y, -rows, source.height)) + rows
        left = int(np.clip(x, -columns, source.width)) + columns
        canvas[top : top + rows, left : left + columns] = patch.alpha > 0
        return canvas[rows:-rows, columns:-columns]
    alpha = patch.alpha.astype(np.float32)
    return cv2.warpAffine(alpha, matrix, (source.width, source.height)) > 0


def _subsampled(covered: np.ndarray, source: Picture) -> np.ndarray:
    """Whether any pixel of each chroma sample is covered."""
    across, down = 1 << source.format.sub_x, 1 << source.format.sub_y
    height, width = covered.shape
    padded = np.pad(covered, ((0, -height % down), (0, -width % across)))
    blocks = padded.reshape(padded.shape[0] // down, down, padded.shape[1] // across, across)
    return blocks.any(axis=(1, 3))


def main() -> None:
    """Render and compare the shared clips, or one given pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=SHARED)
    parser.add_argument("--pair", type=Path, nargs=2, metavar=("VIDEO", "AUDIO"))
    args = parser.parse_args()
    pairs = [(name, args.clips / video, args.clips / audio) for name, video, audio in PAIRS]
    if args.pair:
        pairs = [(args.pair[0].name, *args.pair)]
    head = "| clip | frames | drawn | samples outside | of them changed | changed inside |"
    sys.stdout.write(head + "\n|---|---|---|---|---|---|\n")
    bad = 0
    for name, video, audio in pairs:
        with tempfile.TemporaryDirectory() as folder, open_services(Path(folder)) as services:
            output = Path(folder, "out.mp4")
            request = RenderRequest(
                video=video, audio=audio, output=output, settings=LOSSLESS, measure=False
            )
            render(request, services, CallbackProgress())
            found = list(differences(request, services))
        changed = sum(d.outside for d in found)
        bad += changed
        sys.stdout.write(
            f"| {name} | {len(found)} | {sum(d.drawn for d in found)} "
            f"| {sum(d.samples for d in found)} | {changed} | {sum(d.inside for d in found)} |\n"
        )
        sys.stdout.flush()
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
