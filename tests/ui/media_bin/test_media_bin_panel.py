"""The table of media and what can be done with it."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QStyleOptionViewItem

from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.core.timeline.edits.place import media_placements, overwrite
from latentsync_studio.core.timeline.edits.tracks import add_sequence
from latentsync_studio.core.timeline.model import (
    AudioFacts,
    MediaId,
    MediaItem,
    Project,
    VideoFacts,
)
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.ui.media_bin.model import (
    DURATION,
    ICON_SIZE,
    MARKS,
    MEDIA_MIME,
    NAME,
    NOTES,
    RATE,
    SIZE,
    WARNING,
)
from latentsync_studio.ui.media_bin.panel import MediaBinPanel

SELECT_ROW = (
    QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
)


def clip(name: str) -> MediaItem:
    video = VideoFacts(n_frames=250, rate=FrameRate(25), width=1920, height=1080)
    return MediaItem(id=MediaId(""), name=name, path=f"/nowhere/{name}", size=1, video=video)


def sound(name: str) -> MediaItem:
    audio = AudioFacts(rate_hz=44_100, n_samples=44_100 * 75, channels=2)
    return MediaItem(id=MediaId(""), name=name, path=f"/nowhere/{name}", size=1, audio=audio)


@pytest.fixture
def panel(bench, qtbot):
    bench.preferences.set("performance.proxies", value=False)
    project = Project()
    for item in (clip("talk.mp4"), sound("speech.wav"), clip("unused.mov")):
        project = add_media(project, item)
    project = add_sequence(project, "Cut", FrameRate(25), (1920, 1080))
    track = project.sequences[0].tracks[0].id
    project = overwrite(project, media_placements(project, MediaId("m1"), 0, [track]))
    bench.store.open(project)
    widget = MediaBinPanel(bench)
    qtbot.addWidget(widget)
    return widget


def text(panel, row, column):
    return panel.model.data(panel.model.index(row, column))


def test_a_row_says_what_a_medium_is(panel):
    assert [text(panel, 0, k) for k in (NAME, DURATION, RATE, SIZE)] == [
        "talk.mp4",
        "00:00:10:00",
        "25",
        "1920 x 1080",
    ]
    assert text(panel, 1, DURATION) == "00:01:15.000"
    assert text(panel, 1, SIZE) == "44.1 kHz, 2 ch"


def test_files_that_are_gone_are_said_to_be_offline(panel, bench, qtbot):
    bench.media.look_again()
    qtbot.waitUntil(lambda: text(panel, 0, NOTES).startswith("OFFLINE"), timeout=10_000)
    assert "is not there" in panel.model.data(
        panel.model.index(0, NOTES), Qt.ItemDataRole.ToolTipRole
    )


def test_the_state_stands_under_the_name_with_a_sign_and_words(panel, bench, qtbot):
    bench.media.look_again()
    index = panel._sorted.index(0, NAME)
    qtbot.waitUntil(lambda: bool(index.data(MARKS)), timeout=10_000)
    assert index.data(MARKS) == f"{WARNING} OFFLINE"
    option = QStyleOptionViewItem()
    panel.view.itemDelegateForColumn(NAME).initStyleOption(option, index)
    assert option.text.split("\N{LINE SEPARATOR}") == ["talk.mp4", f"{WARNING} OFFLINE"]
    assert index.data() == "talk.mp4"  # what is sorted and searched by
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Name: talk.mp4; OFFLINE"
    assert panel._actions["find"].isEnabled()


def test_nothing_is_looked_for_while_nothing_is_missing(panel, bench):
    told = []
    bench.message.connect(lambda text, level, buttons: told.append(text))
    bench.store.open(Project())
    assert not panel._actions["find"].isEnabled()
    panel.find_in_folder()
    assert told == ["No media are offline."]
    assert bench.media.relinking.dialog is None


def test_a_drag_carries_the_ids(panel):
    data = panel.model.mimeData([panel.model.index(0, NAME), panel.model.index(0, RATE)])
    assert json.loads(bytes(data.data(MEDIA_MIME).data())) == ["m1"]


def test_selecting_rows_selects_media_and_the_reverse(panel, bench):
    panel.view.selectAll()
    assert bench.session.media == {"m1", "m2", "m3"}
    bench.session.select(media=["m2"])
    assert [item.id for item in panel.selected()] == ["m2"]
    bench.session.select(clips=[])
    assert panel.selected() == ()


def test_a_medium_in_use_is_not_removed_and_the_refusal_is_told(panel, bench):
    told = []
    bench.message.connect(lambda text, level, buttons: told.append(text))
    bench.session.select(media=["m1"])
    panel.remove()
    assert len(bench.store.project.media) == 3
    assert "talk.mp4 is used" in told[-1]


def test_remove_unused_leaves_what_is_used(panel, bench):
    panel.remove_unused()
    assert [item.name for item in bench.store.project.media] == ["talk.mp4"]
    bench.store.undo_stack.undo()
    assert len(bench.store.project.media) == 3


def test_the_search_shows_only_what_fits(panel):
    panel.search.setText("SPEECH")
    assert panel.view.model().rowCount() == 1


def test_without_media_the_panel_says_what_to_do(bench, qtbot):
    widget = MediaBinPanel(bench)
    qtbot.addWidget(widget)
    widget.show()
    assert widget.empty.isVisible()
    assert not widget.view.isVisible()


def test_a_double_click_goes_to_where_a_medium_is_used_and_overwrites_nothing(panel, bench):
    placed = []
    bench.actions.bind("sequence.overwrite", lambda: placed.append(bench.session.playhead))
    bench.session.seek(40)
    row = panel._sorted.index(0, NAME)
    panel.view.selectionModel().select(row, SELECT_ROW)
    panel.view.doubleClicked.emit(row)
    assert (bench.session.playhead, len(bench.session.clips), placed) == (0, 1, [])
    row = panel._sorted.index(2, NAME)
    panel.view.selectionModel().select(row, SELECT_ROW)
    panel.view.doubleClicked.emit(row)
    assert placed == [250]
    assert bench.session.playhead == 250


def test_names_of_pictures_and_of_sound_line_up(panel):
    for row in range(panel.model.rowCount()):
        icon = panel.model.data(panel.model.index(row, NAME), Qt.ItemDataRole.DecorationRole)
        assert icon.actualSize(ICON_SIZE) == ICON_SIZE
