"""The engine's contract on a drawn, talking face."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.pages import MouthBankSettings

WINDOWS = [FrameRange(k, min(k + 16, 150)) for k in range(0, 150, 16)]
REACH_S = 1.5


def drawn(session, talker, window):
    return session.synthesize(window, [talker.pictures[t] for t in window], CallbackProgress())


def same(a, b):
    return all(
        np.array_equal(p.pixels, q.pixels)
        and np.array_equal(p.alpha, q.alpha)
        and np.array_equal(p.transform, q.transform)
        for p, q in zip(a, b, strict=True)
    )


def mouth_darkness(patch, talker):
    """Mean luma of the drawn window below the upper teeth, between the lips' middles."""
    mesh = talker.take.face.landmarks[talker.take.source[patch.frame]]
    x, y = (mesh[[13, 14], :2].mean(axis=0) - patch.transform[:, 2]).astype(int)
    return float(patch.pixels[y + 5 : y + 9, x - 6 : x + 7].mean())


def test_two_sessions_draw_the_same_and_in_any_order(chatter):
    a, b = chatter.open(), chatter.open()
    later = drawn(b, chatter, WINDOWS[4])
    first = drawn(b, chatter, WINDOWS[1])
    assert same(drawn(a, chatter, WINDOWS[1]), first)
    assert same(drawn(a, chatter, WINDOWS[4]), later)
    assert [a.digest(w) for w in WINDOWS] == [b.digest(w) for w in reversed(WINDOWS)][::-1]


def test_two_threads_draw_what_one_thread_draws(chatter):
    one = chatter.open()
    alone = [drawn(one, chatter, w) for w in WINDOWS]
    shared = chatter.open()
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda w: drawn(shared, chatter, w), WINDOWS))
    assert all(same(a, b) for a, b in zip(alone, together, strict=True))


def test_mouths_beside_a_sudden_opening_are_doubtful_donors(sudden):
    person = sudden.open()._person
    assert np.flatnonzero(person.haste > 0.05).tolist() == [19]
    assert np.flatnonzero(person.onset > 0.05).tolist() == [20]


def test_patches_are_whole_windows_with_a_clear_border(chatter):
    for patch in drawn(chatter.open(), chatter, FrameRange(8, 12)):
        edge = np.concatenate(
            [patch.alpha[0], patch.alpha[-1], patch.alpha[:, 0], patch.alpha[:, -1]]
        )
        assert not edge.any()
        assert patch.alpha.max() == 255
        assert patch.pixels.shape == (*patch.alpha.shape, 3)
        assert np.array_equal(patch.transform[:, :2], np.eye(2))
        assert np.array_equal(patch.transform[:, 2], np.round(patch.transform[:, 2]))


def test_where_alpha_fades_the_window_is_nearly_the_source(chatter):
    for patch in drawn(chatter.open(), chatter, FrameRange(8, 12)):
        x, y = patch.transform[:, 2].astype(int)
        height, width = patch.alpha.shape
        planes = chatter.pictures[patch.frame].planes
        source = np.stack([p[y : y + height, x : x + width] for p in planes], axis=-1)
        faint = (patch.alpha < 40) & (patch.alpha > 0)
        change = np.abs(patch.pixels.astype(int) - source)[faint]
        assert change.mean() < 6


@pytest.mark.parametrize(("t0", "t1"), [(0.2, 0.6), (1.5, 2.5), (3.9, 4.2)])
def test_a_change_of_the_speech_changes_only_windows_near_it(chatter, t0, t1):
    before = chatter.open()
    channels = chatter.take.shapes.channels.copy()
    channels[round(t0 * 100) : round(t1 * 100), :4] = 0.9
    shapes = replace(chatter.take.shapes, channels=channels)
    after = chatter.open(shapes=shapes)
    seconds = chatter.take.seconds
    changed = []
    for window in WINDOWS:
        start, stop = seconds[window.start], seconds[window.stop - 1]
        differs = before.digest(window) != after.digest(window)
        if stop < t0 - REACH_S or start > t1 + REACH_S:
            assert not differs
        elif stop >= t0 and start <= t1:
            changed.append(differs)
    assert all(changed)


def test_equal_digests_mean_equal_patches(chatter):
    channels = chatter.take.shapes.channels.copy()
    channels[:60, 0] = 0.9
    other = chatter.open(shapes=replace(chatter.take.shapes, channels=channels))
    here = chatter.open()
    equal = [w for w in WINDOWS if here.digest(w) == other.digest(w)]
    assert equal
    assert same(drawn(here, chatter, equal[0]), drawn(other, chatter, equal[0]))


def test_settings_and_donors_are_part_of_the_digest(chatter):
    plain = chatter.open().digest(WINDOWS[2])
    assert chatter.open(settings=MouthBankSettings(expression=0.6)).digest(WINDOWS[2]) != plain
    fewer = replace(chatter.take.face, usable=np.r_[np.zeros(100), np.ones(50)])
    assert chatter.open(face=fewer).digest(WINDOWS[2]) != plain


def test_a_closed_photograph_opens_dark_when_it_speaks(photograph):
    patches = drawn(photograph.open(), photograph, FrameRange(0, 50))
    darkness = np.array([mouth_darkness(p, photograph) for p in patches])
    assert darkness.min() < 0.75 * darkness.max()


def test_the_mouth_stays_still_in_silence(chatter):
    session = chatter.open()
    apertures = np.array([session.planned_aperture(t) for t in range(150)])
    moves = np.abs(np.diff(apertures))
    speech, silence = moves[10:105], moves[118:]
    assert apertures[118:].max() == 0
    assert silence.mean() <= 0.1 * speech.mean()


def test_a_frame_without_the_face_gives_an_empty_patch(chatter):
    present = np.ones(150, bool)
    present[20] = False
    landmarks = chatter.take.face.landmarks.copy()
    landmarks[20] = np.nan
    face = replace(chatter.take.face, present=present, landmarks=landmarks)
    patches = drawn(chatter.open(face=face), chatter, FrameRange(19, 22))
    assert [int(p.alpha.max()) for p in patches] == [255, 0, 255]


def test_without_a_bank_nothing_is_drawn(chatter):
    session = chatter.open(kept=[])
    assert all(not p.alpha.any() for p in drawn(session, chatter, FrameRange(0, 3)))
    assert session.digest(WINDOWS[0]) == session.digest(WINDOWS[0])


def test_a_single_frame_clip_is_drawn(photograph):
    take = photograph.take
    session = photograph.open(source=take.source[:1], seconds=take.seconds[:1])
    assert drawn(session, photograph, FrameRange(0, 1))[0].alpha.any()


def test_it_stops_when_asked(chatter):
    progress = CallbackProgress()
    progress.stop.set()
    with pytest.raises(Cancelled):
        chatter.open().synthesize(FrameRange(0, 1), chatter.pictures[:1], progress)
