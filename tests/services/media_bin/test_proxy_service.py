from threading import Event

import pytest

from latentsync_studio.core.errors import Cancelled, DiskFullError, InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.media.opening_reader import open_reader
from latentsync_studio.services.media_bin import proxies
from latentsync_studio.services.media_bin.proxies import make_proxy, needs_proxy, proxy_for
from latentsync_studio.services.media_bin.thumbnails import Thumbnails
from tests.media.frame_ids import make_clip, numbers
from tests.media.movies import write_sound
from tests.media.pictures_in_a_row import write_pictures

QUIET = CallbackProgress()


def test_a_proxy_is_found_once_it_is_made(item, services, clip):
    found = item(clip("one keyframe"))
    assert proxy_for(found, services) is None
    path = make_proxy(found, services, QUIET)
    assert path == proxy_for(found, services)
    assert path.parent == services.proxies.root
    with open_reader(path) as reader:
        assert numbers(reader.walk([100, 3, 119])) == [100, 3, 119]
    before = path.stat().st_ino
    assert make_proxy(found, services, QUIET).stat().st_ino == before


def test_a_proxy_of_numbered_pictures_has_the_chosen_rate(item, services, tmp_path):
    write_pictures(tmp_path, "f{:02d}.png", range(6))
    slow = item(tmp_path, images_rate=FrameRate(10))
    fast = item(tmp_path, images_rate=FrameRate(50))
    paths = [make_proxy(each, services, QUIET) for each in (slow, fast)]
    with open_reader(paths[0]) as one, open_reader(paths[1]) as other:
        assert numbers(one.frames()) == numbers(other.frames()) == list(range(6))
        assert (float(one.video.duration), float(other.video.duration)) == (0.6, 0.12)


def test_stopping_leaves_nothing(item, services, clip):
    found = item(clip("rate 25"))
    stop = Event()

    def tell(report):
        if report.done == 20:
            stop.set()

    with pytest.raises(Cancelled):
        make_proxy(found, services, CallbackProgress(tell, stop))
    assert proxy_for(found, services) is None
    assert list(services.proxies.root.iterdir()) == []


def test_a_proxy_that_does_not_verify_is_not_kept(item, services, clip, monkeypatch):
    found = item(clip("rate 25"))
    monkeypatch.setattr(
        "latentsync_studio.media.reader.FrameReader.frames",
        lambda self: (self.read(n) for n in range(self.index.n_frames - 1)),
    )
    with pytest.raises(Exception, match="59 frames, the clip 60"):
        make_proxy(found, services, QUIET)
    assert list(services.proxies.root.iterdir()) == []


def test_a_disk_without_room_is_told_before_the_work(item, services, clip, monkeypatch):
    found = item(clip("rate 25"))
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(proxies.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskFullError, match=r"1\.0 kB free"):
        make_proxy(found, services, QUIET)


def test_only_media_in_which_jumping_is_slow_need_one(item, services, clip, tmp_path):
    large = make_clip(tmp_path / "large.mp4", size=(1280, 720), frames=40, gop=1000)
    assert needs_proxy(item(large), services)
    for name in ("rate 25", "one frame"):
        assert not needs_proxy(item(clip(name)), services)
    sound = item(write_sound(tmp_path / "a.wav", "pcm_s16le"))
    assert not needs_proxy(sound, services)
    assert proxy_for(sound, services) is None
    with pytest.raises(InputError, match="no picture"):
        make_proxy(sound, services, QUIET)


def test_thumbnails_use_the_proxy_once_it_is_there(item, services, clip):
    from tests.services.media_bin.test_thumbnails import number_shown

    found = item(clip("one keyframe"))
    thumbnails = Thumbnails(services)
    near = thumbnails.make(found, [70], FrameRate(25), 96, QUIET)
    assert number_shown(near[70]) == 0
    make_proxy(found, services, QUIET)
    right = thumbnails.make(found, [70], FrameRate(25), 96, QUIET)
    assert number_shown(right[70]) == 70
    assert number_shown(thumbnails.get(found, 70, FrameRate(25), 96)) == 70
