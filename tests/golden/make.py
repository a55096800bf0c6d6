"""Makes the golden project files of the present schema; run it once for each new schema.

    python -m tests.golden.make

Writes `project-SCHEMA.json` (the document), `project-SCHEMA.lsp` (saved, with a blob) and
`project-SCHEMA-crashed.lsp` (with a journal of a full entry and deltas that was never saved).
Files that exist are never written again: a golden file is what a released program wrote.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.comparing.votes import Ballot, BallotId, Vote
from latentsync_studio.core.mask.keyframes import Key
from latentsync_studio.core.mask.layer import FACE_SIDE, LayerId, MaskLayer, Raster, TileRef
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import check
from latentsync_studio.core.timeline.document import to_json
from latentsync_studio.core.timeline.edits import (
    ballots,
    clips,
    curves,
    dissolves,
    marks,
    masks,
    takes,
    tracks,
)
from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.core.timeline.edits.pair import clip_and_speech
from latentsync_studio.core.timeline.edits.slice import slice_clip
from latentsync_studio.core.timeline.model import (
    SCHEMA,
    AudioFacts,
    ImageRun,
    MediaId,
    MediaItem,
    Project,
    SpeechLane,
    VideoFacts,
)
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.storage.project import ProjectFile, digest_of
from latentsync_studio.storage.project_journal import Journal

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import ClipId, Sequence

FOLDER = Path(__file__).parent
BLOB = b"a tile of a mask"

NTSC = FrameRate(30000, 1001)
MEDIA = (
    MediaItem(
        id=MediaId(""),
        name="talk.mp4",
        path="/films/talk é.mp4",
        relative="talk é.mp4",
        size=123_456,
        digest="ab" * 20,
        video=VideoFacts(n_frames=250, rate=NTSC, width=640, height=360, timecode="01:00:00;00"),
        audio=AudioFacts(rate_hz=48_000, n_samples=400_400, channels=2, offset=-10),
    ),
    MediaItem(
        id=MediaId(""),
        name="speech.wav",
        path="/films/speech.wav",
        relative="speech.wav",
        audio=AudioFacts(rate_hz=22_050, n_samples=200_000),
    ),
    MediaItem(
        id=MediaId(""),
        name="photo.png",
        path="/films/photo.png",
        video=VideoFacts(n_frames=1, rate=FrameRate(25), width=900, height=1200),
        is_still=True,
    ),
    MediaItem(
        id=MediaId(""),
        name="shot.0001-0048.exr",
        path="/films/shot.0001.exr",
        video=VideoFacts(n_frames=48, rate=FrameRate(24), width=1920, height=1080),
        images=ImageRun(prefix="shot.", digits=4, suffix=".exr", first=1, count=48),
    ),
    MediaItem(
        id=MediaId(""),
        name="phone.mov",
        path="/films/phone.mov",
        video=VideoFacts(
            n_frames=99, rate=FrameRate(2997, 101), width=1080, height=1920, is_variable=True
        ),
    ),
)


def rich() -> Project:
    """A project that uses every part of a document."""
    made = clip_and_speech(Project(), MEDIA[0], MEDIA[1])
    for item in MEDIA[2:]:
        made = add_media(made, item)
    sequence = made.sequences[0]
    picture, speech = sequence.tracks[0].clips[0], sequence.tracks[-1]
    made = slice_clip(made, picture.id, 100)
    made = dissolves.set_dissolve(made, picture.id, 4, 5)
    made = clips.override(made, [picture.id], "compose.lips", 0.5)
    made = clips.rename(made, picture.id, "é 日本")
    made = _masked(made, picture.id)
    made = _compared(made, picture.id)
    made = clips.enable(made, [_sequence(made).tracks[0].clips[1].id], enabled=False)
    made = tracks.drive_lips(made, speech.id, SpeechLane(offset_ms=-20))
    made = tracks.choose_face(made, speech.id, made.media[0].id, 1)
    made = tracks.switch_track(made, speech.id, solo=True, hidden=True, locked=True)
    made = marks.add_marker(made, sequence.id, FrameRange(3, 4), "here")
    made = marks.set_work_area(made, sequence.id, FrameRange(0, 80))
    made = tracks.add_sequence(made, "Second", FrameRate(25), (1280, 720), n_tracks=2)
    first = replace(_sequence(made), first_label=107_892, is_drop=True)
    settings = replace(made.settings, seed=5, length_policy="hold")
    made = replace(made, sequences=(first, *made.sequences[1:]), settings=settings)
    check(made)
    return made


def _masked(made: Project, clip: ClipId) -> Project:
    """The project with painted layers and curves on a clip."""
    made = masks.add_layer(made, clip, MaskLayer(id=LayerId(""), name="hand", role="protect"))
    layer = _sequence(made).tracks[0].clips[0].masks[0].id
    for frame, digest in ((10, "ab" * 20), (20, "cd" * 20)):
        tile = TileRef(x=1, y=2, digest=digest)
        raster = Raster(width=FACE_SIDE, height=FACE_SIDE, tiles=(tile,))
        made = masks.put_raster(made, clip, layer, frame, raster)
    keys = (Key(frame=10, value=0.0, ease="ease"), Key(frame=35, value=1.0))
    for key in ("compose.lips", f"layer.{layer}.opacity", "usable.1"):
        made = curves.set_curve(made, clip, key, keys)
    return made


def _compared(made: Project, clip: ClipId) -> Project:
    """The project with takes of a clip and votes about them."""
    made = takes.add_take(made, clip, {"seed": 7}, FrameRange(10, 40), name="seven")
    values = {"engine": "latentsync", "latentsync.steps": 8}
    made = takes.add_take(made, clip, values, name="diffusion", preset="draft", chosen=False)
    votes = (
        Vote(item="talk", left="seven", right="diffusion", choice="right", seconds=4.5, replays=2),
        Vote(item="talk", left="diffusion", right="seven", choice="tie"),
    )
    ballot = Ballot(id=BallotId(""), question="Which mouth?", voter="é", seed=3, votes=votes)
    return ballots.add_ballots(made, [ballot])


def crashed_states(saved: Project) -> tuple[Project, ...]:
    """The states that the golden journal leads through."""
    first = clips.rename(saved, _sequence(saved).tracks[0].clips[0].id, "first")
    second = marks.add_marker(first, saved.sequences[0].id, FrameRange(9, 12), "second")
    return first, second, replace(second, settings=replace(second.settings, seed=77))


def _sequence(made: Project) -> Sequence:
    return made.sequences[0]


def _write(path: Path, saved: Project, states: tuple[Project, ...]) -> None:
    document = to_json(saved)
    file = ProjectFile.create(path, document)
    try:
        file.save(document, digest_of(document), {digest_of(BLOB): BLOB}, Path("/films"))
        journal = Journal(digest_of(document), None, len(document))
        for state in states:
            entry = journal.next_entry(state, 1)
            file.append(entry, alone=entry.kind == "full")
            journal.written(entry, state)
    finally:
        file.close()


def main() -> int:
    """Write what is not there yet."""
    saved = rich()
    document = FOLDER / f"project-{SCHEMA}.json"
    if not document.exists():
        document.write_bytes(to_json(saved))
    for name, states in (("", ()), ("-crashed", crashed_states(saved))):
        path = FOLDER / f"project-{SCHEMA}{name}.lsp"
        if not path.exists():
            _write(path, saved, states)
    return 0


if __name__ == "__main__":
    sys.exit(main())
