"""Cuts for the tests of writers and readers: random ones at every rate, and how to compare them."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from msgspec.structs import replace as _changed

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import can_drop
from latentsync_studio.interchange.cut import Clip, Cut, Marker, Medium, Track, Transition
from latentsync_studio.interchange.fitting import frames_before, frames_behind

RATES = tuple(
    map(
        FrameRate.parse,
        ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60"),
    )
)
NAMES = ("A take.mov", "b#1 100%.mov", "é ü 日本.mov", "q'uo\"te & <tag>.mov", "C.mxf")
FOLDERS = ("/mnt/media/day 1", "D:/media/day 1", "//server/share/day 1")
SIZE = (1280, 720)


def medium(number, rate, frames=400, **more):
    """A medium of picture and stereo sound."""
    name = more.pop("name", NAMES[number % len(NAMES)])
    folder = more.pop("folder", FOLDERS[0])
    values = {"channels": 2, "audio_hz": 48_000, "width": SIZE[0], "height": SIZE[1]}
    return Medium(
        id=f"m{number}",
        name=name,
        path=f"{folder}/{number}/{name}",
        rate=rate,
        frames=frames,
        **(values | more),
    )


def clip(number, of, grid, start, first, length, **more):
    """A clip that begins `first` frames of the sequence in a medium."""
    source = Fraction(first) * of.rate.fraction / grid.fraction
    return Clip(
        id=f"c{number}",
        medium=of.id,
        name=more.pop("name", of.name),
        start=start,
        length=length,
        source=source,
        **more,
    )


def cut(rate, tracks, media, **more):
    """A cut of tracks: {"V1": clips, "A1": clips}."""
    made = tuple(
        Track(kind="video" if name[0] == "V" else "audio", name=name, clips=tuple(clips))
        for name, clips in tracks.items()
    )
    values = {"name": "Cut é 1", "width": SIZE[0], "height": SIZE[1]}
    return Cut(rate=rate, media=tuple(media), tracks=made, **(values | more))


@st.composite
def cuts(draw, *, rates=RATES, mixed=True, sound=True, stills=True, names=NAMES):
    """Several tracks with gaps, links, dissolves, markers, disabled clips, mixed rates."""
    rate = draw(st.sampled_from(rates))
    folder = draw(st.sampled_from(FOLDERS))
    media = [_drawn_medium(draw, number, rate, folder, names, mixed=mixed) for number in range(3)]
    if stills:
        media.append(
            medium(3, rate, None, name="photo.png", folder=folder, channels=0, is_still=True)
        )
    counter = iter(range(10_000))
    tracks = [
        _drawn_track(draw, "video", f"V{n}", rate, media, counter)
        for n in range(1, draw(st.integers(1, 3)) + 1)
    ]
    if not any(track.clips for track in tracks):
        first = clip(next(counter), media[0], rate, 3, 0, 9)
        tracks[0] = Track(kind="video", name="V1", clips=(first,))
    if sound:
        tracks += _drawn_sound(draw, tracks, rate, media, counter)
    label = draw(st.sampled_from([0, 86_400, 90_000, 107_892]))
    markers = [
        Marker(start=at, length=length, name=name, note=note)
        for at, length, name, note in draw(
            st.lists(
                st.tuples(
                    st.integers(0, 90),
                    st.sampled_from([0, 0, 12]),
                    st.sampled_from(["here", "ü & <x>"]),
                    st.sampled_from(["", "a note"]),
                ),
                max_size=2,
                unique_by=lambda each: each[0],
            )
        )
    ]
    used = {each.medium for track in tracks for each in track.clips}
    return Cut(
        name=draw(st.sampled_from(["Cut", "Schnitt ü #1 & <b>"])),
        rate=rate,
        width=SIZE[0],
        height=SIZE[1],
        first_label=label,
        is_drop=can_drop(rate) and draw(st.booleans()),
        media=tuple(each for each in media if each.id in used),
        tracks=tuple(tracks),
        markers=tuple(sorted(markers, key=lambda each: each.start)),
    )


def _drawn_medium(draw, number, rate, folder, names, *, mixed):
    own = draw(st.sampled_from(RATES)) if mixed and draw(st.booleans()) else rate
    return medium(
        number,
        own,
        draw(st.integers(200, 500)),
        name=names[number % len(names)],
        folder=folder,
        first_label=draw(st.sampled_from([0, 1000, 86_400, 107_892])),
        is_drop=can_drop(own) and draw(st.booleans()),
        reel=draw(st.sampled_from(["", "A001C002", f"TAPE{number}"])) if number else "",
        channels=(2, 1, 0)[number],
        audio_hz=(48_000, 44_100, 0)[number],
    )


def _drawn_track(draw, kind, name, rate, media, counter):
    clips, at = [], 0
    for _ in range(draw(st.integers(0, 3))):
        at += draw(st.sampled_from([0, 0, 1, 12]))
        of = draw(st.sampled_from(media))
        length = draw(st.integers(1, 50))
        first = 0 if of.is_still else draw(st.integers(0, 20))
        clips.append(
            clip(
                next(counter),
                of,
                rate,
                at,
                first,
                length,
                is_enabled=draw(st.sampled_from([True, True, False])),
                markers=draw(_clip_markers(length)),
            )
        )
        at += length
    track = Track(kind=kind, name=name, clips=tuple(clips))
    return with_dissolves(draw, track, rate, media)


@st.composite
def _clip_markers(draw, length):
    if not draw(st.booleans()):
        return ()
    return (Marker(start=draw(st.integers(0, length - 1)), name="on clip"),)


def with_dissolves(draw, track, rate, media):
    """The track with dissolves over some of its cuts, as long as media and clips allow."""
    by_id, bare = {each.id: each for each in media}, Cut(name="", rate=rate, width=1, height=1)
    made, taken = [], {}
    for left, right in zip(track.clips, track.clips[1:], strict=False):
        if left.stop != right.start or not draw(st.booleans()):
            continue
        before, after = draw(st.integers(0, 6)), draw(st.integers(0, 6))
        early = frames_before(right, by_id[right.medium], bare)
        late = frames_behind(left, by_id[left.medium], bare)
        before = min(before, left.length - taken.get(left.id, 0), 99 if early is None else early)
        after = min(after, right.length, 99 if late is None else late)
        if before + after:
            made.append(Transition(at=right.start, before=before, after=after))
            taken[right.id] = after
    return Track(kind=track.kind, name=track.name, clips=track.clips, transitions=tuple(made))


def _drawn_sound(draw, tracks, rate, media, counter):
    """Sound tracks: one below every picture track with the sound of some of its clips, linked."""
    made = []
    by_id = {each.id: each for each in media}
    for number, track in enumerate(list(tracks), 1):
        heard, width = [], None
        for index, each in enumerate(track.clips):
            channels = by_id[each.medium].channels
            if not channels or width not in {None, channels} or not draw(st.booleans()):
                continue
            width = channels
            word = f"link{each.id}"
            tracks_clips = list(track.clips)
            tracks_clips[index] = _changed(each, link=word)
            track = _with_clips(track, tracks_clips)  # noqa: PLW2901 - grows
            heard.append(_changed(each, id=f"s{next(counter)}", link=word, markers=()))
        tracks[number - 1] = track
        if heard:
            made.append(Track(kind="audio", name=f"A{len(made) + 1}", clips=tuple(heard)))
    return made


def _with_clips(track, clips):
    return _changed(track, clips=tuple(clips))


def rows(made, kind="video", *, names=True):
    """What a cut shows, free of ids: of every track its clips and transitions."""
    paths = {each.id: each.path for each in made.media}
    return [
        (
            [
                (
                    paths[each.medium],
                    each.start,
                    each.length,
                    each.source,
                    each.is_enabled,
                    each.name if names else "",
                )
                for each in track.clips
            ],
            [(each.start, each.stop, each.at) for each in track.transitions],
        )
        for track in made.tracks_of(kind)
    ]


def links(made):
    """Which clips are linked: sets of (kind, track, start)."""
    found = {}
    for kind in ("video", "audio"):
        for number, track in enumerate(made.tracks_of(kind)):
            for each in track.clips:
                if each.link:
                    found.setdefault(each.link, set()).add((kind, number, each.start))
    return {frozenset(each) for each in found.values() if len(each) > 1}


def frame_of(made):
    """What the sequence itself says."""
    return (
        made.name,
        made.rate,
        made.first_label,
        made.is_drop,
        made.width,
        made.height,
        [(each.start, each.length, each.name, each.note) for each in made.markers],
    )


def facts(made):
    """What is known of the media, by path."""
    return {
        each.path: (each.rate, each.frames, each.first_label, each.is_drop, each.channels)
        for each in made.media
    }


GRIDS = [(rate, False) for rate in RATES] + [(rate, True) for rate in RATES if can_drop(rate)]


def full_cut(rate, *, drop=False, folder=FOLDERS[0]):
    """A cut with everything: gaps, layers, links, mixed rates, a still, a dissolve, markers."""
    same = medium(0, rate, 400, folder=folder, first_label=90_000, is_drop=drop, reel="A001")
    other = medium(1, FrameRate(25), 300, folder=folder, channels=1, first_label=1000)
    silent = medium(2, FrameRate(60_000, 1001), 600, folder=folder, channels=0, is_drop=True)
    still = medium(3, rate, None, name="photo.png", folder=folder, channels=0, is_still=True)
    speech = medium(
        4, rate, 200, name="speech.wav", folder=folder, has_picture=False, width=0, height=0
    )
    here = (Marker(start=2, name="on clip"),)
    lower = [
        clip(1, same, rate, 2, 10, 20, link="one", markers=here, name="shot 1"),
        clip(2, same, rate, 22, 100, 30, name="shot 2"),
        clip(3, other, rate, 60, 8, 12, link="two"),
        clip(4, silent, rate, 72, 30, 10, is_enabled=False),
    ]
    upper = [clip(5, still, rate, 5, 0, 9), clip(6, silent, rate, 30, 12, 7)]
    heard = [
        clip(7, same, rate, 2, 10, 20, link="one", name="shot 1"),
        clip(8, same, rate, 30, 5, 9),
    ]
    mono = [clip(9, other, rate, 60, 8, 12, link="two")]
    spoken = [clip(10, speech, rate, 0, 3, 80)]
    made = cut(
        rate,
        {"V1": lower, "V2": upper, "A1": heard, "A2": mono, "A3": spoken},
        (same, other, silent, still, speech),
        first_label=rate.nominal * 3600 if not drop else 107_892 * (rate.nominal // 30),
        is_drop=drop,
        markers=(Marker(start=4, name="mark", note="why"), Marker(start=40, length=5, name="part")),
    )
    dissolved = _changed(made.tracks[0], transitions=(Transition(at=22, before=4, after=5),))
    return _changed(made, tracks=(dissolved, *made.tracks[1:]))


def heard(made):
    """All sounds of a cut, whatever tracks they lie on."""
    return sorted((row for track in rows(made, "audio") for row in track[0]), key=str)


def marks(made):
    """(frame of the sequence, name) of all markers that are seen."""
    own = {(m.start, m.name) for m in made.markers if m.start < made.stop}
    return own | {
        (m.start + each.start, m.name)
        for track in made.tracks_of("video")
        for each in track.clips
        for m in each.markers
        if 0 <= m.start < each.length
    }


def without_empty(made):
    """The same cut without tracks on which nothing lies."""
    return _changed(made, tracks=tuple(track for track in made.tracks if track.clips))


def without_transitions(made):
    """The same cut with hard cuts alone."""
    return _changed(made, tracks=tuple(_changed(each, transitions=()) for each in made.tracks))
