"""The commands of the window: id, title and the menu that each stands in."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

MENUS = (
    ("file", QT_TRANSLATE_NOOP("Menu", "&File")),
    ("edit", QT_TRANSLATE_NOOP("Menu", "&Edit")),
    ("clip", QT_TRANSLATE_NOOP("Menu", "&Clip")),
    ("sequence", QT_TRANSLATE_NOOP("Menu", "&Sequence")),
    ("mark", QT_TRANSLATE_NOOP("Menu", "&Markers")),
    ("play", QT_TRANSLATE_NOOP("Menu", "&Playback")),
    ("tool", QT_TRANSLATE_NOOP("Menu", "&Tools")),
    ("view", QT_TRANSLATE_NOOP("Menu", "&View")),
    ("window", QT_TRANSLATE_NOOP("Menu", "&Window")),
    ("help", QT_TRANSLATE_NOOP("Menu", "&Help")),
)


class Command(NamedTuple):
    """One thing that the user can do.

    Attributes:
        id: stable name, "menu.what"; keymaps and panels use it.
        title: text of the menu, untranslated; "..." where a dialog asks first.
        checkable: a switch.
        separated: a line stands above it in the menu.
        group: commands of one group exclude each other ("" for none).
        repeats: a held key repeats it.
    """

    id: str
    title: str
    checkable: bool = False
    separated: bool = False
    group: str = ""
    repeats: bool = False

    @property
    def menu(self) -> str:
        """Id of the menu that it stands in."""
        return self.id.partition(".")[0]

    def text(self) -> str:
        """The title in the user's language."""
        return QCoreApplication.translate("Command", self.title)


_N = QT_TRANSLATE_NOOP

COMMANDS: tuple[Command, ...] = (
    Command("file.new", _N("Command", "New project")),
    Command("file.open", _N("Command", "Open project...")),
    Command("file.try_sample", _N("Command", "Try the sample")),
    Command("file.clip_and_speech", _N("Command", "Open clip and speech..."), separated=True),
    Command("file.import", _N("Command", "Import media...")),
    Command("file.import_folder", _N("Command", "Import image sequence...")),
    Command("file.save", _N("Command", "Save"), separated=True),
    Command("file.save_as", _N("Command", "Save as...")),
    Command("file.save_copy", _N("Command", "Save a copy...")),
    Command("file.export_movie", _N("Command", "Export movie..."), separated=True),
    Command("file.export_frame", _N("Command", "Export frame...")),
    Command("file.close", _N("Command", "Close window"), separated=True),
    Command("file.quit", _N("Command", "Quit")),
    Command("edit.undo", _N("Command", "Undo"), repeats=True),
    Command("edit.redo", _N("Command", "Redo"), repeats=True),
    Command("edit.cut", _N("Command", "Cut"), separated=True),
    Command("edit.copy", _N("Command", "Copy")),
    Command("edit.paste", _N("Command", "Paste")),
    Command("edit.paste_insert", _N("Command", "Paste insert")),
    Command("edit.duplicate", _N("Command", "Duplicate")),
    Command("edit.delete", _N("Command", "Delete"), separated=True),
    Command("edit.ripple_delete", _N("Command", "Ripple delete")),
    Command("edit.select_all", _N("Command", "Select all"), separated=True),
    Command("edit.deselect", _N("Command", "Deselect all")),
    Command("edit.shortcuts", _N("Command", "Keyboard shortcuts..."), separated=True),
    Command("edit.preferences", _N("Command", "Preferences...")),
    Command("clip.synthesize", _N("Command", "Synthesize selected clips")),
    Command("clip.synthesize_all", _N("Command", "Synthesize the sequence")),
    Command("clip.choose_face", _N("Command", "Choose face..."), separated=True),
    Command("clip.enable", _N("Command", "Enable or disable"), separated=True),
    Command("clip.link", _N("Command", "Link or unlink")),
    Command("clip.rename", _N("Command", "Rename...")),
    Command("clip.speed", _N("Command", "Speed...")),
    Command("clip.reveal", _N("Command", "Reveal in media bin"), separated=True),
    Command("clip.properties", _N("Command", "Move, trim and slip by numbers...")),
    Command("sequence.insert", _N("Command", "Insert at playhead")),
    Command("sequence.overwrite", _N("Command", "Overwrite at playhead")),
    Command("sequence.lift", _N("Command", "Lift"), separated=True),
    Command("sequence.extract", _N("Command", "Extract")),
    Command("sequence.razor", _N("Command", "Split at playhead"), separated=True),
    Command("sequence.razor_all", _N("Command", "Split all tracks at playhead")),
    Command("sequence.ripple_head", _N("Command", "Ripple trim start to playhead")),
    Command("sequence.ripple_tail", _N("Command", "Ripple trim end to playhead")),
    Command("sequence.nudge_left", _N("Command", "Move one frame earlier"), repeats=True),
    Command("sequence.nudge_right", _N("Command", "Move one frame later"), repeats=True),
    Command("sequence.move_up", _N("Command", "Move to the track above")),
    Command("sequence.move_down", _N("Command", "Move to the track below")),
    Command("sequence.close_gap", _N("Command", "Close gap at playhead")),
    Command("sequence.add_video", _N("Command", "Add video track"), separated=True),
    Command("sequence.add_audio", _N("Command", "Add audio track")),
    Command("sequence.remove_track", _N("Command", "Remove track")),
    Command("sequence.track_up", _N("Command", "Move track up")),
    Command("sequence.track_down", _N("Command", "Move track down")),
    Command("sequence.drives_lips", _N("Command", "Track drives the lips"), checkable=True),
    Command("sequence.new", _N("Command", "New sequence..."), separated=True),
    Command("mark.in", _N("Command", "Mark in")),
    Command("mark.out", _N("Command", "Mark out")),
    Command("mark.clear", _N("Command", "Clear in and out")),
    Command("mark.go_in", _N("Command", "Go to in")),
    Command("mark.go_out", _N("Command", "Go to out")),
    Command("mark.add", _N("Command", "Add marker"), separated=True),
    Command("mark.edit", _N("Command", "Edit marker...")),
    Command("mark.remove", _N("Command", "Remove marker")),
    Command("mark.next", _N("Command", "Next marker")),
    Command("mark.previous", _N("Command", "Previous marker")),
    Command("play.toggle", _N("Command", "Play or pause")),
    Command("play.reverse", _N("Command", "Shuttle back")),
    Command("play.stop", _N("Command", "Shuttle stop")),
    Command("play.forward", _N("Command", "Shuttle forward")),
    Command("play.loop", _N("Command", "Loop"), checkable=True),
    Command("play.next_frame", _N("Command", "Next frame"), separated=True, repeats=True),
    Command("play.previous_frame", _N("Command", "Previous frame"), repeats=True),
    Command("play.many_forward", _N("Command", "Five frames forward"), repeats=True),
    Command("play.many_back", _N("Command", "Five frames back"), repeats=True),
    Command("play.next_edit", _N("Command", "Next edit point"), repeats=True),
    Command("play.previous_edit", _N("Command", "Previous edit point"), repeats=True),
    Command("play.start", _N("Command", "Go to start")),
    Command("play.end", _N("Command", "Go to end")),
    Command("play.go_to", _N("Command", "Go to timecode...")),
    Command("tool.select", _N("Command", "Selection tool"), checkable=True, group="tool"),
    Command("tool.razor", _N("Command", "Razor tool"), checkable=True, group="tool"),
    Command("tool.ripple", _N("Command", "Ripple tool"), checkable=True, group="tool"),
    Command("tool.roll", _N("Command", "Roll tool"), checkable=True, group="tool"),
    Command("tool.slip", _N("Command", "Slip tool"), checkable=True, group="tool"),
    Command("tool.slide", _N("Command", "Slide tool"), checkable=True, group="tool"),
    Command("tool.hand", _N("Command", "Hand tool"), checkable=True, group="tool"),
    Command("tool.zoom", _N("Command", "Zoom tool"), checkable=True, group="tool"),
    Command("tool.snap", _N("Command", "Snapping"), checkable=True, separated=True),
    Command("tool.linked", _N("Command", "Linked selection"), checkable=True),
    Command("view.source", _N("Command", "Source"), checkable=True, group="view"),
    Command("view.result", _N("Command", "Result"), checkable=True, group="view"),
    Command("view.wipe", _N("Command", "Split wipe"), checkable=True, group="view"),
    Command("view.difference", _N("Command", "Difference"), checkable=True, group="view"),
    Command("view.onion", _N("Command", "Onion skin"), checkable=True, group="view"),
    Command("view.safe_areas", _N("Command", "Safe areas"), checkable=True, separated=True),
    Command("view.readout", _N("Command", "Playback readout"), checkable=True),
    Command("view.fit", _N("Command", "Fit picture")),
    Command("view.actual_size", _N("Command", "Picture at 100 %")),
    Command("view.full_screen", _N("Command", "Full screen"), checkable=True),
    Command("view.zoom_in", _N("Command", "Zoom timeline in"), separated=True, repeats=True),
    Command("view.zoom_out", _N("Command", "Zoom timeline out"), repeats=True),
    Command("view.zoom_fit", _N("Command", "Fit sequence in timeline")),
    Command("view.taller", _N("Command", "Taller tracks"), repeats=True),
    Command("view.flatter", _N("Command", "Flatter tracks"), repeats=True),
    Command("window.reset", _N("Command", "Reset layout")),
    Command("window.light", _N("Command", "Light theme"), checkable=True),
    Command("help.palette", _N("Command", "Command palette...")),
    Command("help.guide", _N("Command", "Quick guide")),
    Command("help.report", _N("Command", "Report a problem..."), separated=True),
    Command("help.about", _N("Command", "About LatentSync Studio")),
)

BY_ID = {command.id: command for command in COMMANDS}
