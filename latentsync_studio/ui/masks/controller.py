"""Masks of the clip in focus: which layer is chosen, what it covers at the playhead, its edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from latentsync_studio.core.face.landmarks import eye_distance
from latentsync_studio.core.mask.layer import LayerId, MaskLayer
from latentsync_studio.core.timeline.edits import masks as edits
from latentsync_studio.ui.masks.commands import MaskCommands
from latentsync_studio.ui.masks.mask_state import MaskState
from latentsync_studio.ui.masks.strokes_queue import Reshaping, Stroke, StrokesQueue, find_clip
from latentsync_studio.ui.masks.work import Work
from latentsync_studio.ui.workers.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.mask.layer import LayerRole, LayerSpace, Raster, RasterKey
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Clip, Project
    from latentsync_studio.services.mask_painting import Easel, Seen
    from latentsync_studio.ui.masks.work import Drawn
    from latentsync_studio.ui.workbench import Workbench

    Edit: TypeAlias = Callable[[Project], Project]

_SEEN = "mask-seen"  # key of the background work
_SOFT = 0.1  # feather of new layers, eye distances


class MasksController(QObject):
    """Chooses and edits layers; paints on the chosen one.

    Signals:
        layers_changed(): another clip, or its layers are otherwise, or another one is chosen.
        seen_changed(): what the chosen layer covers at the playhead is otherwise.

    Attributes:
        state: tool and options.
        background: threads for what is painted: other work there may take seconds, and a stroke
            that waits to be stored is not safe.
        layer_id: of the chosen layer, "" for none.
        is_panel_shown: the panel of masks is seen.
        is_drawing: a stroke is being drawn.
        work: what it covers at the playhead, to draw on; None where that is not known.
        seen: the same as it was looked up, and its shapes before and after.
    """

    layers_changed = Signal()
    seen_changed = Signal()

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench, self.focus = workbench, workbench.focus
        self.state = MaskState(workbench, self)
        self.background = Background(2, self)
        self.queue = StrokesQueue(workbench, self.easel, self.background, self)
        self.layer_id = ""
        self.is_panel_shown = self.is_drawing = self._is_closed = False
        self.work: Work | None = None
        self.seen: Seen | None = None
        self._mark: tuple[object, ...] | None = None
        self.commands = MaskCommands(workbench, self)
        self.focus.changed.connect(self._on_focus)
        self.focus.moved.connect(self.look)
        self.focus.face_changed.connect(self._on_focus)
        self.queue.stored.connect(self._on_stored)
        self.queue.emptied.connect(self.look)
        self.state.tool_changed.connect(self._on_tool)
        self.state.changed.connect(self.look)
        workbench.session.tool_changed.connect(lambda _tool: self.state.use_tool("off"))
        workbench.session.playing_changed.connect(self.look)
        workbench.store.opened.connect(self._on_opened)
        workbench.playback.shown.connect(self.focus.note_shown)
        self._on_focus()

    def easel(self) -> Easel:
        """Where painted shapes come from and go to."""
        from latentsync_studio.services.mask_painting import Easel

        return Easel(self._workbench.services.paintings, self._workbench.project.tiles)

    def show_panel(self, shown: bool) -> None:
        """Note that the panel of masks is seen: masks are shown in the viewer then."""
        if shown is not self.is_panel_shown:
            self.is_panel_shown = shown
            self.look()
            self.seen_changed.emit()

    def draw(self, drawing: bool) -> None:
        """Note that a stroke is being drawn: what is covered stays as it is until it ended."""
        self.is_drawing = drawing

    # ---- what there is ------------------------------------------------------------------

    @property
    def clip(self) -> Clip | None:
        """The clip in focus."""
        return self.focus.clip

    @property
    def layers(self) -> tuple[MaskLayer, ...]:
        """Its layers, from the first to the last."""
        return () if self.clip is None else self.clip.masks

    @property
    def layer(self) -> MaskLayer | None:
        """The chosen one."""
        return next((each for each in self.layers if each.id == self.layer_id), None)

    def choose(self, layer_id: str) -> None:
        """Choose a layer."""
        if layer_id != self.layer_id:
            self.layer_id = layer_id
            self.commands.show()
            self.layers_changed.emit()
            self.look()

    def choose_beside(self, by: int) -> None:
        """Choose the layer `by` places after the chosen one."""
        ids = [str(each.id) for each in self.layers]
        if ids:
            here = ids.index(self.layer_id) if self.layer_id in ids else 0
            self.choose(ids[min(max(here + by, 0), len(ids) - 1)])

    def close(self) -> None:
        """Keep the options of the tools."""
        self._is_closed = True
        self._mark = self.work = self.seen = None
        self.queue.forget()
        self.state.remember()
        self.background.close()

    # ---- editing layers -----------------------------------------------------------------

    @property
    def _is_playing(self) -> bool:
        return self._workbench.session.is_playing

    def add(self, role: LayerRole) -> None:
        """Add an empty layer above all and choose it."""
        clip = self.clip
        if clip is None:
            self._workbench.tell(self.tr("Select one clip with a picture first."))
            return
        layer = self.new_layer(role)
        if self._edit(self.tr("New layer"), lambda p: edits.add_layer(p, clip.id, layer)):
            self.choose(str(self.layers[-1].id))

    def new_layer(self, role: LayerRole) -> MaskLayer:
        """A layer for the present clip; it rides with the face where one is known.

        Its edge is soft from the start: two mouths that do not move alike meet there.
        """
        word = self.tr("Protect") if role == "protect" else self.tr("Include")
        taken = {layer.name for layer in self.layers}
        number = next(n for n in range(1, len(taken) + 2) if f"{word} {n}" not in taken)
        face = self.focus.face
        space: LayerSpace = "face" if face is not None and face.face is not None else "frame"
        marks = self.focus.landmarks()
        feather = 0.0 if marks is None else round(_SOFT * float(eye_distance(marks)))
        name = f"{word} {number}"
        return MaskLayer(id=LayerId(""), name=name, role=role, space=space, feather=feather)

    def duplicate(self) -> None:
        """Lay a copy of the chosen layer over it and choose it."""
        clip, layer = self.clip, self.layer
        if clip is None or layer is None:
            return
        place = clip.masks.index(layer) + 1
        name = self.tr("{0} copy").format(layer.name or layer.id)

        def change(project: Project) -> Project:
            project = edits.duplicate_layer(project, clip.id, layer.id)
            copied = find_clip(project, clip.id)
            new = layer if copied is None else copied.masks[place]
            return edits.change_layer(project, clip.id, new.id, name=name)

        if self._edit(self.tr("Duplicate layer"), change):
            self.choose(str(self.layers[place].id))

    def remove(self) -> None:
        """Delete the chosen layer; the one before it is chosen."""
        clip, layer = self.clip, self.layer
        if clip is not None and layer is not None:
            self._edit(self.tr("Delete layer"), lambda p: edits.remove_layer(p, clip.id, layer.id))

    def move(self, by: int) -> None:
        """Move the chosen layer by places in the order in which layers are laid."""
        layer = self.layer
        if layer is not None:
            self.place(str(layer.id), self.layers.index(layer) + by)

    def place(self, layer_id: str, place: int) -> None:
        """Put a layer at a place of the order."""
        clip, wanted = self.clip, LayerId(layer_id)
        if clip is not None:
            self._edit(self.tr("Move layer"), lambda p: edits.move_layer(p, clip.id, wanted, place))

    def change(self, label: str, layer_id: str = "", **changes: Any) -> None:  # noqa: ANN401
        """Change fields of a layer, or of the chosen one, as one undo step."""
        clip, wanted = self.clip, LayerId(layer_id or self.layer_id)
        if clip is not None and any(layer.id == wanted for layer in clip.masks):
            self._edit(label, lambda p: edits.change_layer(p, clip.id, wanted, **changes))

    def ride(self, riding: bool) -> None:
        """Let the chosen layer ride with the face, or stay on the picture; it looks the same."""
        clip, layer, face = self.clip, self.layer, self.focus.face
        space: LayerSpace = "face" if riding else "frame"
        if clip is not None and face is None:
            self._workbench.tell(self.tr("The picture of this clip is not known yet."))
        self.commands.show()  # it is as it was until it is done
        self.layers_changed.emit()
        if clip is None or layer is None or face is None or layer.space == space:
            return
        frame = self.focus.near_frame
        label = self.tr("Ride with the face") if riding else self.tr("Stay on the picture")

        def make(clip: Clip, layer: MaskLayer, easel: Easel) -> tuple[RasterKey, ...]:
            from latentsync_studio.services.mask_painting import moved_to

            if layer.space == space:
                return layer.rasters
            return moved_to(clip, layer, face, frame, space, easel)

        def put(rasters: tuple[RasterKey, ...]) -> Edit:
            changes = {"space": space, "rasters": rasters}
            return lambda project: edits.change_layer(project, clip.id, layer.id, **changes)

        self.queue.add(Reshaping(label=label, clip=clip.id, layer=layer, make=make, put=put))

    def key_shape(self) -> None:
        """Give the chosen layer a shape of its own at the playhead, as it is there now."""
        clip, layer = self.clip, self.layer
        if clip is None or layer is None or self.focus.face is None or not layer.rasters:
            return
        frame = self.focus.near_frame

        def make(_clip: Clip, layer: MaskLayer, easel: Easel) -> Raster:
            from latentsync_studio.services.mask_painting import shape_at

            return shape_at(layer, frame, easel)

        def put(raster: Raster) -> Edit:
            return lambda project: edits.put_raster(project, clip.id, layer.id, frame, raster)

        label = self.tr("Add shape key")
        self.queue.add(Reshaping(label=label, clip=clip.id, layer=layer, make=make, put=put))

    def remove_shape(self) -> None:
        """Remove the shape of the chosen layer at the playhead."""
        clip, layer, frame = self.clip, self.layer, self.focus.near_frame
        if clip is None or layer is None:
            return
        if not self._edit(
            self.tr("Remove shape key"),
            lambda p: edits.remove_raster(p, clip.id, layer.id, frame),
        ):
            self._workbench.tell(self.tr("The layer has no shape key at the playhead."))

    # ---- painting -----------------------------------------------------------------------

    def why_not(self) -> str:
        """Why nothing can be drawn now; "" where it can."""
        if self.clip is None:
            return self.tr("Select one clip with a picture first.")
        if self.focus.frame is None or not self.focus.is_seen:
            return self.tr("Put the playhead on the clip to paint its masks.")
        if self.focus.face is None:
            return self.tr("The picture of this clip is not known yet.")
        layer = self.layer
        if layer is not None and layer.space == "face" and self.focus.landmarks() is None:
            return self.tr(
                "The face is not known here; a layer that rides with it cannot be drawn."
            )
        return "" if self.work is not None else self.tr("The mask is being looked up.")

    def paint(self, label: str, drawn: Drawn) -> None:
        """Store what was drawn on the chosen layer, or on a new one."""
        self._store(label, drawn)

    def fill(self, *, full: bool) -> None:
        """Cover everything with the chosen layer, or nothing."""
        if self.layer is not None:
            self._store(self.tr("Fill layer") if full else self.tr("Clear layer"), None, full=full)

    def _store(self, label: str, drawn: Drawn | None, *, full: bool = False) -> None:
        clip, face = self.clip, self.focus.face
        if clip is None or face is None:
            return
        layer = self.layer or self.new_layer("protect")
        self.queue.add(
            Stroke(
                label=label,
                clip=clip.id,
                layer=layer,
                frame=self.focus.near_frame,
                drawn=drawn,
                face=face,
                is_full=full,
            )
        )

    # ---- what is covered ----------------------------------------------------------------

    def look(self, *_: object) -> None:
        """Look up what the chosen layer covers at the playhead, unless that is known."""
        if not self.queue.is_empty or self.is_drawing or self._is_closed:
            return  # what is drawn is newer than what is stored
        clip, face, layer, frame = self.clip, self.focus.face, self.layer, self.focus.frame
        is_asked = self.is_panel_shown or not self.state.is_off
        if clip is None or face is None or frame is None or not is_asked or self._is_playing:
            self._show(None, None)
            return
        curves = tuple(c for c in clip.curves if layer and c.key.startswith(f"layer.{layer.id}."))
        mark = (face, clip.id, layer, curves, frame, self.state.options.onion)
        known = self._mark
        if known is not None and known[0] is face and known[1:] == mark[1:]:  # arrays: by identity
            return
        if layer is None:
            self._show(mark, None)
            return
        easel, onion = self.easel(), self.state.options.onion

        def work(_progress: Progress) -> Seen:
            from latentsync_studio.services.mask_painting import look_at_layer

            return look_at_layer(clip, layer, face, frame, easel, onion=onion)

        self.background.submit(
            work, lambda seen: self._on_seen(mark, seen), self._on_refused, key=_SEEN
        )

    def _on_seen(self, mark: tuple[object, ...], seen: Seen) -> None:
        if self.queue.is_empty and not self.is_drawing:
            self._show(mark, seen)

    def _show(self, mark: tuple[object, ...] | None, seen: Seen | None) -> None:
        """Take over what was looked up; without a layer an empty one can be painted on."""
        self._mark, self.seen = mark, seen
        if seen is not None:
            layer = self.layer
            self.work = Work(seen.covered, is_inverted=layer is not None and layer.is_inverted)
        elif mark is not None and self.focus.face is not None:
            self.work = Work.empty(self.focus.face.size)
        else:
            self.background.cancel(_SEEN)
            self.work = None
        self.seen_changed.emit()

    # ---- what happens -------------------------------------------------------------------

    def _on_focus(self) -> None:
        ids = [str(each.id) for each in self.layers]
        if self.layer_id not in ids:
            self.layer_id = ids[-1] if ids else ""
        self.commands.show()
        self.layers_changed.emit()
        self.look()

    def _on_stored(self, layer_id: str) -> None:
        self._mark = None
        if any(each.id == layer_id for each in self.layers):  # else another clip is in focus
            self.choose(layer_id)
        if self.queue.is_empty:
            self.look()

    def _on_tool(self) -> None:
        self._workbench.actions.use_mask_keys(not self.state.is_off)
        self.commands.show()
        self.look()

    def _on_opened(self, _project: Project) -> None:
        self.queue.forget()
        self._mark = None
        self.state.use_tool("off")

    def _on_refused(self, error: StudioError) -> None:
        self._workbench.tell_refused(error)

    def _edit(self, label: str, change: Edit) -> bool:
        return self._workbench.store.edit(label, change)
