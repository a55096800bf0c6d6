"""Strokes that are drawn and wait to be stored: one after the other, off the GUI thread.

What is drawn is seen at once; its tiles are made and stored behind it, and each stroke becomes one
undo step in the order in which it was drawn. What is asked for meanwhile, undo above all, and what
else makes shapes of the painted ones keep their place in that order.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from latentsync_studio.core.mask.layer import RasterKey
from latentsync_studio.core.timeline.edits.masks import add_layer, put_raster

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.mask.layer import MaskLayer, Raster
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project
    from latentsync_studio.services.clip_faces import ClipFace
    from latentsync_studio.services.mask_painting import Easel
    from latentsync_studio.ui.masks.work import Drawn
    from latentsync_studio.ui.workbench import Workbench
    from latentsync_studio.ui.workers.background import Background


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A finished stroke.

    Attributes:
        label: of its undo step.
        clip: whose layer it is on.
        layer: as it was when the stroke began; without an id for one that the stroke makes.
        frame: of the medium's grid at which it was drawn.
        drawn: where it lies and what it covers; None fills or clears the layer.
        face: picture and face of the clip.
        is_full: without `drawn`: whether everything is covered, or nothing.
    """

    label: str
    clip: ClipId
    layer: MaskLayer
    frame: int
    drawn: Drawn | None
    face: ClipFace
    is_full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshaping:
    """Other shapes for a layer, made of those that it has by then.

    Attributes:
        label: of its undo step.
        clip: whose layer it is.
        layer: as it was when it was asked for.
        make: clip, layer and easel -> shapes, off the GUI thread.
        put: what was made -> the edit.
    """

    label: str
    clip: ClipId
    layer: MaskLayer
    make: Callable[[Clip, MaskLayer, Easel], Any]
    put: Callable[[Any], Callable[[Project], Project]]


class StrokesQueue(QObject):
    """Stores strokes.

    Signals:
        stored(layer id): a stroke became part of the project; "" where no layer was drawn on.
        emptied(): no stroke waits any more.
    """

    stored = Signal(str)
    emptied = Signal()

    def __init__(
        self,
        workbench: Workbench,
        easel: Callable[[], Easel],
        background: Background,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._workbench, self._easel, self._background = workbench, easel, background
        self._waiting: deque[Stroke | Reshaping | Callable[[], object]] = deque()
        self._made: dict[str, str] = {}  # clip -> layer that its first stroke made
        self._work: Stroke | Reshaping | None = None
        workbench.store.coming = self

    @property
    def is_empty(self) -> bool:
        """Whether everything that was drawn is stored."""
        return self._work is None and not self._waiting

    def add(self, stroke: Stroke | Reshaping) -> None:
        """Store a stroke, or reshape a layer, after those that wait."""
        self._waiting.append(stroke)
        self._next()
        self._workbench.store.coming_changed.emit()

    def then(self, act: Callable[[], object]) -> None:
        """Call `act` once the strokes that were drawn up to now are stored."""
        self._waiting.append(act)
        self._next()

    def forget(self) -> None:
        """Another project: what waits is of the old one."""
        self._waiting.clear()
        self._made.clear()
        self._work = None
        self._workbench.store.coming_changed.emit()

    def _next(self) -> None:
        while self._work is None and self._waiting:
            first = self._waiting.popleft()
            if isinstance(first, Stroke | Reshaping):
                self._begin(first)
            else:
                first()
        if self.is_empty:
            self._made.clear()
            self.emptied.emit()
            self._workbench.store.coming_changed.emit()

    def _begin(self, asked: Stroke | Reshaping) -> None:
        layer = self._layer(asked)
        clip = find_clip(self._workbench.store.project, asked.clip)
        if layer is None or clip is None:  # it went away meanwhile
            return
        self._work, easel = asked, self._easel()

        def work(_progress: Progress) -> Any:  # noqa: ANN401 - a Raster, or what `make` makes
            if isinstance(asked, Reshaping):
                return asked.make(clip, layer, easel)
            from latentsync_studio.services.mask_painting import filled, painted

            if asked.drawn is None:
                return filled(layer, asked.face, easel, is_full=asked.is_full)
            return painted(clip, layer, asked.face, asked.frame, asked.drawn, easel)

        self._background.submit(
            work,
            lambda made: self._on_made(asked, layer, made),
            lambda error: self._on_failed(asked, error),
        )

    def _layer(self, stroke: Stroke | Reshaping) -> MaskLayer | None:
        """The layer as the project has it now."""
        clip = find_clip(self._workbench.store.project, stroke.clip)
        wanted = stroke.layer.id or self._made.get(stroke.clip, "")
        found = next((each for each in clip.masks if each.id == wanted), None) if clip else None
        # the layer that a first stroke made may have been undone meanwhile
        return found if found is not None or stroke.layer.id else stroke.layer

    def _on_made(self, asked: Stroke | Reshaping, layer: MaskLayer, made: Any) -> None:  # noqa: ANN401 - as `work` returns
        if self._work is not asked:
            return
        store = self._workbench.store
        if isinstance(asked, Reshaping):
            store.edit(asked.label, asked.put(made))
            self._end("")
            return
        store.edit(asked.label, edit_of(asked, layer, made))
        layer_id = str(layer.id)
        if not layer_id:
            clip = find_clip(store.project, asked.clip)
            layer_id = str(clip.masks[-1].id) if clip is not None and clip.masks else ""
            self._made[asked.clip] = layer_id
        self._end(layer_id)

    def _on_failed(self, asked: Stroke | Reshaping, error: StudioError) -> None:
        if self._work is not asked:
            return
        if isinstance(asked, Reshaping):
            self._workbench.tell_refused(error)
        else:
            self._workbench.tell_error(error)
        self._end("")

    def _end(self, layer_id: str) -> None:
        self._work = None
        self.stored.emit(layer_id)
        self._next()


def edit_of(stroke: Stroke, layer: MaskLayer, raster: Raster) -> Callable[[Project], Project]:
    """The edit that gives a layer what a stroke made of it."""
    if not layer.id:
        key = RasterKey(frame=stroke.frame, raster=raster)
        new = replace(layer, rasters=(key,))
        return lambda project: add_layer(project, stroke.clip, new)
    frame = frame_of(layer, stroke.frame)
    return lambda project: put_raster(project, stroke.clip, layer.id, frame, raster)


def frame_of(layer: MaskLayer, frame: int) -> int:
    """The frame whose shape a stroke at `frame` changes: the only one, else one of its own."""
    return layer.rasters[0].frame if len(layer.rasters) == 1 else frame


def find_clip(project: Project, clip: ClipId) -> Clip | None:
    """A clip of any sequence."""
    for sequence in project.sequences:
        for track in sequence.tracks:
            for each in track.clips:
                if each.id == clip:
                    return each
    return None
