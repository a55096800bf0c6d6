from cuts import V1, V2, clips_of, project
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.marks import add_marker, set_work_area
from latentsync_studio.core.timeline.edits.tracks import switch_track
from latentsync_studio.core.timeline.snapping import SnapPoint, snap_points, snapped


def sequence():
    made = project(V1=[(10, 0, 20), (40, 0, 20)], V2=[(25, 0, 5)])
    made = add_marker(made, "s4", FrameRange(35, 36))
    made = add_marker(made, "s4", FrameRange(70, 80))
    return set_work_area(made, "s4", FrameRange(10, 100))


def test_edges_markers_work_area_and_playhead_attract():
    points = snap_points(sequence().sequences[0], playhead=30)
    assert points == (
        (0, "start"),
        (10, "edge"),
        (25, "edge"),
        (30, "playhead"),
        (35, "marker"),
        (40, "edge"),
        (60, "edge"),
        (70, "marker"),
        (80, "marker"),
        (100, "work area"),
    )


def test_what_moves_and_what_is_hidden_does_not_attract():
    made = switch_track(sequence(), V2, hidden=True)
    moving = {clips_of(made)[0].id}
    frames = [point.frame for point in snap_points(made.sequences[0], moving=moving)]
    assert frames == [0, 10, 35, 40, 60, 70, 80, 100]  # 10 is also the work area's
    assert V1 not in frames


def test_the_nearest_point_of_all_dragged_edges_wins():
    points = snap_points(sequence().sequences[0])
    snap = snapped([13, 33], points, 5)
    assert snap == (2, SnapPoint(35, "marker"))
    assert snapped([50], points, 5) is None
    assert snapped([], points, 5) is None


def test_of_equally_near_points_the_playhead_wins():
    points = (SnapPoint(10, "edge"), SnapPoint(14, "playhead"))
    assert snapped([12], points, 2).point.kind == "playhead"


@given(
    frames=st.lists(st.integers(-50, 150), max_size=4),
    at=st.sets(st.integers(0, 120), max_size=20),
    reach=st.integers(0, 30),
)
def test_a_snap_is_the_smallest_move_there_is(frames, at, reach):
    points = [SnapPoint(frame, "edge") for frame in sorted(at)]
    moves = [abs(point - frame) for frame in frames for point in at if abs(point - frame) <= reach]
    snap = snapped(frames, points, reach)
    assert (abs(snap.by) if snap else None) == min(moves, default=None)
    if snap:
        assert snap.point.frame - snap.by in frames
