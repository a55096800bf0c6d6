"""Whose mouth moves, and by how much the speech leads or lags: of one selected clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QGroupBox, QLabel, QPushButton, QSpinBox

from latentsync_studio.core.timeline.edits.tracks import choose_face, drive_lips
from latentsync_studio.ui.inspector.target import lanes_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Clip, MediaId, MediaItem, Track
    from latentsync_studio.services.inspect import FacesListing
    from latentsync_studio.ui.workbench import Workbench

MOST_OFFSET_MS = 2000
OFFSET_STEP_MS = 10


class FaceBox(QGroupBox):
    """Face and sync of the lane that drives the clip.

    Signals:
        faces_found(media id): the faces of a medium are known.
    """

    faces_found = Signal(str)

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Speech"))
        self._workbench = workbench
        self._clip: Clip | None = None
        self._faces: dict[MediaId, FacesListing] = {}
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.face = QComboBox(self)
        self.face.setAccessibleName(self.tr("Face"))
        self.face.activated.connect(self._on_face)
        self.find_button = QPushButton(self.tr("Find faces"), self)
        self.find_button.setToolTip(self.tr("Looks at every frame of the clip once; it is kept"))
        self.find_button.clicked.connect(self.find_faces)
        self.offset = QSpinBox(self)
        self.offset.setRange(-MOST_OFFSET_MS, MOST_OFFSET_MS)
        self.offset.setSingleStep(OFFSET_STEP_MS)
        self.offset.setSuffix(" ms")
        self.offset.setKeyboardTracking(False)
        self.offset.setAccessibleName(self.tr("Sync offset"))
        self.offset.setToolTip(self.tr("Positive: the mouth moves later"))
        self.offset.valueChanged.connect(self._on_offset)
        form = QFormLayout(self)
        form.addRow(self.note)
        form.addRow(self.tr("Face"), self.face)
        form.addRow("", self.find_button)
        form.addRow(self.tr("Sync offset"), self.offset)
        workbench.actions.bind("clip.choose_face", self._choose)

    def show_clip(self, clip: Clip | None) -> None:
        """Show the face and the sync of a clip; None hides the box."""
        self._clip = clip
        self.setVisible(clip is not None)
        if clip is None:
            return
        lanes = lanes_of(self._workbench.session.sequence, clip)
        driven = bool(lanes)
        for widget in (self.face, self.offset, self.find_button):
            widget.setEnabled(driven)
        if not driven:
            self.note.setText(
                self.tr(
                    "No speech drives this clip. Mark an audio track under it with the mouth"
                    " button in its header."
                )
            )
            return
        lane = lanes[0].speech
        self.note.setText(self.tr("Driven by {0}").format(", ".join(t.name for t in lanes)))
        self._show_faces(clip.media, 0 if lane is None else lane.face_of(clip.media))
        blocked = self.offset.blockSignals(True)
        self.offset.setValue(0 if lane is None else lane.offset_ms)
        self.offset.blockSignals(blocked)

    def _show_faces(self, media: MediaId, chosen: int) -> None:
        self.face.clear()
        known = self._faces.get(media)
        if known is None:
            self.face.addItem(self.tr("0: the main speaker"), 0)
            if chosen:
                self.face.addItem(f"{chosen}", chosen)
        else:
            for listed in known.faces:
                text = self.tr("{0}: frames {1} to {2}, {3:.0f} px between the eyes").format(
                    listed.face, listed.first, listed.stop - 1, listed.eye_distance
                )
                self.face.addItem(text, listed.face)
            if not known.faces:
                self.face.addItem(self.tr("no face was found"), 0)
        self.face.setCurrentIndex(max(0, self.face.findData(chosen)))
        self.find_button.setVisible(known is None)

    def find_faces(self) -> None:
        """Look for the faces of the clip's medium in the background."""
        item = self._item()
        if item is None:
            return
        services, project = self._workbench.services, self._workbench.project.path
        base = project.parent if project is not None else None

        def work(progress: Progress) -> FacesListing:
            from latentsync_studio.services.inspect import analysed, list_faces
            from latentsync_studio.services.media_bin.content import path_of

            path = path_of(item, base)
            return list_faces(path, analysed(path, services, progress))

        def done(found: FacesListing) -> None:
            self._faces[item.id] = found
            self.find_button.setText(self.tr("Find faces"))
            self.find_button.setEnabled(True)
            self.show_clip(self._clip)
            self.faces_found.emit(item.id)

        self.find_button.setEnabled(False)
        self.find_button.setText(self.tr("Looking for faces..."))
        self._workbench.background.submit(work, done, self._on_failed, key=("faces", item.id))

    def _on_failed(self, error: object) -> None:
        self.find_button.setText(self.tr("Find faces"))
        self.find_button.setEnabled(True)
        self._workbench.background.failed.emit(error)

    def _item(self) -> MediaItem | None:
        clip = self._clip
        media = self._workbench.store.project.media
        return next((m for m in media if clip is not None and m.id == clip.media), None)

    def _choose(self) -> None:
        """The command: go to the list of faces, looking for them where they are not known."""
        if self._clip is None:
            self._workbench.tell(self.tr("Select one clip with a picture first."))
            return
        if self._clip.media not in self._faces:
            self.find_faces()
        self.face.setFocus()
        self.face.showPopup()

    def _on_face(self, _row: int) -> None:
        clip, face = self._clip, self.face.currentData()
        lane = self._lane()
        if clip is None or lane is None or face is None:
            return
        media, track = clip.media, lane.id
        self._workbench.store.edit(
            self.tr("Choose face"),
            lambda project: choose_face(project, track, media, int(face)),
        )

    def _on_offset(self, milliseconds: int) -> None:
        lane = self._lane()
        if lane is None or lane.speech is None:
            return
        track, speech = lane.id, replace(lane.speech, offset_ms=milliseconds)
        self._workbench.store.edit(
            self.tr("Change sync offset"), lambda project: drive_lips(project, track, speech)
        )

    def _lane(self) -> Track | None:
        """The lane that drives the clip; of several the first."""
        if self._clip is None:
            return None
        return next(iter(lanes_of(self._workbench.session.sequence, self._clip)), None)
