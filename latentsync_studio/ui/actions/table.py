"""The commands of the window: id, title and the menu that each stands in.

Titles are translated when they are shown, in the contexts "Menu" and "Command".
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

MENUS = (
    ("file", "&File"),
    ("edit", "&Edit"),
    ("clip", "&Clip"),
    ("sequence", "&Sequence"),
    ("mark", "&Markers"),
    ("mask", "Mas&k"),
    ("key", "Ke&yframes"),
    ("play", "&Playback"),
    ("tool", "&Tools"),
    ("view", "&View"),
    ("window", "&Window"),
    ("help", "&Help"),
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


COMMANDS: tuple[Command, ...] = (
    Command("file.new", "New project"),
    Command("file.open", "Open project..."),
    Command("file.open_backup", "Open a backup..."),
    Command("file.try_sample", "Try the sample"),
    Command("file.clip_and_speech", "Open clip and speech...", separated=True),
    Command("file.import", "Import media..."),
    Command("file.import_folder", "Import image sequence..."),
    Command("file.import_timeline", "Import timeline..."),
    Command("file.save", "Save", separated=True),
    Command("file.save_as", "Save as..."),
    Command("file.save_copy", "Save a copy..."),
    Command("file.export_movie", "Export...", separated=True),
    Command("file.export_frame", "Export frame..."),
    Command("file.close", "Close window", separated=True),
    Command("file.quit", "Quit"),
    Command("edit.undo", "Undo", repeats=True),
    Command("edit.redo", "Redo", repeats=True),
    Command("edit.cut", "Cut", separated=True),
    Command("edit.copy", "Copy"),
    Command("edit.paste", "Paste"),
    Command("edit.paste_insert", "Paste insert"),
    Command("edit.duplicate", "Duplicate"),
    Command("edit.delete", "Delete", separated=True),
    Command("edit.ripple_delete", "Ripple delete"),
    Command("edit.select_all", "Select all", separated=True),
    Command("edit.select_here", "Select clips at playhead"),
    Command("edit.deselect", "Deselect all"),
    Command("edit.shortcuts", "Keyboard shortcuts...", separated=True),
    Command("edit.preferences", "Preferences..."),
    Command("clip.synthesize", "Synthesize selected clips"),
    Command("clip.synthesize_all", "Synthesize the sequence"),
    Command("clip.choose_face", "Choose face...", separated=True),
    Command("clip.enable", "Enable or disable", separated=True),
    Command("clip.link", "Link or unlink"),
    Command("clip.rename", "Rename..."),
    Command("clip.speed", "Speed..."),
    Command("clip.reveal", "Reveal in media bin", separated=True),
    Command("clip.properties", "Move, trim and slip by numbers..."),
    Command("sequence.insert", "Insert at playhead"),
    Command("sequence.overwrite", "Overwrite at playhead"),
    Command("sequence.lift", "Lift", separated=True),
    Command("sequence.extract", "Extract"),
    Command("sequence.razor", "Split at playhead", separated=True),
    Command("sequence.razor_all", "Split all tracks at playhead"),
    Command("sequence.ripple_head", "Ripple trim start to playhead"),
    Command("sequence.ripple_tail", "Ripple trim end to playhead"),
    Command("sequence.nudge_left", "Move one frame earlier", repeats=True),
    Command("sequence.nudge_right", "Move one frame later", repeats=True),
    Command("sequence.move_up", "Move to the track above"),
    Command("sequence.move_down", "Move to the track below"),
    Command("sequence.close_gap", "Close gap at playhead"),
    Command("sequence.dissolve", "Add or remove cross-dissolve"),
    Command("sequence.add_video", "Add video track", separated=True),
    Command("sequence.add_audio", "Add audio track"),
    Command("sequence.remove_track", "Remove track"),
    Command("sequence.track_up", "Move track up"),
    Command("sequence.track_down", "Move track down"),
    Command("sequence.drives_lips", "Track drives the lips", checkable=True),
    Command("sequence.new", "New sequence...", separated=True),
    Command("sequence.rename", "Rename sequence..."),
    Command("sequence.remove", "Remove sequence"),
    Command("mark.in", "Mark in"),
    Command("mark.out", "Mark out"),
    Command("mark.clip", "Mark the clips"),
    Command("mark.clear", "Clear in and out"),
    Command("mark.go_in", "Go to in"),
    Command("mark.go_out", "Go to out"),
    Command("mark.add", "Add marker", separated=True),
    Command("mark.edit", "Edit marker..."),
    Command("mark.remove", "Remove marker"),
    Command("mark.next", "Next marker"),
    Command("mark.previous", "Previous marker"),
    Command("mask.add_protect", "New protect layer"),
    Command("mask.add_include", "New include layer"),
    Command("mask.duplicate", "Duplicate layer"),
    Command("mask.rename", "Rename layer..."),
    Command("mask.remove", "Delete layer"),
    Command("mask.up", "Move layer up", separated=True),
    Command("mask.down", "Move layer down"),
    Command("mask.next_layer", "Choose the layer below"),
    Command("mask.previous_layer", "Choose the layer above"),
    Command("mask.show", "Layer counts", checkable=True),
    Command("mask.invert", "Invert layer", checkable=True),
    Command("mask.ride", "Layer rides with the face", checkable=True),
    Command("mask.fill", "Fill layer", separated=True),
    Command("mask.clear", "Clear layer"),
    Command("mask.off", "No mask tool", checkable=True, separated=True, group="mask tool"),
    Command("mask.brush", "Mask brush", checkable=True, group="mask tool"),
    Command("mask.eraser", "Mask eraser", checkable=True, group="mask tool"),
    Command("mask.lasso", "Mask lasso", checkable=True, group="mask tool"),
    Command("mask.polygon", "Mask polygon", checkable=True, group="mask tool"),
    Command("mask.ellipse", "Mask ellipse", checkable=True, group="mask tool"),
    Command("mask.gradient", "Mask gradient", checkable=True, group="mask tool"),
    Command("mask.flood", "Mask flood by color", checkable=True, group="mask tool"),
    Command("mask.smaller", "Smaller brush", separated=True, repeats=True),
    Command("mask.larger", "Larger brush", repeats=True),
    Command("mask.softer", "Softer brush", repeats=True),
    Command("mask.harder", "Harder brush", repeats=True),
    Command("mask.swap", "Paint or erase", checkable=True),
    Command("mask.onion", "Shapes before and after", checkable=True),
    Command("mask.view_overlay", "Mask as overlay", True, True, "mask view"),
    Command("mask.view_alpha", "Mask as alpha", checkable=True, group="mask view"),
    Command("mask.view_cutout", "Mask as cut-out", checkable=True, group="mask view"),
    Command("mask.view_hidden", "Mask hidden", checkable=True, group="mask view"),
    Command("mask.view_whole", "Mask of all layers together", checkable=True),
    Command("key.toggle", "Add or remove key at playhead"),
    Command("key.previous", "Previous key", repeats=True),
    Command("key.next", "Next key", repeats=True),
    Command("key.shape", "Add shape key at playhead"),
    Command("key.remove_shape", "Remove shape key at playhead"),
    Command("key.copy", "Copy keys", separated=True),
    Command("key.paste", "Paste keys at playhead"),
    Command("key.remove", "Remove keys"),
    Command("key.select_all", "Select all keys of the curve"),
    Command("key.hold", "Hold", separated=True),
    Command("key.linear", "Linear"),
    Command("key.ease", "Ease"),
    Command("key.left", "Move keys one frame earlier", separated=True, repeats=True),
    Command("key.right", "Move keys one frame later", repeats=True),
    Command("key.raise", "Raise keys", repeats=True),
    Command("key.lower", "Lower keys", repeats=True),
    Command("key.own_protection", "Edit the protection curve", separated=True),
    Command("key.clean_up", "Clean up from here"),
    Command("key.same_face", "Apply to all clips with this face"),
    Command("key.remove_curve", "Remove curve"),
    Command("play.toggle", "Play or pause"),
    Command("play.reverse", "Shuttle back"),
    Command("play.stop", "Shuttle stop"),
    Command("play.forward", "Shuttle forward"),
    Command("play.loop", "Loop", checkable=True),
    Command("play.next_frame", "Next frame", separated=True, repeats=True),
    Command("play.previous_frame", "Previous frame", repeats=True),
    Command("play.many_forward", "Five frames forward", repeats=True),
    Command("play.many_back", "Five frames back", repeats=True),
    Command("play.next_edit", "Next edit point", repeats=True),
    Command("play.previous_edit", "Previous edit point", repeats=True),
    Command("play.start", "Go to start"),
    Command("play.end", "Go to end"),
    Command("play.go_to", "Go to timecode..."),
    Command("tool.select", "Selection tool", checkable=True, group="tool"),
    Command("tool.razor", "Razor tool", checkable=True, group="tool"),
    Command("tool.ripple", "Ripple tool", checkable=True, group="tool"),
    Command("tool.roll", "Roll tool", checkable=True, group="tool"),
    Command("tool.slip", "Slip tool", checkable=True, group="tool"),
    Command("tool.slide", "Slide tool", checkable=True, group="tool"),
    Command("tool.hand", "Hand tool", checkable=True, group="tool"),
    Command("tool.zoom", "Zoom tool", checkable=True, group="tool"),
    Command("tool.snap", "Snapping", checkable=True, separated=True),
    Command("tool.linked", "Linked selection", checkable=True),
    Command("view.source", "Source", checkable=True, group="view"),
    Command("view.result", "Result", checkable=True, group="view"),
    Command("view.wipe", "Split wipe", checkable=True, group="view"),
    Command("view.difference", "Difference", checkable=True, group="view"),
    Command("view.onion", "Onion skin", checkable=True, group="view"),
    Command("view.safe_areas", "Safe areas", checkable=True, separated=True),
    Command("view.readout", "Playback readout", checkable=True),
    Command("view.follow_job", "Follow the running job", checkable=True),
    Command("view.fit", "Fit picture"),
    Command("view.actual_size", "Picture at 100 %"),
    Command("view.face", "Zoom to the face"),
    Command("view.full_screen", "Full screen", checkable=True),
    Command("view.zoom_in", "Zoom timeline in", separated=True, repeats=True),
    Command("view.zoom_out", "Zoom timeline out", repeats=True),
    Command("view.zoom_fit", "Fit sequence in timeline"),
    Command("view.taller", "Taller tracks", repeats=True),
    Command("view.flatter", "Flatter tracks", repeats=True),
    Command("view.clips_table", "Clips as table", checkable=True, separated=True),
    Command("window.media_bin", "Go to media"),
    Command("window.jobs", "Go to jobs"),
    Command("window.timeline", "Go to timeline"),
    Command("window.viewer", "Go to viewer"),
    Command("window.inspector", "Go to inspector"),
    Command("window.masks", "Go to masks"),
    Command("window.curves", "Go to curves"),
    Command("window.reset", "Reset layout", separated=True),
    Command("window.light", "Light theme", checkable=True),
    Command("help.palette", "Command palette..."),
    Command("help.guide", "Quick guide"),
    Command("help.report", "Report a problem...", separated=True),
    Command("help.about", "About LatentSync Studio"),
)

BY_ID = {command.id: command for command in COMMANDS}
