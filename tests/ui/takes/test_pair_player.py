"""Both sides of a blind trial: the same frame at the same time, from one decoder, or none."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.core.timeline.model import Project
from latentsync_studio.services.timeline.preview import Shown
from latentsync_studio.ui.takes.pair_player import PairPlayer
from latentsync_studio.ui.takes.pair_server import Pair, PairServer
from tests.ui.takes.conftest import SPAN
from tests.ui.viewer.scenes import PulledStream, no_device, number_in

LEFT, RIGHT = Project(next_id=1), Project(next_id=2)


def served(left="ready", right="ready", *, now=(LEFT, RIGHT)):
    """A server of pairs over one that shows words for pictures."""
    states = {id(LEFT): left, id(RIGHT): right}
    asked = []

    def show(project, _sequence, frame, *, exact, max_size):
        asked.append((project.next_id, exact))
        return Shown(
            frame=frame,
            source="source",
            result=f"result {project.next_id}",
            state=states[id(project)],
            note="a name",
            engine="mouthbank",
        )

    pair = Pair(left=now[0], right=now[1], sequence="s1", frames=SPAN)
    return PairServer(SimpleNamespace(show=show), lambda: pair), asked


def test_both_sides_are_the_very_frame_and_tell_nothing_of_who_drew_them():
    server, asked = served()
    shown = server.show(LEFT, "s1", 9, exact=False)
    assert (shown.source, shown.result) == ("result 1", "result 2")
    assert asked == [(1, True), (2, True)]
    assert (shown.note, shown.engine, shown.state, shown.laid) == ("", "", None, ())
    assert server.play(LEFT, "s1", 9).result == "result 2"
    assert asked[2:] == [(1, True), (2, True)]


def test_a_side_that_is_not_drawn_is_refused_and_an_old_pair_given_up():
    with pytest.raises(InputError, match="not synthesized at frame 9"):
        served(right="stale")[0].show(LEFT, "s1", 9, exact=True)
    with pytest.raises(Cancelled):
        served(now=(RIGHT, LEFT))[0].show(LEFT, "s1", 9, exact=True)


@pytest.fixture
def make_player(desk, workbench):
    made = []

    def make(open_stream):
        made.append(PairPlayer(workbench, desk, open_stream))
        return made[-1]

    yield make
    for player in made:
        player.close()


def pair_of(project):
    return Pair(left=project, right=replace(project), sequence=project.sequences[0].id, frames=SPAN)


def test_a_span_is_played_to_its_end_with_the_same_frames_on_both_sides(
    qtbot, make_player, project
):
    player, seen, ended = make_player(no_device), [], []
    player.shown.connect(seen.append)
    player.ended.connect(lambda: ended.append(player.left_out))
    player.show(pair_of(project))
    player.play()
    qtbot.waitUntil(lambda: bool(ended), timeout=20_000)
    numbers = [(number_in(each.source), number_in(each.result)) for each in seen]
    assert all(left == right for left, right in numbers)
    assert {left for left, _ in numbers} <= set(range(SPAN.start, SPAN.stop))
    assert "no device" in player.silence
    qtbot.waitUntil(lambda: seen[-1].frame == SPAN.stop - 1 and player.pictures.is_right)


def test_pictures_follow_what_is_heard(qtbot, make_player, project):
    streams, seen = [], []

    def opened(hz, fill):
        streams.append(PulledStream(hz, fill))
        return streams[-1]

    player = make_player(opened)
    player.shown.connect(lambda shown: seen.append(shown.frame))
    player.show(pair_of(project))
    player.play()
    qtbot.waitUntil(lambda: bool(streams) and streams[0].is_running, timeout=20_000)
    qtbot.wait(60)
    assert set(seen) == {SPAN.start}  # not a sample was heard yet
    streams[0].pull(streams[0].hz * 3 // 25)
    qtbot.waitUntil(lambda: max(seen) > SPAN.start, timeout=10_000)
    assert max(seen) <= SPAN.start + 3
    assert player.silence == ""
