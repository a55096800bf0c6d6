"""Files that are brought to the window: projects, media, a clip and a speech, the sample."""

from latentsync_studio.core.installed import resource
from latentsync_studio.ui.project import questions
from tests.ui.desk import answer
from tests.ui.project.test_project_controller import edit, made


def tracks(desk):
    (sequence,) = desk.workbench.store.project.sequences
    return [(track.kind, len(track.clips), track.speech is not None) for track in sequence.tracks]


def test_a_clip_and_a_speech_come_onto_the_empty_timeline(qtbot, desk, pair):
    desk.project.begin(pair)
    qtbot.waitUntil(lambda: desk.workbench.session.sequence is not None, timeout=20_000)
    assert tracks(desk) == [("video", 1, False), ("audio", 1, True)]
    assert desk.workbench.session.sequence.stop == 16
    assert desk.said("clip.mp4 follows speech.wav")
    assert desk.project.is_modified
    desk.workbench.store.undo_stack.undo()
    assert desk.workbench.store.project.sequences == ()
    assert len(desk.workbench.store.project.media) == 2


def test_more_media_only_come_into_the_bin(qtbot, desk, pair):
    desk.project.open_paths([pair[0]])
    qtbot.waitUntil(lambda: len(desk.workbench.store.project.media) == 1, timeout=20_000)
    desk.project.open_paths([pair[1]])
    qtbot.waitUntil(lambda: len(desk.workbench.store.project.media) == 2)
    assert desk.workbench.store.project.sequences == ()


def test_a_project_with_media_opens_and_then_takes_them(qtbot, desk, tmp_path, pair):
    path = made(tmp_path / "a.lsp")
    edit(desk, 3)
    desk.project.open_paths([pair[0], path, tmp_path / "b.lsp"])
    answer(qtbot, desk, questions.DISCARD)
    qtbot.waitUntil(lambda: len(desk.workbench.store.project.media) == 1, timeout=20_000)
    assert desk.project.path == path
    assert desk.said("One window shows one project")


def test_clip_and_speech_are_asked_for_together(qtbot, desk, pair):
    desk.workbench.actions.trigger("file.clip_and_speech")
    dialog = desk.project.commands.dialog
    dialog.clip.setText(str(pair[0]))
    dialog.speech.setText(str(pair[1]))
    dialog.open_button.click()
    assert desk.project.commands.dialog is None
    qtbot.waitUntil(lambda: desk.workbench.session.sequence is not None, timeout=20_000)
    assert tracks(desk)[-1] == ("audio", 1, True)


def test_the_sample_comes_into_a_project_of_its_own(qtbot, desk, pair, tmp_path):
    desk.project.open(made(tmp_path / "a.lsp"))
    qtbot.waitUntil(lambda: desk.project.path is not None)
    desk.workbench.actions.trigger("file.try_sample")
    qtbot.waitUntil(lambda: desk.workbench.session.sequence is not None, timeout=20_000)
    assert desk.project.path is None
    names = {item.path for item in desk.workbench.store.project.media}
    assert names == {str(resource("sample/portrait.mp4")), str(resource("sample/speech.wav"))}
