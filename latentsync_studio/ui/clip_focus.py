"""The clip that masks and curves are about: the selected one, else the one seen at the playhead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from latentsync_studio.core.timeline.showing import layers_at

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Clip, ClipId, MediaItem, Project, Sequence
    from latentsync_studio.services.clip_faces import ClipFace
    from latentsync_studio.ui.workbench import Workbench


class ClipFocus(QObject):
    """Which clip is worked on, at which of its frames, and what is known of its picture.

    Signals:
        changed(): another clip, or the same one with other masks, curves or settings.
        moved(): the playhead is at another frame of it.
        face_changed(): its picture and face became known, or are unknown now.

    Attributes:
        clip: as it is in the present project, or None.
        face: what is known of its picture; None while that is being looked up.
    """

    changed = Signal()
    moved = Signal()
    face_changed = Signal()

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench, self._session = workbench, workbench.session
        self.clip: Clip | None = None
        self.face: ClipFace | None = None
        self._mark: tuple[object, ...] | None = None  # of what was looked up
        self._is_closed = False
        workbench.store.changed.connect(self._on_project)
        self._session.selection_changed.connect(self._settle)
        self._session.sequence_changed.connect(self._settle)
        self._session.playhead_changed.connect(self._on_playhead)
        self._settle()

    @property
    def frame(self) -> int | None:
        """Frame of the medium's grid under the playhead; None where the clip does not lie there."""
        clip, playhead = self.clip, self._session.playhead
        if clip is None or playhead not in clip.placed:
            return None
        return clip.source_at(playhead)

    @property
    def near_frame(self) -> int:
        """The same, or the nearest frame of the clip."""
        clip = self.clip
        if clip is None:
            return 0
        inside = min(max(self._session.playhead, clip.start), max(clip.start, clip.stop - 1))
        return clip.source_at(inside)

    @property
    def is_seen(self) -> bool:
        """Whether the clip is what the viewer shows."""
        sequence, clip = self._session.sequence, self.clip
        if sequence is None or clip is None:
            return False
        return clip.id in {each.clip.id for each in layers_at(sequence, self._session.playhead)}

    @property
    def item(self) -> MediaItem | None:
        """The medium of the clip."""
        media = self._workbench.store.project.media
        return next((m for m in media if self.clip is not None and m.id == self.clip.media), None)

    def landmarks(self) -> F32 | None:
        """(478, 3) px of the picture at the playhead; None where the face is not there."""
        frame, face = self.frame, self.face
        return None if frame is None or face is None else face.landmarks_at(frame)

    def seek(self, frame: int) -> None:
        """Put the playhead on a frame of the medium's grid."""
        if self.clip is not None:
            self._session.seek(self.clip.start + frame - self.clip.source.start)

    def look_again(self) -> None:
        """Faces may have been found meanwhile."""
        self._mark = None
        self._look()

    def close(self) -> None:
        """Let go of the landmarks, which are a mapped file."""
        self.face, self._is_closed = None, True

    def _on_project(self, before: Project, after: Project) -> None:
        if before.sequences is not after.sequences or before.media is not after.media:
            self._settle()

    def _on_playhead(self, _frame: int) -> None:
        if not self._session.clips:
            self._settle()
        self.moved.emit()

    def note_shown(self, shown: object) -> None:
        """The viewer shows a picture: it may tell where a face is that was not known before."""
        known = self.face is not None and self.face.face is not None
        if getattr(shown, "face", None) is not None and self.face is not None and not known:
            self.look_again()

    def _settle(self) -> None:
        """Find the clip anew."""
        clip = self._found(self._session.sequence)
        if clip is self.clip:
            self._look()
            return
        self.clip = clip
        self._look()
        self.changed.emit()

    def _found(self, sequence: Sequence | None) -> Clip | None:
        if sequence is None:
            return None
        chosen = self._session.clips
        pictures = (
            [
                clip
                for track in sequence.tracks
                if track.kind == "video"
                for clip in track.clips
                if clip.id in chosen
            ]
            if chosen
            else []
        )
        seen = [layer.clip for layer in layers_at(sequence, self._session.playhead)]
        if not pictures:
            return seen[0] if seen and not chosen else None
        at_playhead = {clip.id for clip in seen}
        return next((clip for clip in pictures if clip.id in at_playhead), pictures[0])

    def _look(self) -> None:
        """Look up the picture of the clip where another one is wanted than before."""
        project, sequence, clip = (
            self._workbench.store.project,
            self._session.sequence,
            self.clip,
        )
        if self._is_closed:
            return
        if sequence is None or clip is None:
            self._mark = None
            self._use(None)
            return
        speech = tuple((t.speech, t.is_muted) for t in sequence.tracks if t.speech is not None)
        mark = (self.item, sequence.rate, sequence.id, clip.id, speech)
        if mark == self._mark:
            return
        self._mark = mark
        services, where, wanted = self._workbench.services, sequence.id, clip.id

        def work(_progress: Progress) -> ClipFace:
            from latentsync_studio.services.clip_faces import clip_face

            return clip_face(project, where, wanted, services)

        self._workbench.background.submit(
            work, lambda face: self._on_found(wanted, face), self._on_failed, key="clip-face"
        )

    def _on_found(self, clip: ClipId, face: ClipFace) -> None:
        if self.clip is not None and self.clip.id == clip:
            self._use(face)

    def _on_failed(self, _error: StudioError) -> None:
        """The medium is offline; the viewer says so."""
        self._use(None)

    def _use(self, face: ClipFace | None) -> None:
        if face is not self.face and not self._is_closed:
            self.face = face
            self.face_changed.emit()
