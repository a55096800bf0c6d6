"""Facts, small pictures and waveforms of media, found in the background and kept at hand."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.ui.images import rgb_image
from latentsync_studio.ui.media_bin.relinking import Relinking
from latentsync_studio.ui.widgets.choice_dialog import window_of
from latentsync_studio.ui.widgets.details_dialog import DetailsDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtGui import QImage

    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaId, MediaItem, Project
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.services.media_bin.badges import Badge
    from latentsync_studio.services.media_bin.importing import Imported
    from latentsync_studio.services.media_bin.status import MediaState
    from latentsync_studio.services.media_bin.thumbnails import Thumbnails
    from latentsync_studio.services.media_bin.waveforms import PeakPyramid
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.ui.workbench import Workbench

KEPT_IMAGES = 1500  # small pictures, about 10 kB each
SAID_AT_ONCE = 3  # problems that stand in the message itself
BATCH = 24  # pictures made in one go, so that what is wanted now is soon next
GATHER_MS = 15
_Looked = tuple[dict["MediaId", "MediaState"], dict[str, tuple["Badge", ...]]]
_Wish = tuple["MediaItem", int, "FrameRate", int]  # item, grid frame, rate, height


class MediaController(QObject):
    """All that is shown of media beside their frames.

    Signals:
        imported(ids): media that were added to the project.
        states_changed(): what is online or offline was looked at again, or badges are known.
        thumbnail_ready(id), waveform_ready(id): can be asked for now.
        proxy_ready(id): a proxy was made.
    """

    imported = Signal(object)
    states_changed = Signal()
    thumbnail_ready = Signal(str)
    waveform_ready = Signal(str)
    proxy_ready = Signal(str)

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._states: dict[MediaId, MediaState] = {}
        self._badges: dict[str, tuple[Badge, ...]] = {}  # by digest and path
        self._images: OrderedDict[tuple[str, int, FrameRate, int], QImage] = OrderedDict()
        self._wishes: OrderedDict[tuple[str, int, FrameRate, int], _Wish] = OrderedDict()
        self._hopeless: set[tuple[str, int, FrameRate, int]] = set()
        self._pyramids: dict[str, PeakPyramid | None] = {}
        self._asked: set[str] = set()
        self._thumbnails: Thumbnails | None = None
        self._making = False
        self.details: DetailsDialog | None = None  # the one that was opened last
        self.relinking = Relinking(workbench, self)
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(GATHER_MS)
        self._gather.timeout.connect(self._make_thumbnails)
        workbench.store.changed.connect(self._on_changed)

    # bringing files in

    def import_paths(
        self,
        paths: Sequence[Path],
        then: Callable[[tuple[MediaItem, ...]], None] | None = None,
    ) -> None:
        """Probe files in the background and add them to the bin as one undo step.

        Args:
            paths: files, or folders of numbered pictures.
            then: called with the items as they are in the project, those that were there before
                among them; not called when nothing could be imported.
        """
        services, wanted = self._workbench.services, tuple(paths)

        def work(progress: Progress) -> tuple[Imported, ...]:
            from latentsync_studio.services.media_bin.importing import import_media

            return import_media(wanted, services, progress)

        def done(found: tuple[Imported, ...]) -> None:
            items = self._added(found)
            if items and then is not None:
                then(items)

        count = len(wanted)
        self._workbench.tell(self.tr("Looking at %n file(s)...", "", count))
        self._workbench.background.submit(work, done)

    def _added(self, found: tuple[Imported, ...]) -> tuple[MediaItem, ...]:
        """Put what was found into the project; what it has already is not added twice."""
        problems = [each.problem for each in found if each.problem is not None]
        wanted = [each.item for each in found if each.item is not None]
        for each in found:
            if each.item is not None:
                self._badges[_mark(each.item)] = each.badges
        store = self._workbench.store
        known = {(item.path, item.digest) for item in store.project.media}
        new = [item for item in wanted if (item.path, item.digest) not in known]

        def add(project: Project) -> Project:
            for item in new:
                project = add_media(project, item)
            return project

        if new:
            label = self.tr("Import %n file(s)", "", len(new))
            store.edit(label, add)
        marks = {(item.path, item.digest) for item in wanted}
        items = tuple(i for i in store.project.media if (i.path, i.digest) in marks)
        self._tell_import(len(new), len(items) - len(new), problems)
        if new:
            self.imported.emit(tuple(item.id for item in items))
        return items

    def _tell_import(self, new: int, known: int, problems: Sequence[StudioError]) -> None:
        if problems:
            self._tell_problems(new, [f"{each} {each.remedy}".strip() for each in problems])
        elif new or not known:
            self._workbench.tell(self.tr("%n file(s) imported.", "", new))
        else:
            self._workbench.tell(self.tr("In the media bin already: %n file(s).", "", known))

    def _tell_problems(self, new: int, lines: Sequence[str]) -> None:
        """Say of every file why it could not be imported, of many in a dialog."""
        imported = [self.tr("%n file(s) imported.", "", new)] if new else []
        if len(lines) <= SAID_AT_ONCE:
            self._workbench.tell("\n".join((*imported, *lines)), "error")
            return
        count = self.tr("%n file(s) could not be imported.", "", len(lines))

        def show() -> None:
            window = window_of(self._workbench)
            self.details = DetailsDialog(self.tr("Import"), count, lines, window)
            self.details.open()

        self._workbench.tell(
            " ".join((*imported, count)), "error", ((self.tr("Details..."), show),)
        )

    # states, badges

    def state_of(self, item: MediaItem) -> MediaState | None:
        """Whether the file is there; None as long as nobody looked."""
        return self._states.get(item.id)

    def badges_of(self, item: MediaItem) -> tuple[Badge, ...]:
        """What is worth knowing of the file; known for imported files at once, else a bit later."""
        return self._badges.get(_mark(item), ())

    def look_again(self) -> None:
        """Look in the background which files are there, and find badges that are not known."""
        media = self._workbench.store.project.media
        folder = self._workbench.project.path
        base = folder.parent if folder is not None else None
        unknown = [item for item in media if _mark(item) not in self._badges]

        services = self._workbench.services

        def work(progress: Progress) -> _Looked:
            from latentsync_studio.services.media_bin.status import media_state

            states = {}
            for item in media:
                progress.check()
                states[item.id] = media_state(item, base, services)
            there = [item for item in unknown if states[item.id].state != "offline"]
            return states, _found_badges(there, base, services)

        self._workbench.background.submit(work, self._on_looked, key="media states")

    def _on_looked(self, found: _Looked) -> None:
        states, badges = found
        self._badges |= badges
        if states != self._states or badges:
            self._states = states
            self.states_changed.emit()

    def _on_changed(self, before: Project, after: Project) -> None:
        if before.media is not after.media:
            self._hopeless.clear()
            self.look_again()
            self._want_proxies()

    # pictures

    def thumbnail(
        self, item: MediaItem, grid_frame: int, rate: FrameRate, height: int
    ) -> QImage | None:
        """A small picture of `item` at `grid_frame` of its time on `rate`, or None for now.

        It is asked for in the background where it is not at hand; `thumbnail_ready` tells when.
        What was asked for last is made first.
        """
        if item.video is None:
            return None
        key = (_mark(item), grid_frame, rate, height)
        image = self._images.get(key)
        if image is not None:
            self._images.move_to_end(key)
            return image
        if key not in self._hopeless:
            self._wishes[key] = (item, grid_frame, rate, height)
            self._wishes.move_to_end(key)
            while len(self._wishes) > KEPT_IMAGES:
                self._wishes.popitem(last=False)
            if not self._making and not self._gather.isActive():
                self._gather.start()
        return None

    def _make_thumbnails(self) -> None:
        """Make the newest wishes of one medium, then the next."""
        if self._making or not self._wishes:
            return
        newest = next(reversed(self._wishes))
        same = [
            key for key in reversed(self._wishes) if (key[0], *key[2:]) == (newest[0], *newest[2:])
        ][:BATCH]
        item, _, rate, height = self._wishes[newest]
        for key in same:
            del self._wishes[key]
        frames = tuple(sorted(key[1] for key in same))
        thumbnails = self._maker()

        def work(progress: Progress) -> dict[int, Rgb8]:
            return thumbnails.make(item, frames, rate, height, progress)

        def done(made: dict[int, Rgb8]) -> None:
            for key in same:
                picture = made.get(key[1])
                if picture is None:
                    self._hopeless.add(key)
                else:
                    self._images[key] = rgb_image(picture)
            while len(self._images) > KEPT_IMAGES:
                self._images.popitem(last=False)
            self._made()
            self.thumbnail_ready.emit(item.id)

        def failed(_error: StudioError) -> None:
            self._hopeless.update(same)  # the state of the file says why
            self._made()

        self._making = True
        self._workbench.background.submit(work, done, failed)

    def _made(self) -> None:
        self._making = False
        if self._wishes:
            self._gather.start()

    def _maker(self) -> Thumbnails:
        if self._thumbnails is None:
            from latentsync_studio.services.media_bin.thumbnails import Thumbnails

            self._thumbnails = Thumbnails(self._workbench.services)
        return self._thumbnails

    # sound

    def waveform(self, item: MediaItem) -> PeakPyramid | None:
        """The peaks of the sound, or None for now; `waveform_ready` tells when."""
        mark = _mark(item)
        if item.audio is None or mark in self._pyramids:
            return self._pyramids.get(mark)
        if mark not in self._asked:
            self._asked.add(mark)
            services = self._workbench.services

            def work(progress: Progress) -> PeakPyramid | None:
                from latentsync_studio.services.media_bin.waveforms import waveform

                return waveform(item, services, progress)

            def done(pyramid: PeakPyramid | None) -> None:
                self._pyramids[mark] = pyramid
                self.waveform_ready.emit(item.id)

            def failed(_error: StudioError) -> None:
                self._pyramids[mark] = None

            self._workbench.background.submit(work, done, failed)
        return None

    # proxies

    def _want_proxies(self) -> None:
        """Make the proxies that are missing, one medium after the other."""
        if not self._workbench.preferences.current.performance.proxies:
            return
        for item in self._workbench.store.project.media:
            mark = f"proxy {_mark(item)}"
            if item.video is not None and not item.is_still and mark not in self._asked:
                self._asked.add(mark)
                self._make_proxy(item)

    def _make_proxy(self, item: MediaItem) -> None:
        services = self._workbench.services

        base = self._workbench.project.path.parent if self._workbench.project.path else None

        def work(progress: Progress) -> bool:
            from latentsync_studio.services.media_bin.proxies import make_proxy, needs_proxy
            from latentsync_studio.services.media_bin.status import media_state

            if media_state(item, base).state == "offline":
                return False  # which the bin shows; found again it has another mark
            if not needs_proxy(item, services):
                return False
            make_proxy(item, services, progress)
            return True

        def done(made: bool) -> None:
            if made:
                self._forget_images(_mark(item))
                self.proxy_ready.emit(item.id)
                self.thumbnail_ready.emit(item.id)

        def failed(error: StudioError) -> None:
            self._workbench.tell(
                self.tr("No proxy of {0}: {1} Scrubbing will be slow.").format(item.name, error),
                "warning",
            )

        self._workbench.background.submit(work, done, failed)

    def _forget_images(self, mark: str) -> None:
        """Let go of small pictures that were made of keyframes: the proxy gives the right ones."""
        self._hopeless.clear()
        for key in [key for key in self._images if key[0] == mark]:
            del self._images[key]

    # relinking

    def relink(self, item: MediaItem, path: Path) -> None:
        """Look for a medium, and others that moved along, at another place; see `Relinking`."""
        self.relinking.take_file(item, path)

    def close(self) -> None:
        """Ask for nothing any more and let go of what is mapped from the disk."""
        self.relinking.close()
        self._gather.stop()
        self._wishes.clear()
        self._pyramids.clear()


def _found_badges(
    items: Sequence[MediaItem], base: Path | None, services: Services
) -> dict[str, tuple[Badge, ...]]:
    """Badges of media that are there, by their marks; on a pool thread."""
    from latentsync_studio.services.media_bin.badges import badges_of
    from latentsync_studio.services.media_bin.content import facts_of, path_of

    found = {}
    for item in items:
        with suppress(StudioError):  # the state of the file tells what is wrong with it
            found[_mark(item)] = badges_of(item, facts_of(item, path_of(item, base), services))
    return found


def _mark(item: MediaItem) -> str:
    """What names the content of a medium wherever it lies."""
    return item.digest or f"{item.path} {item.size}"
