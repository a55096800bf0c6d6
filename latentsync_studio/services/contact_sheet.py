"""Pictures for people: rows of crops with labels, to judge a result or to choose a face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.face import landmarks as marks
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.pixels import window_rgb
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.overwriting import refuse_overwriting, write_whole
from latentsync_studio.services.quality.mouth import ApertureMeter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from latentsync_studio.core.arrays import F32, I32, Rgb8
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture

COLUMNS, BANDS = 8, 3
MARGIN, LABEL, TITLE = 78, 20, 26  # px left of the rows, below them, above those with a title
POINTS = 14  # size of letters
BACKGROUND, INK = 24, 225
MOUTH_SPAN, FACE_SPAN = 1.5, 2.6  # side of a crop over the eye distance
MIN_SIDE = 24
MOST_LOOKS = 480  # frames that are compared, however long the result is


@dataclass(frozen=True, slots=True)
class Row:
    """One row of crops of equal height with a name, and a label below each crop.

    A title stands in a line of its own above the row.
    """

    name: str
    crops: Sequence[Rgb8]
    labels: Sequence[str]
    title: str = ""


def before_after(clip: Path, result: Path, track: FaceTrack, source: I32) -> Rgb8:
    """Mouths of the clip above those of the result, at full size.

    The result is cut into equal stretches; of each, the widest or the narrowest
    mouth of the result is shown in turn.

    Args:
        clip: what was redrawn.
        result: the finished movie.
        track: the redrawn face, over the frames of the clip.
        source: (T,) clip frame of each frame of the result.

    Raises:
        InputError: the face is in none of the frames.
    """
    shown = np.flatnonzero(track.present[source])
    if not len(shown):
        raise InputError("The face is in none of the result's frames.", remedy="Choose another.")
    side = _side(track, MOUTH_SPAN)
    looked_at = shown[
        np.rint(np.linspace(0, len(shown) - 1, min(MOST_LOOKS, len(shown)))).astype(int)
    ]
    where = {int(t): _box_at(_mouth(track, int(source[t])), side) for t in looked_at}
    opened = _apertures(result, track, {t: int(source[t]) for t in where})
    stretches = np.array_split(looked_at, min(COLUMNS * BANDS, len(looked_at)))
    picks = [
        (max, min)[k % 2](stretch, key=opened.__getitem__) for k, stretch in enumerate(stretches)
    ]
    frames = np.array([int(pick) for pick in picks])
    boxes = [where[int(frame)] for frame in frames]
    before = _crops(clip, [int(source[frame]) for frame in frames], boxes)
    after = _crops(result, [int(frame) for frame in frames], boxes)
    rows = []
    for start in range(0, len(frames), COLUMNS):
        part = slice(start, start + COLUMNS)
        rows.append(Row("source", before[part], [""] * len(before[part])))
        rows.append(Row("result", after[part], [f"frame {n}" for n in frames[part]]))
    return sheet(rows)


def faces_sheet(clip: Path, tracks: Sequence[FaceTrack]) -> Rgb8:
    """Draw every face of a clip, one row each, evenly over the frames that it is in."""
    rows = []
    for track in tracks:
        there = np.flatnonzero(track.present)
        steps = np.linspace(0, len(there) - 1, min(COLUMNS, len(there)))
        frames = [int(n) for n in there[np.rint(steps).astype(int)]]
        side = _side(track, FACE_SPAN)
        boxes = [_box_at(_middle(track, frame), side) for frame in frames]
        crops = [_scaled(crop, 160) for crop in _crops(clip, frames, boxes)]
        rows.append(Row(f"face {track.id}", crops, [f"frame {n}" for n in frames]))
    if not rows:
        raise InputError(
            "No face was found, so there is nothing to draw on a sheet.",
            remedy="Choose a clip in which a face is larger and looks towards the camera.",
        )
    return sheet(rows)


def face_pictures(clip: Path, tracks: Sequence[FaceTrack], side: int) -> dict[int, Rgb8]:
    """A small picture of each face, where it is large, turned to the camera and not covered.

    Args:
        clip: the movie.
        tracks: its faces, each in at least one frame.
        side: px; pictures are square, and dark where the face leaves the frame.

    Returns:
        By the number of the face, (side, side, 3) RGB.
    """
    shown = sorted(((_clearest(track), track) for track in tracks), key=lambda pair: pair[0])
    frames = [frame for frame, _ in shown]
    boxes = [_box_at(_middle(track, frame), _side_at(track, frame)) for frame, track in shown]
    crops = _crops(clip, frames, boxes)
    return {track.id: _scaled(crop, side) for (_, track), crop in zip(shown, crops, strict=True)}


def mouth_crops(
    path: Path, track: FaceTrack, size: tuple[int, int], frames: Sequence[int], side: int
) -> list[Rgb8]:
    """Mouths of a movie where a face of the clip that it was made of has its own.

    Args:
        path: the movie, which may have another size than the clip.
        track: the face, over the frames of the clip.
        size: px of the clip's picture, (width, height).
        frames: of both, rising; the face is in all of them.
        side: px; crops are square, and dark where they leave the picture.
    """
    with FrameReader(path) as reader:
        pictures = zip(frames, reader.walk(frames), strict=True)
        return [
            _scaled(_mouth_crop(picture, track, frame, picture.width / size[0]), side)
            for frame, picture in pictures
        ]


def _mouth_crop(picture: Picture, track: FaceTrack, frame: int, scale: float) -> Rgb8:
    width = max(MIN_SIDE, 2 * round(MOUTH_SPAN * float(track.eye_distance[frame]) * scale / 2))
    return _crop(picture, _box_at(np.asarray(_mouth(track, frame) * scale, np.float32), width))


def require_sheet(path: Path, clip: Path) -> None:
    """Raise InputError when a sheet of `clip` cannot go to `path`, before any work begins."""
    refuse_overwriting(path, [clip])
    if path.suffix.lower() != ".png":
        raise InputError(
            f"The sheet {path.name!r} does not end in .png.",
            remedy=f"Write to {path.stem or 'faces'}.png, for instance.",
        )
    if path.is_dir():
        raise InputError(f"The sheet {path} is a folder.", remedy="Name a file in it.")
    if not path.parent.is_dir():
        raise InputError(
            f"The folder {path.parent} of the sheet {path.name!r} does not exist.",
            remedy="Make the folder, or choose another one.",
        )


def write_png(path: Path, image: Rgb8) -> None:
    """Write RGB as PNG, whole or not at all.

    Raises StorageError or DiskFullError when the file cannot be written.
    """
    write_whole(path, png_bytes(image))


def png_bytes(image: Rgb8) -> bytes:
    """RGB as the bytes of a PNG file."""
    _, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return data.tobytes()


def _apertures(result: Path, track: FaceTrack, frames: Mapping[int, int]) -> dict[int, float]:
    """Measure how far the mouth is open in frames of the result (-> frames of the clip)."""
    meter = ApertureMeter(every=1)
    with FrameReader(result) as reader:
        pairs = zip(frames.items(), reader.walk(frames), strict=True)
        found = {t: meter.measure(seen, track.landmarks[shown]) for (t, shown), seen in pairs}
    return {t: 0.0 if np.isnan(value) else value for t, value in found.items()}


def _clearest(track: FaceTrack) -> int:
    """The frame that shows a face best; one that can be redrawn where there is any."""
    frontal = np.cos(np.radians(track.angles[:, 0])).clip(0)
    merit = track.eye_distance * frontal * (0.1 + track.usable)
    return int(np.argmax(np.where(track.present, np.nan_to_num(merit), -1.0)))


def _side_at(track: FaceTrack, frame: int) -> int:
    return max(MIN_SIDE, 2 * round(FACE_SPAN * float(track.eye_distance[frame]) / 2))


def _side(track: FaceTrack, span: float) -> int:
    width = float(np.nanmedian(track.eye_distance[track.present]))
    return max(MIN_SIDE, 2 * round(span * width / 2))


def _mouth(track: FaceTrack, frame: int) -> F32:
    return np.asarray(track.landmarks[frame, list(marks.OUT_RING), :2].mean(axis=0))


def _middle(track: FaceTrack, frame: int) -> F32:
    points = track.landmarks[frame, :, :2]
    return np.asarray((points.min(axis=0) + points.max(axis=0)) / 2)


def _box_at(center: F32, side: int) -> Box:
    x0, y0 = (round(float(value) - side / 2) for value in center)
    return Box(x0=x0, y0=y0, x1=x0 + side, y1=y0 + side)


def _crops(path: Path, frames: Sequence[int], boxes: Sequence[Box]) -> list[Rgb8]:
    with FrameReader(path) as reader:
        pairs = zip(reader.walk(frames), boxes, strict=True)
        return [_crop(picture, box) for picture, box in pairs]


def _crop(picture: Picture, box: Box) -> Rgb8:
    """The part under `box`; what lies outside of the picture stays dark."""
    crop = np.full((box.height, box.width, 3), BACKGROUND, np.uint8)
    inside = box.clipped(picture.width, picture.height)
    if inside is not None:
        rows = slice(inside.y0 - box.y0, inside.y1 - box.y0)
        columns = slice(inside.x0 - box.x0, inside.x1 - box.x0)
        crop[rows, columns] = window_rgb(picture, inside)
    return crop


def _scaled(crop: Rgb8, side: int) -> Rgb8:
    how = cv2.INTER_AREA if crop.shape[0] > side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (side, side), interpolation=how), np.uint8)


def sheet(rows: Sequence[Row]) -> Rgb8:
    """Rows below each other, with their titles, names and labels."""
    width = MARGIN + max(sum(crop.shape[1] + 2 for crop in row.crops) for row in rows)
    height = sum(_row_height(row) for row in rows)
    canvas = np.full((height, width, 3), BACKGROUND, np.uint8)
    writing = cv2.FontFace("uni")  # has the letters of most languages
    top = 0
    for row in rows:
        below = top + _row_height(row)
        if row.title:
            _write(canvas, _shortened(row.title, width - 12, writing), (6, top + 18), writing)
            top += TITLE
        tall = row.crops[0].shape[0]
        _write(canvas, row.name, (6, top + tall // 2), writing)
        left = MARGIN
        for crop, label in zip(row.crops, row.labels, strict=True):
            canvas[top : top + tall, left : left + crop.shape[1]] = crop
            _write(canvas, label, (left + 4, top + tall + LABEL - 6), writing)
            left += crop.shape[1] + 2
        top = below
    return canvas


def _row_height(row: Row) -> int:
    title = TITLE if row.title else 0
    return title + int(row.crops[0].shape[0]) + (LABEL if any(row.labels) else 2)


def _write(sheet: Rgb8, text: str, where: tuple[int, int], writing: cv2.FontFace) -> None:
    if text:
        cv2.putText(sheet, text, where, (INK, INK, INK), writing, POINTS)


def _shortened(text: str, width: int, writing: cv2.FontFace) -> str:
    """The text, with its middle left out where it is wider than `width` px."""
    kept, shown = len(text), text
    while kept > 2 and cv2.getTextSize((width, TITLE), shown, (0, 0), writing, POINTS)[2] > width:
        kept -= 1
        shown = f"{text[: kept - kept // 2]}\N{HORIZONTAL ELLIPSIS}{text[-(kept // 2) :]}"
    return shown
