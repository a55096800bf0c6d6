"""Badges and presence of media."""

import os
import time

import msgspec
import pytest

from latentsync_studio.services.media_bin.badges import badges_of, badges_of_file
from latentsync_studio.services.media_bin.content import facts_of
from latentsync_studio.services.media_bin.seek_cost import proxy_reason
from latentsync_studio.services.media_bin.status import media_state
from tests.media.movies import facts, write_sound
from tests.media.pictures_in_a_row import write_pictures


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("rate 25", ["no-audio"]),
        ("variable rate", ["vfr", "no-audio"]),
        ("turned 90 and mirrored", ["rotated", "mirrored", "no-audio"]),
        ("10 bit", ["deep", "no-audio"]),
        ("raw H.264", ["untimed", "no-audio"]),
        ("rate 23.976", []),
        ("one frame", ["still"]),
    ],
)
def test_what_is_unusual_is_told_in_a_badge(imported, clip, name, codes):
    (found,) = imported(clip(name))
    assert [badge.code for badge in found.badges] == codes
    for badge in found.badges:
        assert badge.label
        assert badge.meaning.endswith(".")


def test_a_sound_and_a_row_of_pictures_are_told(imported, tmp_path):
    write_pictures(tmp_path / "row", "f{}.png", range(3))
    sound = write_sound(tmp_path / "a.wav", "pcm_s16le")
    row, tone = imported(tmp_path / "row", sound)
    assert [badge.code for badge in row.badges] == ["images", "no-audio"]
    assert [badge.code for badge in tone.badges] == ["no-video"]


def test_hdr_alpha_fields_shape_and_odd_rates_are_told(item, clip):
    odd = facts(
        hdr="pq",
        has_alpha=True,
        interlaced=True,
        sample_aspect=(4, 3),
        rate_ratio=(18, 1),
        keyframes=100,
    )
    codes = [badge.code for badge in badges_of(item(clip("rate 25")), odd)]
    assert codes == ["odd-rate", "hdr", "alpha", "interlaced", "shape", "no-audio"]


def test_badges_of_a_saved_item_are_those_of_its_file(imported, services, clip):
    (found,) = imported(clip("variable rate"))
    assert badges_of_file(found.item, services=services) == found.badges
    assert badges_of_file(found.item) == found.badges
    lost = msgspec.structs.replace(found.item, path="/nowhere.mp4", digest="")
    assert badges_of_file(lost) == ()


@pytest.mark.parametrize(
    ("changes", "slow"),
    [
        ({"frames": 250, "keyframes": 1, "coded_width": 1080, "coded_height": 1920}, True),
        ({"frames": 250, "keyframes": 250, "coded_width": 1920, "coded_height": 1080}, False),
        ({"frames": 250, "keyframes": 10, "coded_width": 640, "coded_height": 360}, False),
        ({"frames": 250, "keyframes": 10, "coded_width": 1920, "coded_height": 1080}, True),
        ({"codec": "prores", "keyframes": 100, "coded_width": 3840, "coded_height": 2160}, True),
        ({"frames": 1, "coded_width": 8000, "coded_height": 6000}, False),
        ({"counted": True, "frames": 9000, "coded_width": 640, "coded_height": 360}, True),
    ],
)
def test_a_proxy_is_wanted_where_a_jump_takes_too_long(changes, slow):
    assert (proxy_reason(facts(**changes).video) != "") is slow


def test_facts_are_probed_once(item, services, clip, monkeypatch):
    found = item(clip("rate 25"))

    def fail(_path):
        raise AssertionError("probed again")

    monkeypatch.setattr("latentsync_studio.media.probe.probe", fail)
    assert facts_of(found, clip("rate 25"), services).video.frames == 60


def test_an_item_is_online_changed_or_offline(item, services, clip, tmp_path):
    path = tmp_path / "a b.mp4"
    path.write_bytes(clip("rate 25").read_bytes())
    old = time.time() - 60
    os.utime(path, (old, old))
    found = item(path)
    assert media_state(found).state == "online"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert media_state(found, services=services).state == "online"  # nobody read it again
    services.digests.digest(path)
    path.write_bytes(path.read_bytes() + b"?")
    assert media_state(found).state == "changed"
    assert str(found.size) in media_state(found).text
    path.unlink()
    gone = media_state(found)
    assert (gone.state, gone.path) == ("offline", path)
    path.mkdir()
    assert media_state(found).state == "offline"


def test_a_project_that_was_moved_finds_its_media_beside_it(item, clip, tmp_path):
    folder = tmp_path / "moved"
    (folder / "media").mkdir(parents=True)
    path = folder / "media" / "x.mp4"
    path.write_bytes(clip("rate 25").read_bytes())
    found = msgspec.structs.replace(item(path), path="/gone/x.mp4", relative="media/x.mp4")
    assert media_state(found).state == "offline"
    assert media_state(found, folder).path == path


def test_a_row_with_missing_pictures_is_changed_then_offline(item, tmp_path):
    paths = write_pictures(tmp_path / "row", "f{}.png", range(3))
    found = item(tmp_path / "row")
    assert media_state(found).state == "online"
    paths[1].unlink()
    assert "f1.png" in media_state(found).text
    paths[0].unlink()
    paths[2].unlink()
    assert media_state(found).state == "offline"
    (tmp_path / "row").rmdir()
    assert media_state(found).state == "offline"
