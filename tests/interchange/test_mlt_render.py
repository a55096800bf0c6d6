"""MLT XML, rendered by melt where it is installed: every frame shows what the cut says."""

from __future__ import annotations

import os
import shutil
import subprocess
from fractions import Fraction

import av
import numpy as np
import pytest
from id_movies import BITS, HEIGHT, WIDTH, id_picture, read_ids, write_id_movie
from msgspec.structs import replace
from random_cuts import clip, cut, full_cut, medium

from latentsync_studio.core.timeline.rate import FrameRate, shown_frame
from latentsync_studio.interchange.cut import Medium, Track, Transition
from latentsync_studio.interchange.mlt.write import write
from latentsync_studio.interchange.output import Options
from latentsync_studio.interchange.xml_in import parse_xml

R25 = FrameRate(25)
NTSC = FrameRate(30_000, 1001)


@pytest.fixture(scope="module")
def movies(tmp_path_factory):
    """Media whose frames show 0.., 100.. and 200.. (the last at 29.97)."""
    if shutil.which("melt") is None:
        pytest.skip("melt is not installed (Debian: apt-get install melt)")
    folder = tmp_path_factory.mktemp("id movies")
    paths = ("A é 日本 #1%.mov", "b.mov", "c.mov")
    rates = (R25, R25, NTSC)
    return tuple(
        id_medium(n, write_id_movie(folder / name, 100 * n, 60, rate.fraction), rate)
        for n, (name, rate) in enumerate(zip(paths, rates, strict=True))
    )


def id_medium(number, path, rate):
    return Medium(
        id=f"m{number}",
        name=path.name,
        path=str(path),
        rate=rate,
        frames=60,
        width=WIDTH,
        height=HEIGHT,
    )


def rendered(made, folder):
    """The ids that the frames of melt's render show, and the path of the render."""
    project, movie = folder / "cut.mlt", folder / "render.mkv"
    project.write_bytes(write(made, Options(name="cut.mlt")).files[0].data)
    subprocess.run(
        [
            "melt",
            str(project),
            "-consumer",
            f"avformat:{movie}",
            "vcodec=ffv1",
            "an=1",
            "real_time=-1",
        ],
        check=True,
        capture_output=True,
        timeout=60,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    return read_ids(movie), movie


def model_ids(made):
    """What the cut itself says: of every frame the id that is seen, None for black."""
    media = {each.id: (100 * n, each) for n, each in enumerate(made.media)}
    seen = [None] * made.stop
    for track in made.tracks_of("video"):
        for each in track.clips:
            first, of = media[each.medium]
            for frame in range(each.length if each.is_enabled else 0):
                at = each.source * made.rate.fraction / of.rate.fraction + frame * each.speed
                number = shown_frame(int(at), made.rate, of.rate)
                seen[each.start + frame] = first + number
    return seen


def test_every_frame_of_a_render_is_the_one_that_the_cut_says(movies, tmp_path):
    a, b, c = movies
    lower = [
        clip(1, a, R25, 3, 5, 10),
        clip(2, b, R25, 13, 20, 12),
        clip(3, a, R25, 30, 0, 5, is_enabled=False),
        clip(4, c, R25, 36, 4, 20),
    ]
    upper = [
        clip(5, b, R25, 20, 40, 4),
        clip(6, a, R25, 60, 50, 6),
        clip(7, a, R25, 66, 10, 6, speed=Fraction(2)),
        clip(8, a, R25, 72, 30, 6, speed=Fraction(0)),
        clip(9, a, R25, 78, 50, 6, speed=Fraction(-1)),
        clip(10, b, R25, 84, 0, 60),
    ]
    made = cut(R25, {"V1": lower, "V2": upper}, movies, width=WIDTH, height=HEIGHT)
    found, _ = rendered(made, tmp_path)
    assert found == model_ids(made)


def test_a_render_at_another_rate_is_exact_too(movies, tmp_path):
    rate = FrameRate(24_000, 1001)
    a, _, c = movies
    made = cut(
        rate,
        {"V1": [clip(1, c, rate, 0, 10, 30), clip(2, a, rate, 32, 6, 40)]},
        (a, movies[1], c),
        width=WIDTH,
        height=HEIGHT,
    )
    found, _ = rendered(made, tmp_path)
    expected = model_ids(made)
    for at in range(0, 30, 2):  # every second frame lies just between two frames of the medium
        assert expected[at] - found[at] in {0, 1}
        expected[at] = found[at]
    assert found == expected


def test_a_dissolve_lasts_as_long_as_the_cut_says(movies, tmp_path):
    a, b, _ = movies
    track = Track(
        kind="video",
        name="V1",
        clips=(clip(1, a, R25, 0, 5, 15), clip(2, b, R25, 15, 20, 15)),
        transitions=(Transition(at=15, before=4, after=6),),
    )
    made = replace(cut(R25, {}, (a, b), width=WIDTH, height=HEIGHT), tracks=(track,))
    found, movie = rendered(made, tmp_path)
    expected = model_ids(made)
    assert found[:11] == expected[:11]
    assert found[21:] == expected[21:]
    light = [frame.to_ndarray(format="gray").astype(float) for frame in decoded(movie)]
    for frame in range(11, 21):
        left = as_gray(5 + frame)
        right = as_gray(100 + 20 + frame - 15)
        share = float(
            np.vdot(light[frame] - left, right - left) / np.vdot(right - left, right - left)
        )
        assert abs(share - (frame - 11) / 9) < 0.12


def test_a_layer_with_alpha_covers_only_where_it_is_opaque(movies, tmp_path):
    a, *_ = movies
    layer = tmp_path / "layer.mov"
    with av.open(str(layer), "w") as out:
        stream = out.add_stream("prores_ks", rate=25, options={"profile": "4444"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuva444p10le"
        for number in range(10):
            picture = np.dstack([id_picture(500 + number), np.full((HEIGHT, WIDTH), 255, np.uint8)])
            picture[:, : WIDTH // 2, 3] = 0
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgba")
            frame = frame.reformat(format="yuva444p10le")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    patch = replace(id_medium(1, layer, R25), frames=10, has_alpha=True)
    made = cut(
        R25,
        {"V1": [clip(1, a, R25, 0, 5, 20)], "V2": [clip(2, patch, R25, 4, 0, 10)]},
        (a, patch),
        width=WIDTH,
        height=HEIGHT,
    )
    found, _ = rendered(made, tmp_path)
    low = (1 << BITS // 2) - 1
    expected = [
        5 + n if not 4 <= n < 14 else (5 + n) & low | (500 + n - 4) & ~low for n in range(20)
    ]
    assert found == expected


def decoded(path):
    with av.open(str(path)) as movie:
        yield from movie.decode(video=0)


def as_gray(number):
    frame = av.VideoFrame.from_ndarray(id_picture(number), format="rgb24")
    return frame.reformat(format="gray").to_ndarray().astype(float)


def test_the_project_names_its_profile_its_tracks_and_its_markers():
    made = full_cut(NTSC, drop=True)
    output = write(made, Options(name="cut.mlt"))
    root = parse_xml(output.files[0].data, "cut.mlt", "mlt")
    profile = root.first("profile")
    assert (profile.get("frame_rate_num"), profile.get("frame_rate_den")) == ("30000", "1001")
    ids = [node.get("id") for node in root.children if node.get("id")]
    assert len(set(ids)) == len(ids)
    defined = set()
    for node in root.children:
        names = {each.get("producer") for each in node.descendants("entry", "track")}
        assert names - {""} <= defined  # melt knows only what stands before
        defined.add(node.get("id"))
    marks = root.children[-1].first("properties")
    assert [node.value("property") for node in marks.children] == ["mark", "on clip", "part"]
    told = " ".join(output.losses)
    assert "Time code begins at 0" in told
    assert "turned off" in told


def test_numbered_pictures_and_relative_places_are_named_as_melt_reads_them():
    of = replace(medium(0, R25), path="/m/shot/x_0012.png", is_run=True)
    made = cut(R25, {"V1": [clip(1, of, R25, 0, 0, 5)]}, (of,))
    data = write(made, Options(name="cut.mlt", folder="/m/edit")).files[0].data
    assert b"../shot/x_%04d.png?begin=12" in data
