"""FCPXML: what is written is read as the same cut, and Final Cut Pro's own rules hold."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from random_cuts import (
    GRIDS,
    clip,
    cut,
    cuts,
    facts,
    frame_of,
    full_cut,
    heard,
    marks,
    medium,
    rows,
    without_empty,
)

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.interchange.cut import Track, Transition
from latentsync_studio.interchange.fcpxml.grid import on_media_frames
from latentsync_studio.interchange.fcpxml.lint import lint
from latentsync_studio.interchange.fcpxml.read import read
from latentsync_studio.interchange.fcpxml.write import write
from latentsync_studio.interchange.formats import FORMATS
from latentsync_studio.interchange.output import Losses, Options
from latentsync_studio.interchange.xml_in import parse_xml

R24 = FrameRate(24_000, 1001)
R25 = FrameRate(25)
DTDS = "FCPXML_DTDS"  # folder of Apple's own DTDs, which may not be copied here
FINAL_CUT = Path(
    "/Applications/Final Cut Pro.app/Contents/Frameworks/Interchange.framework/Resources"
)


def written(made, version="1.10", **more):
    output = write(made, Options(name="cut.fcpxml", version=version, **more))
    return output.files[0].data, output.losses


def tree(data):
    return parse_xml(data, "cut.fcpxml", "fcpxml")


def same(made, data):
    """Assert that `data` holds the cut `made`, as far as its media have frames for it."""
    found = read(data, "cut.fcpxml")
    assert found.losses == ()
    again = found.cuts[0]
    made = on_media_frames(made, Losses())
    assert frame_of(again)[:-1] == frame_of(made)[:-1]
    assert rows(again) == rows(without_empty(made))
    assert heard(again) == heard(made)
    assert facts(again) == facts(made)
    assert marks(again) == marks(made)


@settings(max_examples=30, deadline=None)
@given(cuts())
def test_any_cut_is_read_as_it_was_and_breaks_no_rule(made):
    data, _ = written(made)
    assert lint(data) == ()
    same(made, data)


@pytest.mark.parametrize(("rate", "drop"), GRIDS)
def test_every_rate_is_read_as_it_was_and_breaks_no_rule(rate, drop):
    data, _ = written(full_cut(rate, drop=drop))
    assert lint(data) == ()
    same(full_cut(rate, drop=drop), data)


@pytest.mark.parametrize("version", FORMATS["fcpxml"].versions)
def test_every_version_is_written(version):
    data, _ = written(full_cut(R24), version)
    assert tree(data).get("version") == version
    assert lint(data) == ()


def dtds():
    """Apple's DTDs on this machine, by version."""
    folders = [Path(os.environ[DTDS])] if os.environ.get(DTDS) else [FINAL_CUT]
    names = ("FCPXMLv{1}.dtd", "Final_Cut_Pro_XML_DTD_version_{0}.dtd", "fcpxml-{0}.dtd")
    return {
        version: path
        for version in FORMATS["fcpxml"].versions
        for folder in folders
        for name in names
        if (path := folder / name.format(version, version.replace(".", "_"))).is_file()
    }


def test_dtds_of_apple_agree_where_there_are_any(tmp_path):
    found = dtds()
    if not found:
        assert not os.environ.get(DTDS), f"In the folder that {DTDS} names is no DTD of FCPXML."
        pytest.skip(
            "Apple's DTDs may not be copied into this project; the tests of our own rules"
            f" (fcpxml/lint.py) run in any case. With {DTDS}=FOLDER, where FOLDER has"
            " FCPXMLv1_10.dtd or others, or on a Mac with Final Cut Pro, the DTDs are asked too."
        )
    if shutil.which("xmllint") is None:
        pytest.skip("there are DTDs, but no xmllint to ask them (Debian: libxml2-utils)")
    for version, dtd in found.items():
        path = tmp_path / f"{version}.fcpxml"
        path.write_bytes(written(full_cut(R24), version)[0])
        subprocess.run(["xmllint", "--noout", "--dtdvalid", str(dtd), str(path)], check=True)


def test_times_are_whole_frames_and_clips_count_in_their_media_time_code():
    of = medium(0, FrameRate(30_000, 1001), 300, first_label=107_892, is_drop=True)
    made = cut(R24, {"V1": [clip(1, of, R24, 24, 8, 72)]}, (of,), first_label=86_400)
    root = tree(written(made)[0])
    asset, used = next(root.descendants("asset")), next(root.descendants("asset-clip"))
    assert (asset.get("start"), asset.get("duration")) == ("107999892/30000s", "300300/30000s")
    assert asset.first("media-rep").get("src").startswith("file:///mnt/media/")
    assert asset.get("src") == ""
    assert used.get("duration") == "72072/24000s"
    assert used.get("tcFormat") == "DF"
    start = Fraction(used.get("start").removesuffix("s"))
    assert start == (107_892 + 10) / Fraction(30_000, 1001)
    assert Fraction(used.get("offset").removesuffix("s")) == Fraction(86_424 * 1001, 24_000)


def test_a_dissolve_as_long_as_a_clip_stays_at_its_own_cut():
    of = medium(0, R25)
    clips = tuple(clip(n, of, R25, n, 10, 1) for n in range(3))
    track = Track(
        kind="video",
        name="V1",
        clips=clips,
        transitions=(Transition(at=2, before=1, after=0),),
    )
    made = replace(cut(R25, {}, (of,)), tracks=(track,))
    assert read(written(made)[0], "x").cuts[0].tracks[0].transitions == track.transitions


def test_a_clip_that_its_medium_cannot_fill_is_a_frame_shorter():
    of = medium(0, R25, 20)
    rate = FrameRate(24)
    made = cut(rate, {"V1": [clip(1, of, rate, 0, 0, 20)]}, (of,))  # 20 frames at 25 are 19.2
    data, losses = written(made)
    assert lint(data) == ()
    assert any("a frame shorter" in loss for loss in losses)


def test_sound_and_picture_of_a_clip_are_one_and_other_sounds_hang_below():
    root = tree(written(full_cut(R25))[0])
    spine = root.first("library", "event", "project", "sequence", "spine")
    dissolved, other, alone = (n for n in spine.all("asset-clip") if n.get("name") != "shot 2")
    # a picture that fades while its sound does not keeps it apart
    assert [n.get("srcEnable") for n in (dissolved, other, alone)] == ["video", "", ""]
    lanes = [child.get("lane") for child in spine.first("gap").children]
    assert lanes == ["-3"]  # the speech hangs on the gap with which the spine begins
    sounds = [n for n in root.descendants("asset-clip") if n.get("srcEnable") == "audio"]
    assert {node.get("lane") for node in sounds} == {"-1", "-3"}


def test_clips_that_are_turned_off_and_muted_tracks_are_off():
    made = full_cut(R25)
    muted = replace(made.tracks[1], is_enabled=False)
    made = replace(made, tracks=(made.tracks[0], muted, *made.tracks[2:]))
    data, losses = written(made)
    off = [n.get("name") for n in tree(data).descendants("asset-clip", "video")
           if n.get("enabled") == "0"]  # fmt: skip
    assert len(off) == 3
    assert any("muted" in loss for loss in losses)


def broken(change):
    """Problems after a change of the text of a valid document."""
    data, _ = written(full_cut(R24))
    text = data.decode()
    after = change(text)
    assert after != text
    return [problem.text for problem in lint(after.encode())]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('version="1.10"', 'version="9.9"', "version"),
        ('<format id="r1"', '<format id="r2"', "twice"),
        ('ref="r3"', 'ref="r99"', "no resource"),
        ('duration="20020/24000s"', 'duration="20021/24000s"', "whole number"),
        ('duration="20020/24000s"', 'duration="30030/24000s"', "begins at"),
        ('lane="1"', 'lane="0"', "without a lane"),
        ("<media-rep", '<md key="x"/><media-rep', "cannot hold"),
        ('hasVideo="1"', 'hasVidio="1"', "cannot have"),
        ('duration="9009/24000s"', 'duration="9s"', ""),
    ],
)
def test_the_check_finds_what_is_wrong(old, new, problem):
    found = broken(lambda text: text.replace(old, new, 1))
    assert any(problem in each for each in found)


def test_the_check_finds_clips_beyond_their_assets_and_late_children():
    assert any(
        "of an asset of" in each
        for each in broken(lambda t: t.replace('duration="400400/24000s"', 'duration="1s"'))
    )
    late = 'offset="900s" start="3600s"'
    found = broken(lambda t: re.sub('offset="[^"]*" start="3600s"', late, t))
    assert any("outside of what it hangs on" in each for each in found)


COMPOUND = """<?xml version="1.0"?><!DOCTYPE fcpxml><fcpxml version="1.9"><resources>
<format id="r1" name="FFVideoFormat1080p25" width="1920" height="1080"/>
<asset id="a" name="a" start="10s" duration="40s" hasVideo="1" hasAudio="1" audioChannels="2"
 format="r1"><media-rep src="file:///m/a.mov"/></asset>
<asset id="b" name="b" duration="40s" hasVideo="1" format="r1"><media-rep src="./b.mov"/></asset>
<media id="c" name="inner"><sequence format="r1" tcStart="3600s"><spine>
<asset-clip ref="a" offset="3600s" start="12s" duration="4s"/>
<asset-clip ref="b" duration="4s"/></spine></sequence></media>
<media id="m"><multicam format="r1"><mc-angle angleID="one"><asset-clip ref="a" duration="9s"/>
</mc-angle><mc-angle angleID="two"><gap duration="1s"/><asset-clip ref="b" duration="9s"/>
</mc-angle></multicam></media></resources>
<project name="p"><sequence format="r1" tcStart="0s"><spine>{spine}</spine></sequence></project>
</fcpxml>"""


def story(spine):
    """(path's end, start, length, source) of the clips on each track."""
    found = read(COMPOUND.format(spine=spine).encode(), "x")
    (made,) = found.cuts
    names = {each.id: each.name for each in made.media}
    return [
        [(names[c.medium], c.start, c.length, c.source) for c in track.clips]
        for track in made.tracks
    ], found.losses


def test_compound_clips_are_laid_out_flat():
    tracks, losses = story('<ref-clip ref="c" start="3602s" duration="3s"/>')
    assert tracks == [[("a.mov", 0, 50, 100), ("b.mov", 50, 25, 0)], [("a.mov", 0, 50, 100)]]
    assert any("Compound" in loss for loss in losses)


def test_multicam_clips_show_their_chosen_angles():
    tracks, _ = story(
        '<mc-clip ref="m" start="2s" duration="3s"><mc-source angleID="two" srcEnable="video"/>'
        '<mc-source angleID="one" srcEnable="audio"/></mc-clip>'
    )
    assert tracks == [[("b.mov", 0, 75, 25)], [("a.mov", 0, 75, 50)]]


def test_storylines_and_things_that_hang_lie_where_they_are_seen():
    tracks, _ = story(
        '<gap duration="4s" start="100s"><spine lane="1" offset="101s">'
        '<asset-clip ref="b" duration="1s"/><gap duration="1s"/>'
        '<asset-clip ref="b" start="5s" duration="1s"/></spine></gap>'
        '<asset-clip ref="b" duration="1s"><asset-clip lane="2" ref="b" offset="0s" duration="3s"/>'
        "</asset-clip>"
    )
    assert tracks == [
        [("b.mov", 100, 25, 0)],
        [("b.mov", 25, 25, 0), ("b.mov", 75, 25, 125)],
        [("b.mov", 100, 75, 0)],
    ]


def test_a_compound_clip_within_itself_is_left_out():
    text = COMPOUND.format(spine='<ref-clip ref="c" duration="3s"/>')
    text = text.replace('<asset-clip ref="b" duration="4s"/>', '<ref-clip ref="c" duration="4s"/>')
    assert any("not in the file" in loss for loss in read(text.encode(), "x").losses)


def test_auditions_show_the_first_choice_and_titles_are_told():
    tracks, losses = story(
        '<audition><asset-clip ref="b" duration="2s"/><asset-clip ref="a" duration="2s"/>'
        "</audition>"
        '<title ref="zz" name="Hello" duration="2s"/>'
    )
    assert tracks == [[("b.mov", 0, 50, 0)]]
    assert any("Hello" in loss for loss in losses)
