"""The media bin: the table of media with its buttons and menu."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QModelIndex, QPoint, QSortFilterProxyModel, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.core.timeline.edits.media import remove_media, set_media, used_media
from latentsync_studio.ui.media_bin.delegate import NameDelegate
from latentsync_studio.ui.media_bin.model import DURATION, ICON_SIZE, NAME, MediaModel
from latentsync_studio.ui.media_bin.relinking import FOLDER
from latentsync_studio.ui.paths import local_paths
from latentsync_studio.ui.widgets.file_dialogs import last_folder, remember_folder

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QResizeEvent

    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.ui.workbench import Workbench

_LEAST_NAME = 120


class _MediaView(QTreeView):
    """A table whose first two columns fill it, until the user makes the first one another size."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._chosen = -1

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        header = self.header()
        if self._chosen in {-1, header.sectionSize(NAME)}:
            room = self.viewport().width() - header.sectionSize(DURATION)
            self._chosen = max(_LEAST_NAME, room)
            header.resizeSection(NAME, self._chosen)


class MediaBinPanel(QWidget):
    """Import, look, drag to the timeline, relink, remove."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench = workbench
        self.setAcceptDrops(True)
        self.model = MediaModel(workbench, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._sorted.setFilterKeyColumn(NAME)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search media"))
        self.search.setAccessibleName(self.tr("Search media"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._sorted.setFilterFixedString)
        self.view = self._make_view()
        self.empty = QLabel(self.tr("Drop clips, sound and pictures here, or press Import."), self)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self._actions = self._make_actions()
        self._lay_out()
        actions = workbench.actions
        actions.bind("file.import", self.import_files)
        actions.bind("file.import_folder", self.import_folder)
        workbench.store.changed.connect(self._show)
        workbench.media.states_changed.connect(self._show)
        workbench.session.selection_changed.connect(self._on_session)
        selection = self.view.selectionModel()
        selection.selectionChanged.connect(self._on_selected)
        self._show()

    def _make_view(self) -> QTreeView:
        view = _MediaView(self)
        view.setModel(self._sorted)
        view.setItemDelegateForColumn(NAME, NameDelegate(view))
        view.setAccessibleName(self.tr("Media"))
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setDragEnabled(True)
        view.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        view.setIconSize(ICON_SIZE)
        view.setSortingEnabled(True)
        view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        header = view.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.resizeSection(DURATION, view.fontMetrics().horizontalAdvance("00:00:00.000") + 16)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.doubleClicked.connect(self._on_double_click)
        return view

    def _make_actions(self) -> dict[str, QAction]:
        """What the menu and the buttons do, with their keys within the bin."""
        wanted = (
            ("relink", self.tr("Relink to a file..."), self.relink, ""),
            ("find", self.tr("Find in a folder..."), self.find_in_folder, ""),
            ("reveal", self.tr("Show in folder"), self.reveal, ""),
            ("rename", self.tr("Rename"), self._rename, "F2"),
            ("remove", self.tr("Remove from project"), self.remove, "Del"),
            ("unused", self.tr("Remove unused"), self.remove_unused, ""),
            ("show", self.tr("Show on the timeline"), self.show_or_append, "Return"),
        )
        made = {}
        for name, title, handler, key in wanted:
            action = QAction(title, self)
            action.triggered.connect(handler)
            if key:
                action.setShortcut(key)
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.view.addAction(action)
            made[name] = action
        return made

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        add = QToolButton(self)
        add.setText(self.tr("Import..."))
        add.clicked.connect(self.import_files)
        more = QToolButton(self)
        more.setText(self.tr("More"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        menu.addAction(self._workbench.actions["file.import_folder"])
        menu.addActions([self._actions[name] for name in ("relink", "find", "unused")])
        more.setMenu(menu)
        for widget in (add, more):
            row.addWidget(widget)
        row.addWidget(self.search, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        column.addWidget(self.empty, 1)

    # bringing files in

    def import_files(self) -> None:
        """Ask for files and import them."""
        dialog = QFileDialog(self, self.tr("Import media"), self._folder())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters(
            [
                self.tr(
                    "Media (*.mp4 *.mov *.mkv *.webm *.avi *.mxf *.m4v *.wav *.mp3 *.m4a *.flac"
                    " *.aac *.ogg *.opus *.aif *.aiff *.png *.jpg *.jpeg *.tif *.tiff *.webp *.bmp)"
                ),
                self.tr("All files (*)"),
            ]
        )
        self._ask(dialog)

    def import_folder(self) -> None:
        """Ask for a folder of numbered pictures and import it as a clip."""
        dialog = QFileDialog(self, self.tr("Import a folder of numbered pictures"), self._folder())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._ask(dialog)

    def _ask(self, dialog: QFileDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self._on_files)
        dialog.open()

    def _folder(self) -> str:
        return str(last_folder(self._workbench.preferences, FOLDER))

    def _on_files(self, names: list[str]) -> None:
        paths = [Path(name) for name in names]
        if paths:
            remember_folder(self._workbench.preferences, FOLDER, paths[0].parent)
            self._workbench.media.import_paths(paths)

    # what is selected

    def selected(self) -> tuple[MediaItem, ...]:
        """The selected media in the order of the bin."""
        rows = {
            self._sorted.mapToSource(index).row()
            for index in self.view.selectionModel().selectedRows(NAME)
        }
        return tuple(self.model.item(row) for row in sorted(rows))

    def _on_selected(self) -> None:
        items = self.selected()
        if items or self._workbench.session.media:
            self._workbench.session.select(media=[item.id for item in items])

    def _on_session(self) -> None:
        """Something else was selected, or a clip's medium is to be shown."""
        wanted = self._workbench.session.media
        if wanted == {item.id for item in self.selected()}:
            return
        selection = self.view.selectionModel()
        selection.clearSelection()
        for media in wanted:
            row = self.model.row_of(media)
            if row >= 0:
                index = self._sorted.mapFromSource(self.model.index(row, NAME))
                selection.select(
                    index, selection.SelectionFlag.Select | selection.SelectionFlag.Rows
                )
                self.view.scrollTo(index)

    # doing

    def relink(self) -> None:
        """Ask where the first selected (else the first offline) medium is now."""
        items = self.selected() or self._offline()
        if not items:
            self._workbench.tell(self.tr("No media are offline."))
            return
        self._workbench.media.relinking.ask_file(items[0])

    def find_in_folder(self) -> None:
        """Ask for a folder and look in it for everything that is missing."""
        if self._offline():
            self._workbench.media.relinking.ask_folder()
        else:
            self._workbench.tell(self.tr("No media are offline."))

    def _offline(self) -> tuple[MediaItem, ...]:
        media = self._workbench.media
        return tuple(
            item
            for item in self._workbench.store.project.media
            if (state := media.state_of(item)) is not None and state.state == "offline"
        )

    def reveal(self) -> None:
        """Open the folder of the first selected medium in the system's file manager."""
        for item in self.selected()[:1]:
            folder = Path(item.path).parent
            if not folder.is_dir() or not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
                self._workbench.tell(
                    self.tr("The folder {0} cannot be opened. Relink the file.").format(folder),
                    "warning",
                )

    def _rename(self) -> None:
        from PySide6.QtWidgets import QInputDialog

        for item in self.selected()[:1]:
            dialog = QInputDialog(self)
            dialog.setWindowTitle(self.tr("Rename"))
            dialog.setLabelText(self.tr("Name in this project (the file keeps its own):"))
            dialog.setTextValue(item.name)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.textValueSelected.connect(
                lambda name, wanted=item: self._set_name(wanted, name.strip())
            )
            dialog.open()

    def _set_name(self, item: MediaItem, name: str) -> None:
        from msgspec.structs import replace

        if name:
            self._workbench.store.edit(
                self.tr("Rename media"),
                lambda project: set_media(project, replace(item, name=name)),
            )

    def remove(self) -> None:
        """Remove the selected media; those in use are refused."""
        ids = [item.id for item in self.selected()]
        if ids:
            self._workbench.store.edit(
                self.tr("Remove %n media", "", len(ids)),
                lambda project: remove_media(project, ids),
            )

    def remove_unused(self) -> None:
        """Remove all media that no clip uses."""
        project = self._workbench.store.project
        used = used_media(project)
        ids = [item.id for item in project.media if item.id not in used]
        if not ids:
            self._workbench.tell(self.tr("All media are used."))
        elif self._workbench.store.edit(
            self.tr("Remove unused media"), lambda now: remove_media(now, ids)
        ):
            self._workbench.tell(self.tr("%n file(s) removed from the project.", "", len(ids)))

    def show_or_append(self) -> None:
        """Go to the next clip that shows the selected medium; lay one behind all others if none is.

        Whoever wants a look at a medium overwrites nothing.
        """
        session, wanted = self._workbench.session, {item.id for item in self.selected()}
        sequence = session.sequence
        tracks = sequence.tracks if sequence is not None else ()
        uses = sorted(
            (clip.start, clip.id)
            for track in tracks
            for clip in track.clips
            if clip.media in wanted
        )
        if uses:
            later = [use for use in uses if use[0] > session.playhead]
            start, clip_id = (later or uses)[0]
            session.select([clip_id])
            session.seek(start)
        elif wanted:
            end = sequence.stop if sequence is not None else 0
            session.seek(end)
            self._workbench.actions.trigger("sequence.overwrite")
            session.seek(end)

    def _on_double_click(self, _index: QModelIndex) -> None:
        self.show_or_append()

    def _show_menu(self, point: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        actions = self._workbench.actions
        menu.addActions(
            [self._actions["show"], actions["sequence.insert"], actions["sequence.overwrite"]]
        )
        menu.addSeparator()
        menu.addActions([self._actions[name] for name in ("rename", "reveal", "relink", "find")])
        menu.addSeparator()
        menu.addActions([self._actions[name] for name in ("remove", "unused")])
        menu.popup(self.view.viewport().mapToGlobal(point))

    def _show(self) -> None:
        there = bool(self._workbench.store.project.media)
        self.view.setVisible(there)
        self.empty.setVisible(not there)
        # Tab would end at one that hands the focus on to what is hidden
        self.setFocusProxy(cast("QWidget", self.view if there else None))  # so much for the stubs
        offline = bool(self._offline())
        self._actions["relink"].setEnabled(offline or bool(self.selected()))
        self._actions["find"].setEnabled(offline)

    # drops from outside

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self._workbench.media.import_paths(paths)
