"""What benchmarks of this machine found, kept between runs, and how long jobs take by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.preflight import Forecast
from latentsync_studio.core.settings import latentsync as mouth_levels
from latentsync_studio.core.settings import quality as export_levels
from latentsync_studio.core.speeds import Speed, merged, of_work, seconds_a_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from latentsync_studio.core.settings.latentsync import LatentSyncSettings
    from latentsync_studio.core.settings.pages import EncodeSettings, RenderSettings
    from latentsync_studio.storage.machine_notes import NotesFile

_PREFIX: Final = "speed|"
_WINDOW: Final = 16
# Full passes that coding a window's pictures takes as long as: by the times of the levels, which
# are 0.75, 2 and 4 times that of Standard for 0.67, 2.5 and 5 times its passes.
_CODING: Final = 3.0
_LEVELED: Final = "latentsync"  # the engine whose settings have a slider for speed
_WORDS: Final = ("work", "engine", "device", "setting", "width", "height")


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """Mouths that are to be drawn.

    Attributes:
        settings: of the clip; they name the engine.
        width, height: px of the picture.
        frames: to draw.
        unseen: frames of the clip in which faces must be found first.
    """

    settings: RenderSettings
    width: int
    height: int
    frames: int
    unseen: int = 0


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """A movie that is to be written: its encoding, px and frames."""

    encode: EncodeSettings
    width: int
    height: int
    frames: int


def known_speeds(notes: NotesFile) -> tuple[Speed, ...]:
    """All that was measured on this machine, the newest last."""
    found = []
    for name, values in notes.below(_PREFIX).items():
        words = dict(zip(_WORDS, name.removeprefix(_PREFIX).split("|"), strict=False))
        try:
            found.append(msgspec.convert({**words, **values}, decodable(Speed), strict=False))
        except msgspec.ValidationError:  # of a newer program
            continue
    return tuple(found)


def keep_speeds(notes: NotesFile, speeds: Iterable[Speed]) -> None:
    """Keep what was measured; what was known of other places stays."""
    notes.write_all({_name(speed): _values(speed) for speed in merged((), speeds)})


def _name(speed: Speed) -> str:
    parts = [str(getattr(speed, word)).replace("|", "/") for word in _WORDS]
    return _PREFIX + "|".join(parts)


def _values(speed: Speed) -> Mapping[str, float]:
    values = msgspec.structs.asdict(speed)
    return {name: float(value) for name, value in values.items() if name not in _WORDS}


def forecast(
    drawings: Iterable[Drawing],
    writing: Writing | None,
    speeds: Iterable[Speed],
    *,
    devices: int = 1,
) -> Forecast:
    """How long a job takes.

    Args:
        drawings: what is drawn, nothing for a job that only writes.
        writing: what is written; None: nothing.
        speeds: see `known_speeds`.
        devices: that share the drawing.
    """
    speeds, parts = tuple(speeds), tuple(drawings)
    analyse = _sum(analyse_seconds(part, speeds) for part in parts)
    draw = _sum(draw_seconds(part, speeds) for part in parts)
    started = {part.settings.engine for part in parts if part.frames}
    if draw is not None and draw > 0:
        draw = draw / max(devices, 1) + sum(start_seconds(engine, speeds) for engine in started)
    write = 0.0 if writing is None else write_seconds(writing, speeds)
    return Forecast(analyse=analyse, draw=draw, write=write)


def analyse_seconds(part: Drawing, speeds: Iterable[Speed]) -> float | None:
    """To find faces."""
    if not part.unseen:
        return 0.0
    cost = seconds_a_frame(of_work(speeds, "analyse"), part.width * part.height)
    return None if cost is None else cost * part.unseen


def draw_seconds(part: Drawing, speeds: Iterable[Speed]) -> float | None:
    """To draw mouths with everything loaded; of another setting than measured by its steps."""
    if not part.frames:
        return 0.0
    engine = part.settings.engine
    setting = setting_of(part.settings)
    rows = of_work(speeds, "draw", engine=engine, setting=setting)
    share = 1.0
    if engine == _LEVELED:
        rows = rows or _any_level(speeds, engine)
        if rows:
            share = _effort(part.settings.latentsync) / _effort_of(rows[-1].setting)
            rows = tuple(row for row in rows if row.setting == rows[-1].setting)
    cost = seconds_a_frame(rows, part.width * part.height)
    return None if cost is None else cost * share * part.frames


def start_seconds(engine: str, speeds: Iterable[Speed]) -> float:
    """Until an engine that is not loaded draws; 0 where that is not known."""
    rows = [speed for speed in speeds if speed.work == "draw" and speed.engine == engine]
    return min((row.cold_s for row in rows if row.cold_s), default=0.0)


def write_seconds(writing: Writing, speeds: Iterable[Speed]) -> float | None:
    """To compose and encode; None for encoders that no benchmark tries."""
    if not writing.frames:
        return 0.0
    encode = writing.encode
    if encode.codec not in {"auto", "h264"} or encode.hardware != "off":
        return None
    speeds = tuple(speeds)
    setting = export_levels.LEVELS[export_levels.shown_level(encode).level].name
    rows = of_work(speeds, "write", setting=setting) or of_work(speeds, "write")
    cost = seconds_a_frame(rows, writing.width * writing.height)
    return None if cost is None else cost * writing.frames


def memory_needed(engine: str, speeds: Iterable[Speed]) -> tuple[float, float]:
    """The most MiB of main memory and of the GPU that benchmarks of an engine saw; 0: unknown."""
    rows = [speed for speed in speeds if speed.engine == engine]
    return (
        max((row.memory_mib for row in rows), default=0.0),
        max((row.gpu_mib for row in rows), default=0.0),
    )


def setting_of(settings: RenderSettings) -> str:
    """Name of the level that the engine of the settings draws at; "" where it has none."""
    if settings.engine != _LEVELED:
        return ""
    return mouth_levels.LEVELS[mouth_levels.shown_level(settings.latentsync)[0]].name


def effort_of_level(name: str, to: str) -> float:
    """Times that a level takes as long as another one, by the passes of the network."""
    return _effort_of(name) / _effort_of(to)


def _any_level(speeds: Iterable[Speed], engine: str) -> tuple[Speed, ...]:
    return tuple(s for s in speeds if s.work == "draw" and s.engine == engine)


def _effort(page: LatentSyncSettings) -> float:
    """Passes of the network a window, with the coding and the windows that overlap."""
    guided = page.guidance_to - page.guidance_from
    passes = mouth_levels.passes(page.steps, page.cache_interval, guided)
    return (passes + _CODING) * _WINDOW / (_WINDOW - page.overlap)


def _effort_of(name: str) -> float:
    level = next((each for each in mouth_levels.LEVELS if each.name == name), None)
    if level is None:
        level = mouth_levels.LEVELS[mouth_levels.STANDARD]
    guided = level.guidance_to - level.guidance_from
    return mouth_levels.passes(level.steps, level.cache_interval, guided) + _CODING


def _sum(parts: Iterable[float | None]) -> float | None:
    """The sum; None where a part is."""
    known = list(parts)
    return None if None in known else sum(part for part in known if part is not None)
