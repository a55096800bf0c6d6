"""One engine at one size: what the program does with a clip, step by step beside a clock."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.installed import resource
from latentsync_studio.core.settings.quality import LEVELS, with_quality
from latentsync_studio.media.trial_clip import write_trial_clip
from latentsync_studio.services.draw_windows import draw_windows
from latentsync_studio.services.peak_watch import PeakWatch
from latentsync_studio.services.prepare import prepared
from latentsync_studio.services.render import render, window_store
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import open_services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.services.engines import EngineBook
    from latentsync_studio.services.prepare import Prepared
    from latentsync_studio.services.reading import Walker
    from latentsync_studio.services.windows import WindowStore
    from latentsync_studio.services.wiring import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTimes:
    """What a step took.

    Attributes:
        frames: of the clip.
        drawn: of these, frames that were drawn.
        analyse_s: finding faces; 0 where they were known.
        start_s: from the beginning until the engine drew its first window, without finding faces.
        draw_s: drawing all windows.
        write_s: composing, measuring and encoding.
        total_s: all of the step.
        device: that drew, by its name.
        batch: windows at once.
        memory_mib, gpu_mib: the most that the process took.
    """

    frames: int
    drawn: int = 0
    analyse_s: float = 0.0
    start_s: float = 0.0
    draw_s: float = 0.0
    write_s: float = 0.0
    total_s: float = 0.0
    device: str = ""
    batch: int = 1
    memory_mib: float = 0.0
    gpu_mib: float = 0.0


class StageClock:
    """A Progress that notes how long each stage takes, from its first report to its last."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._first: dict[str, float] = {}
        self._last: dict[str, float] = {}

    def report(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Note the time, and pass it on."""
        now = time.perf_counter()
        self._first.setdefault(stage, now)
        self._last[stage] = now
        self._progress.report(stage, done, total, note)

    def check(self) -> None:
        """Raise Cancelled when the work is to stop."""
        self._progress.check()

    def seconds(self, stage: str) -> float:
        """Of a stage; 0 where it never was."""
        return self._last.get(stage, 0.0) - self._first.get(stage, 0.0)


class Row:
    """Measures one engine at one size. Use within `opened`."""

    def __init__(
        self,
        settings: RenderSettings,
        size: tuple[int, int],
        frames: int,
        folder: Path,
        progress: Progress,
    ) -> None:
        """Write nothing yet.

        Args:
            settings: of the render; they name the engine.
            size: px of the clip, (width, height).
            frames: of the clip.
            folder: for the clip, the cache and the movie; emptied by the caller.
            progress: may stop it.
        """
        self._settings, self._size, self._frames = settings, size, frames
        self._folder, self._progress = folder, progress
        self._services: Services | None = None

    @contextmanager
    def opened(self, engines: EngineBook) -> Iterator[None]:
        """Open an empty cache of its own, with the given engines."""
        name = f"{self._settings.engine} {self._size[0]}x{self._size[1]}"
        with open_services(self._folder / name) as own:
            self._services = replace(own, engines=engines)
            try:
                yield
            finally:
                self._services = None

    def drawn_cold(self) -> RowTimes:
        """With an empty cache: find faces, hear the speech, load the engine, draw everything."""
        return self._drawn(self._settings)

    def drawn_warm(self, settings: RenderSettings) -> RowTimes:
        """With everything loaded and known, draw all windows anew."""
        return self._drawn(settings)

    def written(self, level: int) -> RowTimes:
        """With all mouths drawn, write the movie at a level of the export slider."""
        settings = with_quality(self._settings, level)
        request = msgspec.structs.replace(
            self._request(settings), measure=LEVELS[level].measure, fresh=False
        )
        clock = StageClock(self._progress)
        began = time.perf_counter()
        with PeakWatch() as peak:
            report = render(request, self._open, clock)
        return RowTimes(
            frames=report.frames,
            write_s=clock.seconds("render"),
            total_s=time.perf_counter() - began,
            memory_mib=peak.rss_mib,
            gpu_mib=peak.gpu_mib,
        )

    @property
    def _open(self) -> Services:
        if self._services is None:
            raise RuntimeError("the row is not open")
        return self._services

    def _request(self, settings: RenderSettings) -> RenderRequest:
        clip = self._folder / f"{self._size[0]}x{self._size[1]} {self._frames}.mp4"
        if not clip.exists():
            sample = resource("sample/portrait.mp4")
            write_trial_clip(sample, clip, self._size, self._frames, self._progress)
        return RenderRequest(
            video=clip,
            audio=resource("sample/speech.wav"),
            output=self._folder / "result.mp4",
            settings=msgspec.structs.replace(settings, length_policy="cut"),
        )

    def _drawn(self, settings: RenderSettings) -> RowTimes:
        request = self._request(settings)
        clock = StageClock(self._progress)
        began = time.perf_counter()
        with PeakWatch() as peak, prepared(request, self._open, clock) as ready:
            windows = window_store(ready, self._open)
            if ready.session is None or windows is None:
                raise InputError(
                    f"No face was found in the sample at {self._size[0]}x{self._size[1]} px.",
                    remedy="Measure a larger size.",
                )
            self._open.store.remove([windows.key(window) for window in ready.windows])
            at_once = ready.session.at_once()
            budget = self._open.budget.for_windows(at_once)
            first = time.perf_counter()
            drawn_windows = draw_windows(_Drawable(ready, windows), ready.windows, clock, budget)
            ended = [time.perf_counter() for _ in drawn_windows]
            running = ready.session.running()
        drawn = sum(map(len, ready.windows))
        draw_s = ended[-1] - first
        share = len(ready.windows[0]) / drawn  # the first window is drawn, not only begun
        analyse_s = clock.seconds("analyse")
        return RowTimes(
            frames=self._frames,
            drawn=drawn,
            analyse_s=analyse_s,
            start_s=max(ended[0] - began - analyse_s - share * draw_s, 0.0),
            draw_s=draw_s,
            total_s=ended[-1] - began,
            device=running.device,
            batch=at_once,
            memory_mib=peak.rss_mib,
            gpu_mib=peak.gpu_mib,
        )


class _Drawable:
    """The windows of a render that is ready; see draw_windows.Drawable."""

    def __init__(self, ready: Prepared, windows: WindowStore) -> None:
        self._ready, self._windows = ready, windows

    @property
    def source(self) -> I32:
        return self._ready.length.source

    @property
    def frame_bytes(self) -> int:
        video = self._ready.reader.video
        return 2 * video.width * video.height

    def reader(self) -> AbstractContextManager[Walker]:
        from latentsync_studio.media.reader import FrameReader

        return FrameReader(Path(self._ready.reader.facts.path))

    def reads(self, window: FrameRange) -> FrameRange:
        return self._windows.reads(window)

    def patches(
        self,
        window: FrameRange,
        see: Callable[[FrameRange], Sequence[Picture]],
        progress: Progress,
    ) -> tuple[Patch, ...]:
        return self._windows.patches(window, see, progress)
