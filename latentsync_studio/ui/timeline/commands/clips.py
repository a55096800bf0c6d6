"""What is done to the selected clips themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.timeline.edits.clips import enable, rename
from latentsync_studio.core.timeline.edits.links import link, unlink
from latentsync_studio.ui.timeline.commands.base import Commands
from latentsync_studio.ui.timeline.dialogs import NameDialog
from latentsync_studio.ui.timeline.properties import ClipDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.timeline.model import Clip
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

_OF_SELECTION = (
    "clip.enable", "clip.link", "clip.rename", "clip.speed", "clip.reveal", "clip.properties",
)  # fmt: skip


class ClipCommands(Commands):
    """Enable, link, rename, reveal, by numbers; speed says why not."""

    def __init__(self, stage: TimelineCanvas) -> None:
        super().__init__(stage)
        stage.session.selection_changed.connect(self._on_selection)
        stage.session.sequence_changed.connect(self._on_selection)
        stage.opened_clip.connect(self.properties)
        self._on_selection()

    def handlers(self) -> dict[str, Callable[..., object]]:
        return {
            "clip.enable": self.enable,
            "clip.link": self.link,
            "clip.rename": self.rename,
            "clip.speed": self.speed,
            "clip.reveal": self.reveal,
            "clip.properties": self.properties,
        }

    def _on_selection(self) -> None:
        self._workbench.actions.enable(bool(self.chosen), *_OF_SELECTION)

    def _clips(self) -> list[Clip]:
        """The selected clips, those on video tracks first."""
        tracks = sorted(self.tracks(), key=lambda track: track.kind, reverse=True)
        return [clip for track in tracks for clip in track.clips if clip.id in self.chosen]

    def enable(self) -> None:
        """Switch the selected clips on; off where all of them are on."""
        chosen = self.chosen
        on = not all(clip.is_enabled for clip in self._clips())
        label = self.tr("Enable") if on else self.tr("Disable")
        self.edit(label, lambda p: enable(p, chosen, enabled=on, linked=False))

    def link(self) -> None:
        """Link the selected clips; unlink them where they are linked with each other."""
        clips, chosen = self._clips(), self.chosen
        links = {clip.link for clip in clips}
        if links and links != {None} and (len(links) == 1 or len(clips) == 1):
            self.edit(self.tr("Unlink"), lambda project: unlink(project, chosen))
        else:
            self.edit(self.tr("Link"), lambda project: link(project, chosen))

    def rename(self) -> None:
        """Ask for another name of the first selected clip."""
        clip = next(iter(self._clips()), None)
        if clip is None:
            return
        item = self._stage.media_item(clip.media)
        shown = clip.name or (item.name if item is not None else "")

        def then(name: str) -> None:
            if name != shown:
                self.edit(self.tr("Rename"), lambda project: rename(project, clip.id, name))

        NameDialog(self.tr("Rename clip"), shown, then, self._stage.window()).open()

    def speed(self) -> None:
        """Say why a clip plays at its own speed here."""
        self._workbench.tell(
            self.tr(
                "The speed of a clip cannot be changed here, because lips and speech would part."
                " Render the clip at the new speed first, then import the result."
            ),
            "warning",
        )

    def reveal(self) -> None:
        """Select the media of the selected clips in the media bin."""
        media = {clip.media for clip in self._clips()}
        if media:
            self._session.select(media=media)

    def properties(self) -> None:
        """Open the form for moving and trimming by numbers."""
        clip = next(iter(self._clips()), None)
        if clip is not None:
            ClipDialog(self._stage, clip, self._stage.window()).open()
