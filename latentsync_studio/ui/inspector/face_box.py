"""Whose mouth moves, and by how much the speech leads or lags: of one selected clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QComboBox, QFormLayout, QGroupBox, QLabel, QPushButton, QSpinBox

from latentsync_studio.core.timeline.edits.tracks import choose_face, drive_lips
from latentsync_studio.ui.images import rgb_image
from latentsync_studio.ui.inspector.target import lanes_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Clip, MediaItem, Track
    from latentsync_studio.services.inspect import FaceListing, FacesListing
    from latentsync_studio.ui.workbench import Workbench

MOST_OFFSET_MS = 2000
OFFSET_STEP_MS = 10
ICON = QSize(48, 48)
PICTURE_SIDE = 96  # px; icons stay sharp at twice the scale
LIST_LETTERS = 16  # of the shown face; the list itself is as wide as its texts


class Faces(NamedTuple):
    """The faces of a medium, and what they look like."""

    listing: FacesListing
    pictures: dict[int, Rgb8]


class FaceBox(QGroupBox):
    """Face and sync of the lane that drives the clip, or that a clip of sound lies on.

    Signals:
        faces_found(media id): the faces of a medium are known.
    """

    faces_found = Signal(str)

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Speech"))
        self._workbench = workbench
        self._clip: Clip | None = None
        self._sound: Track | None = None  # the lane of a selected sound
        self._faces: dict[tuple[str, str], Faces] = {}  # by content and path
        self._looking: set[tuple[str, str]] = set()  # media whose faces are being found
        self._listed: set[tuple[str, str]] = set()  # those that were listed without being asked
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.face = QComboBox(self)
        self.face.setAccessibleName(self.tr("Face"))
        self.face.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.face.setMinimumContentsLength(LIST_LETTERS)
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
        self.offset_label = QLabel(self)
        self.offset_label.setWordWrap(True)
        self.offset_label.setBuddy(self.offset)
        self._form = QFormLayout(self)
        self._form.addRow(self.note)
        self._form.addRow(self.tr("Face"), self.face)
        self._form.addRow("", self.find_button)
        self._form.addRow(self.offset_label, self.offset)
        workbench.actions.bind("clip.choose_face", self._choose)
        workbench.focus.face_changed.connect(self._list_known)

    def show_clip(self, clip: Clip | None) -> None:
        """Show the face and the sync of a clip with a picture; None hides the box."""
        self._clip, self._sound = clip, None
        self.setVisible(clip is not None)
        if clip is None:
            return
        self.setTitle(self.tr("Speech"))
        lanes = lanes_of(self._workbench.session.sequence, clip)
        self._show_rows(face=True, offset=True)
        for widget in (self.face, self.offset):
            widget.setEnabled(bool(lanes))
        self._show_finding()
        if not lanes:
            self._name_offset("")
            self.note.setText(
                self.tr(
                    "No speech drives this clip. Mark an audio track under it with the mouth"
                    " button in its header."
                )
            )
            return
        lane = lanes[0].speech
        self.note.setText(self.tr("Driven by {0}").format(", ".join(_name(t) for t in lanes)))
        self._show_faces(0 if lane is None else lane.face_of(clip.media))
        self._show_offset(lanes[0])
        self._list_known()

    def show_sound(self, track: Track) -> None:
        """Show the lane of a selected sound: which it is, whether it drives lips, its sync."""
        self._clip, self._sound = None, track
        self.show()
        self.setTitle(self.tr("Sound"))
        self._show_rows(face=False, offset=track.speech is not None)
        if track.speech is None:
            text = self.tr("On {0}, which drives no lips. The mouth button in its header lets it.")
        else:
            text = self.tr("On {0}, which drives the lips of the pictures above it.")
        self.note.setText(text.format(_name(track)))
        self.offset.setEnabled(True)
        self._show_offset(track)

    def _show_rows(self, *, face: bool, offset: bool) -> None:
        self._form.setRowVisible(self.face, face)
        self._form.setRowVisible(self.find_button, face)
        self._form.setRowVisible(self.offset, offset)

    def _show_offset(self, lane: Track) -> None:
        self._name_offset(_name(lane))
        blocked = self.offset.blockSignals(True)
        self.offset.setValue(0 if lane.speech is None else lane.speech.offset_ms)
        self.offset.blockSignals(blocked)

    def _name_offset(self, lane: str) -> None:
        """Say whose offset it is: of a whole lane, not of the clip alone."""
        title = self.tr("Sync offset of {0}").format(lane) if lane else self.tr("Sync offset")
        tip = self.tr("Positive: the mouth moves later.")
        if lane:
            tip += " " + self.tr("Counts for everything that {0} drives.").format(lane)
        self.offset_label.setText(title)
        self.offset.setAccessibleName(title)
        for widget in (self.offset, self.offset_label):
            widget.setToolTip(tip)

    def _show_faces(self, chosen: int) -> None:
        self.face.clear()
        item = self._item()
        known = self._faces.get(_mark(item)) if item is not None else None
        self.face.setIconSize(QSize() if known is None else ICON)
        if known is None or item is None:
            self.face.addItem(self.tr("Face 0, the largest"), 0)
            if chosen:
                self.face.addItem(self.tr("Face {0}").format(chosen), chosen)
        else:
            for listed in known.listing.faces:
                self._add_face(listed, known.pictures.get(listed.face), item)
            if not known.listing.faces:
                self.face.addItem(self.tr("No face was found"), 0)
        self.face.setCurrentIndex(max(0, self.face.findData(chosen)))
        self._form.setRowVisible(self.find_button, known is None)

    def _add_face(self, listed: FaceListing, picture: Rgb8 | None, item: MediaItem) -> None:
        rate = float(item.video.rate.fraction) if item.video is not None else 25.0
        text = self.tr("Face {0}, {1:.0f} px, {2:.1f} s").format(
            listed.face, listed.eye_distance, listed.present / rate
        )
        icon = QIcon() if picture is None else QIcon(QPixmap.fromImage(rgb_image(picture)))
        self.face.addItem(icon, text, listed.face)
        tip = self.tr(
            "Face {0}: seen in {1} of the frames {2} to {3}, {4} of them can be redrawn;"
            " {5:.0f} px between the eyes, turned by {6:.0f} to {7:.0f} degrees."
        ).format(
            listed.face,
            listed.present,
            listed.first,
            listed.stop - 1,
            listed.usable,
            listed.eye_distance,
            *listed.yaw,
        )
        self.face.setItemData(self.face.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def _list_known(self) -> None:
        """List the faces of a clip that was analysed before: that looks at no frame again."""
        focus, item = self._workbench.focus, self._item()
        if self._clip is None or item is None or focus.clip is None or focus.face is None:
            return
        mark = _mark(item)
        if focus.clip.id == self._clip.id and focus.face.is_analysed and mark not in self._listed:
            self._listed.add(mark)
            if mark not in self._faces and mark not in self._looking:
                self.find_faces()

    def find_faces(self) -> None:
        """Look for the faces of the clip's medium in the background."""
        item = self._item()
        if item is None:
            return
        mark = _mark(item)
        services, project = self._workbench.services, self._workbench.project.path
        base = project.parent if project is not None else None

        def work(progress: Progress) -> Faces:
            from latentsync_studio.services.contact_sheet import face_pictures
            from latentsync_studio.services.inspect import analysed, list_faces
            from latentsync_studio.services.media_bin.content import path_of

            path = path_of(item, base)
            seen = analysed(path, services, progress)
            pictures = face_pictures(path, seen.analysis.tracks, PICTURE_SIDE)
            return Faces(list_faces(path, seen), pictures)

        def done(found: Faces) -> None:
            self._faces[mark] = found
            self._looking.discard(mark)
            if self._clip is not None:
                self.show_clip(self._clip)
            self.faces_found.emit(item.id)

        def failed(error: StudioError) -> None:
            self._looking.discard(mark)
            self._show_finding()
            self._workbench.tell_error(error)

        self._looking.add(mark)
        self._show_finding()
        self._workbench.background.submit(work, done, failed, key=("faces", mark))

    def _show_finding(self) -> None:
        """Let the button say whether the faces of the shown clip are being looked for."""
        item = self._item()
        is_looking = item is not None and _mark(item) in self._looking
        text = self.tr("Looking for faces...") if is_looking else self.tr("Find faces")
        self.find_button.setText(text)
        self.find_button.setEnabled(not is_looking)

    def _item(self) -> MediaItem | None:
        clip = self._clip
        media = self._workbench.store.project.media
        return next((m for m in media if clip is not None and m.id == clip.media), None)

    def _choose(self) -> None:
        """The command: go to the list of faces, looking for them where they are not known."""
        if self._clip is None:
            self._workbench.tell(self.tr("Select one clip with a picture first."))
            return
        item = self._item()
        if item is not None and _mark(item) not in self._faces and _mark(item) not in self._looking:
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
        """The lane that drives the clip, of several the first; or that of the sound."""
        if self._sound is not None:
            return self._sound
        if self._clip is None:
            return None
        return next(iter(lanes_of(self._workbench.session.sequence, self._clip)), None)


def _name(track: Track) -> str:
    return track.name or track.id


def _mark(item: MediaItem) -> tuple[str, str]:
    """What was looked at; ids are used again in other projects."""
    return item.digest, item.path
