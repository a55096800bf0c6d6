import resource
import signal
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import pytest

from latentsync_studio.core.errors import (
    Cancelled,
    DiskFullError,
    InputError,
    InternalError,
    StorageError,
)
from latentsync_studio.media.encode import EncodedPacket
from latentsync_studio.media.facts import ColorTags
from latentsync_studio.media.mux import AudioPlan, timed_packets, write_movie
from latentsync_studio.media.part_file import PartFile, leftovers
from latentsync_studio.media.probe import probe
from latentsync_studio.media.reader import FrameReader
from tests.media.movies import (
    TIMES_25,
    click_second,
    encoded,
    facts,
    shown_numbers,
    target_of,
    with_video,
    write_sound,
)

CONTAINERS = ("mp4", "mov", "mkv")


def movie(path: Path, known=None, times=TIMES_25, audio=None, **options) -> tuple[str, ...]:
    known = known or facts()
    segments = encoded(known, times)
    return write_movie(path, target_of(known), iter(segments), audio, known, **options)


def shown_times(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


@pytest.mark.parametrize("kind", CONTAINERS)
def test_segments_join_to_one_movie_with_every_picture_at_its_time(tmp_path, kind):
    path = tmp_path / f"joined.{kind}"
    movie(path)
    assert shown_times(path) == [Fraction(i, 25) for i in range(100)]
    assert shown_numbers(path) == list(range(100))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_joined_segments_decode_to_the_same_pictures_as_each_by_itself(tmp_path):
    known = facts()
    whole, parts = tmp_path / "whole.mp4", []
    segments = encoded(known, TIMES_25)
    target = target_of(known)
    write_movie(whole, target, segments, None, known)
    for number, segment in enumerate(segments):
        path = tmp_path / f"{number}.mp4"
        write_movie(path, target, [segment], None, known)
        with FrameReader(path) as reader:
            parts += [planes_of(p) for p in reader.frames()]
    with FrameReader(whole) as reader:
        assert [planes_of(p) for p in reader.frames()] == parts


def planes_of(picture) -> list[bytes]:
    return [plane.tobytes() for plane in picture.planes]


NTSC = [1001 * i for i in range(60)]
UNEVEN = [0, 1500, 4500, 4590, 9000, 90000, 90001, 93000] + [93000 + 3003 * i for i in range(1, 50)]


@pytest.mark.parametrize("kind", ["mp4", "mov"])
@pytest.mark.parametrize(
    ("base", "rate", "times"),
    [((1, 30000), (30000, 1001), NTSC), ((1, 90000), (2997, 100), UNEVEN)],
    ids=["29.97", "variable"],
)
@pytest.mark.parametrize("last", [700, 7000])
def test_times_of_any_frame_rate_are_kept_to_the_tick(tmp_path, kind, base, rate, times, last):
    known = facts(time_base_ratio=base, rate_ratio=rate)
    path = tmp_path / f"times.{kind}"
    movie(path, known, times, end_pts=times[-1] + last)
    assert shown_times(path) == [Fraction(t * base[0], base[1]) for t in times]
    assert shown_numbers(path) == list(range(len(times)))
    with av.open(str(path)) as container:
        assert abs(container.duration - 10**6 * (times[-1] + last) * base[0] / base[1]) <= 1


def test_matroska_says_that_it_rounds_times(tmp_path):
    known = facts(time_base_ratio=(1, 30000), rate_ratio=(30000, 1001))
    assert movie(tmp_path / "a.mkv", known, NTSC) == (
        "Matroska rounds the times of the frames to 1 ms.",
    )
    exact = facts(time_base_ratio=(1, 1000))
    assert movie(tmp_path / "b.mkv", exact, [40 * i for i in range(20)]) == ()


@pytest.mark.parametrize("count", [1, 2, 3, 40, 41])
def test_short_clips_and_segments_of_one_picture_are_whole(tmp_path, count):
    path = tmp_path / "short.mp4"
    movie(path, times=TIMES_25[:count])
    assert shown_numbers(path) == list(range(count))


def test_many_segments_of_one_picture_are_whole(tmp_path):
    known = facts()
    path = tmp_path / "singles.mp4"
    write_movie(path, target_of(known), encoded(known, TIMES_25[:12], 1), None, known)
    assert shown_numbers(path) == list(range(12))


@pytest.mark.parametrize("kind", CONTAINERS)
def test_the_same_segments_and_sound_give_the_same_file(tmp_path, kind):
    sound = AudioPlan(source=write_sound(tmp_path / "s.wav", "pcm_s16le"), codec="aac")
    first, again = tmp_path / f"a.{kind}", tmp_path / f"b.{kind}"
    movie(first, audio=sound)
    movie(again, audio=sound)
    assert first.read_bytes() == again.read_bytes()


@pytest.mark.parametrize("kind", CONTAINERS)
def test_colour_tags_aspect_title_and_languages_are_copied(tmp_path, kind):
    tags = ColorTags(matrix=6, primaries=5, transfer=6, color_range=1)
    known = facts(tags=tags, sample_aspect=(16, 15), language="fre")
    known = msgspec.structs.replace(known, title="Très; bien")
    path = tmp_path / f"tagged.{kind}"
    movie(path, known)
    found = probe(path)
    assert found.video.tags == tags
    assert found.video.sample_aspect == (16, 15)
    assert found.title == "Très; bien"
    assert found.video.language == ("fra" if kind == "mov" else "fre")


@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotation_is_written_as_metadata_and_pictures_show_the_same(
    tmp_path, rotation, mirrored, kind
):
    known = facts(rotation=rotation, mirrored=mirrored)
    path = tmp_path / f"turned.{kind}"
    movie(path, known, TIMES_25[:6])
    found = probe(path).video
    assert (found.rotation, found.mirrored) == (rotation, mirrored)
    assert (found.width, found.height) == (known.video.width, known.video.height)


@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize(
    ("timecode", "rate"), [("01:02:03:04", (25, 1)), ("10:00:00;00", (30000, 1001))]
)
def test_timecode_is_copied(tmp_path, kind, timecode, rate):
    known = facts(timecode=timecode, reel="A001", rate_ratio=rate)
    path = tmp_path / f"tc.{kind}"
    movie(path, known, TIMES_25[:6])
    with av.open(str(path)) as container:
        tags = container.metadata | container.streams.video[0].metadata
    assert {key.lower(): value for key, value in tags.items()}["timecode"] == timecode


def test_drop_frame_timecode_at_a_rate_that_has_none_is_told(tmp_path):
    path = tmp_path / "tc.mov"
    notes = movie(path, facts(timecode="10:00:00;00"), TIMES_25[:6])
    assert "drop frame" in notes[0]
    assert probe(path).video.timecode == "10:00:00:00"


@pytest.mark.parametrize("name", ["yuv420p10le", "yuv422p", "yuv422p10le", "yuv444p"])
def test_depth_and_chroma_are_kept(tmp_path, name):
    path = tmp_path / "deep.mp4"
    movie(path, facts(name), TIMES_25[:6])
    assert probe(path).video.pixel_format == name


def test_h265_hdr_movies_carry_tags_light_levels_and_the_tag_of_quicktime(tmp_path):
    tags = ColorTags(matrix=9, primaries=9, transfer=16, color_range=1)
    light = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    known = facts(
        "yuv420p10le", hdr="pq", tags=tags, mastering_display=light, content_light="1000,400"
    )
    path = tmp_path / "hdr.mp4"
    movie(path, known, TIMES_25)
    found = probe(path).video
    assert (found.tags, found.hdr, found.codec) == (tags, "pq", "hevc")
    assert (found.mastering_display, found.content_light) == (light, "1000,400")
    assert shown_times(path) == [Fraction(i, 25) for i in range(100)]
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"


@pytest.mark.parametrize("kind", CONTAINERS)
def test_sound_and_picture_begin_together(tmp_path, kind):
    sound = write_sound(tmp_path / "click.wav", "pcm_s16le")
    path = tmp_path / f"click.{kind}"
    movie(path, audio=AudioPlan(source=sound, codec="aac"))
    assert shown_times(path)[0] == 0
    assert abs(click_second(path) - 1.0) <= 0.001


def test_names_with_spaces_semicolons_and_other_scripts_work(tmp_path):
    path = tmp_path / "Ünï ; 映画 %d#1 'x'.mp4"
    sound = write_sound(tmp_path / "tön ; 1.wav", "pcm_s16le")
    movie(path, audio=AudioPlan(source=sound))
    assert len(shown_numbers(path)) == 100


def test_an_input_is_never_overwritten_whatever_its_name(tmp_path):
    sound = write_sound(tmp_path / "sound.wav", "pcm_s16le")
    alias = tmp_path / "out.mp4"
    alias.hardlink_to(sound)
    before = sound.read_bytes()
    with pytest.raises(InputError, match="overwrite"):
        movie(alias, audio=AudioPlan(source=sound))
    with PartFile(tmp_path / "other.mp4") as unfinished:
        unfinished.write(before)
    with pytest.raises(InputError, match="overwrite"):
        movie(tmp_path / "other.mp4", audio=AudioPlan(source=unfinished.part))
    assert unfinished.part.read_bytes() == before
    assert sound.read_bytes() == before


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.mp4, \.mov, \.mkv"):
        movie(tmp_path / "film.avi")


def test_an_older_movie_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"old")
    known = facts()

    def failing():
        yield from encoded(known, TIMES_25)[:2]
        raise InternalError("the engine broke")

    with pytest.raises(InternalError, match="the engine broke") as caught:
        write_movie(path, target_of(known), failing(), None, known)
    assert path.read_bytes() == b"old"
    assert str(leftovers(path)[0]) in caught.value.__notes__[0]
    movie(path)
    assert shown_numbers(path) == list(range(100))
    assert list(tmp_path.iterdir()) == [path]


def test_a_cancelled_movie_leaves_nothing(tmp_path):
    known = facts()

    def stopped():
        yield encoded(known, TIMES_25)[0]
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        write_movie(tmp_path / "film.mp4", target_of(known), stopped(), None, known)
    assert list(tmp_path.iterdir()) == []


def test_segments_of_another_target_are_refused(tmp_path):
    known = facts()
    others = encoded(with_video(known, sample_aspect=(4, 3)), TIMES_25[:4])
    with pytest.raises(InternalError, match="other parameters"):
        write_movie(tmp_path / "film.mp4", target_of(known), others, None, known)


def test_segments_out_of_order_are_refused(tmp_path):
    known = facts()
    segments = encoded(known, TIMES_25)
    with pytest.raises(InternalError, match="begins at"):
        write_movie(tmp_path / "film.mp4", target_of(known), segments[::-1], None, known)


def test_decoding_times_increase_and_never_pass_the_showing(tmp_path):
    timed = list(timed_packets(encoded(facts(), TIMES_25, 7), 512, 51_000))
    assert all(a.dts < b.dts for a, b in pairwise(timed))
    assert all(t.dts <= t.packet.pts for t in timed)
    assert all(isinstance(t.packet, EncodedPacket) for t in timed)
    lasting = {t.packet.pts: t.duration for t in timed}
    assert {lasting.pop(TIMES_25[-1])} == {51_000 - TIMES_25[-1]}
    assert set(lasting.values()) == {512}


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_full_disk_is_told_in_numbers_and_the_rest_can_be_played(tmp_path):
    known = facts()
    segments = encoded(known, [512 * i for i in range(100)], 10)
    size = sum(len(p.data) for s in segments for p in s.packets)
    path = tmp_path / "film.mp4"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, before[1]))
    try:
        with pytest.raises(
            DiskFullError, match=r"MiB more are needed.*free.*film\.mp4\..*\.part\.mp4"
        ):
            write_movie(path, target_of(known), segments, None, known)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert not path.exists()
    numbers = shown_numbers(*leftovers(path), up_to_damage=True)
    assert len(numbers) >= 30
    assert numbers == list(range(len(numbers)))


def test_a_name_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot hold the name"):
        movie(tmp_path / f"{'n' * 252}.mp4")


def test_a_folder_that_does_not_exist_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match="cannot be written"):
        movie(tmp_path / "nowhere" / "film.mp4")


CHILD = """
import os, signal, sys
from pathlib import Path
from tests.media.movies import TIMES_25, encoded, facts, target_of
from latentsync_studio.media.mux import AudioPlan, write_movie
known = facts()
def dying():
    for number, segment in enumerate(encoded(known, TIMES_25, 10)):
        if number == 8:
            os.kill(os.getpid(), signal.SIGKILL)
        yield segment
sound = AudioPlan(source=Path(sys.argv[2]))
write_movie(Path(sys.argv[1]), target_of(known), dying(), sound, known)
"""


@pytest.mark.parametrize("kind", CONTAINERS)
def test_what_a_killed_process_leaves_behind_plays(tmp_path, kind):
    path = tmp_path / f"film.{kind}"
    sound = write_sound(tmp_path / "s.wav", "pcm_s16le", seconds=1.5)
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(sound)], cwd=root, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    numbers = shown_numbers(*leftovers(path))
    assert len(numbers) >= 60
    assert numbers == list(range(len(numbers)))
