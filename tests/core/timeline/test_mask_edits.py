"""Edits of mask layers and curves: pure, ordered, undone by the old object, saved, read again."""

import json

import pytest
from cuts import A1, TALK, clips_of, project, tracks_of
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError, InvalidSettingError
from latentsync_studio.core.mask.keyframes import Key, value_at, values_at
from latentsync_studio.core.mask.layer import FACE_SIDE, LayerId, MaskLayer, Raster, TileRef
from latentsync_studio.core.timeline.changes import changes_between, with_changes
from latentsync_studio.core.timeline.check import check
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.edits import clips, curves, masks, move, roll, slice  # noqa: A004 - the razor
from latentsync_studio.core.timeline.edits.tracks import choose_face, drive_lips
from latentsync_studio.core.timeline.model import SCHEMA, SpeechLane

NEW = MaskLayer(id=LayerId(""), name="hand", role="protect")


def base():
    return project(V1=[(0, 0, 50), (50, 100, 160)], A1=[(0, 0, 110)])


def first(made):
    return clips_of(made)[0]


def raster(*digests):
    tiles = tuple(TileRef(x=n % 4, y=n // 4, digest=digest) for n, digest in enumerate(digests))
    return Raster(width=FACE_SIDE, height=FACE_SIDE, tiles=tiles)


def masked():
    made = base()
    made = masks.add_layer(made, first(made).id, NEW)
    made = masks.add_layer(made, first(made).id, replace(NEW, name="beard", role="include"))
    layer = first(made).masks[0].id
    made = masks.put_raster(made, first(made).id, layer, 10, raster("a", "b"))
    made = masks.put_raster(made, first(made).id, layer, 30, raster("a", "c"))
    ramp = (Key(frame=10, value=0.0, ease="ease"), Key(frame=35, value=1.0))
    made = curves.set_curve(made, first(made).id, "compose.lips", ramp)
    return curves.set_curve(made, first(made).id, f"layer.{layer}.opacity", ramp)


def _edit(made, data):
    """Any edit with any arguments."""
    clip = data.draw(st.sampled_from(clips_of(made)))
    frame = data.draw(st.integers(0, 60))
    layers = [layer.id for layer in clip.masks]
    key = data.draw(st.sampled_from(["compose.lips", "compose.grow", "usable.0", "layer"]))
    if key == "layer":
        key = f"layer.{layers[0]}.rotation" if layers else "compose.jaw"
    edits = [
        lambda: masks.add_layer(made, clip.id, NEW, frame % 4),
        lambda: masks.clean_up_from(made, clip.id, frame),
        lambda: curves.remove_keys(made, clip.id, key, {frame, frame + 1}),
        lambda: curves.move_keys(made, clip.id, key, set(range(frame)), 7, 0.2),
        lambda: curves.put_key(made, clip.id, key, Key(frame=frame, value=frame / 60)),
    ]
    if layers:
        layer, painted = layers[frame % len(layers)], raster("abc"[frame % 3])
        edits += [
            lambda: masks.remove_layer(made, clip.id, layer),
            lambda: masks.move_layer(made, clip.id, layer, frame % 4),
            lambda: masks.duplicate_layer(made, clip.id, layer),
            lambda: masks.put_raster(made, clip.id, layer, frame, painted),
            lambda: masks.change_layer(made, clip.id, layer, opacity=frame / 60),
        ]
    return data.draw(st.sampled_from(edits))()


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_any_edits_keep_the_invariants_are_journaled_and_undone(data):
    history = [masked()]
    saved = [to_json(history[0])]
    for _ in range(data.draw(st.integers(1, 5))):
        now = history[-1]
        after = _edit(now, data)
        check(after)
        assert after is now or after != now
        for clip in clips_of(after):
            assert [c.key for c in clip.curves] == sorted({c.key for c in clip.curves})
        history.append(after)
        saved.append(to_json(after))
        delta = changes_between(now, after)
        assert from_json(with_changes(saved[-2], [delta])) == after
    for kept, document in zip(history, saved, strict=True):  # undo is the old object
        assert to_json(kept) == document
        assert from_json(document) == kept


def test_a_layer_gets_a_new_id_and_its_place():
    made = masked()
    ids = [layer.id for layer in first(made).masks]
    assert len(set(ids)) == 2
    assert all(int(each[1:]) < made.next_id for each in ids)
    before = masks.add_layer(made, first(made).id, NEW, 0)
    assert [layer.id for layer in first(before).masks][1:] == ids
    moved = masks.move_layer(made, first(made).id, ids[0], 5)
    assert [layer.id for layer in first(moved).masks] == ids[::-1]
    assert masks.move_layer(made, first(made).id, ids[0], 0) is made


def test_a_removed_layer_takes_its_curves_along_and_a_copy_has_its_own():
    made = masked()
    layer = first(made).masks[0].id
    gone = masks.remove_layer(made, first(made).id, layer)
    assert [curve.key for curve in first(gone).curves] == ["compose.lips"]
    twice = masks.duplicate_layer(made, first(made).id, layer)
    copied = first(twice).masks[1]
    assert copied.rasters == first(made).masks[0].rasters
    assert curves.keys_of(first(twice), f"layer.{copied.id}.opacity")


def test_one_stroke_journals_its_tiles_alone():
    made = masked()
    layer = first(made).masks[0]
    many = raster(*(f"{n:040d}" for n in range(16)))
    made = masks.put_raster(made, first(made).id, layer.id, 10, many)
    painted = replace(
        many, tiles=(*many.tiles[:7], replace(many.tiles[7], digest="x"), *many.tiles[8:])
    )
    after = masks.put_raster(made, first(made).id, layer.id, 10, painted)
    delta = changes_between(made, after)
    assert len(delta) < 200
    assert with_changes(to_json(made), [delta]) == to_json(after)


def test_both_parts_of_a_sliced_clip_keep_masks_and_curves_on_their_pictures():
    made = masked()
    was = first(made)
    cut = slice.slice_clip(made, was.id, 20)
    head, tail = clips_of(cut)[:2]
    assert head.masks == tail.masks == was.masks
    assert head.curves == tail.curves == was.curves
    for frame in (5, 19):
        assert head.source_at(frame) == was.source_at(frame)
    later = move.move(cut, [tail.id], 200)
    moved = clips_of(later)[-1]
    keys = curves.keys_of(moved, "compose.lips")
    assert value_at(keys, moved.source_at(moved.start + 5)) == value_at(
        keys, tail.source_at(tail.start + 5)
    )
    slipped = first(roll.slip(made, was.id, 3))
    assert slipped.curves == was.curves


def test_clean_up_lets_what_is_shown_hold_from_there_on():
    made = masked()
    after = masks.clean_up_from(made, first(made).id, 20)
    clip = first(after)
    for curve, old in zip(clip.curves, first(made).curves, strict=True):
        shown = values_at(old.keys, range(21))
        assert values_at(curve.keys, range(21)) == pytest.approx(shown, abs=0.002)
        assert value_at(curve.keys, 99) == shown[20]
    assert [key.frame for key in clip.masks[0].rasters] == [10]
    assert clip.masks[0].rasters[0].hold
    assert masks.clean_up_from(after, clip.id, 20) is after


def test_the_look_is_applied_to_all_clips_with_this_face():
    made = drive_lips(masked(), A1, SpeechLane())
    made = clips.override(made, [first(made).id], "compose.feather", 3)
    made = clips.override(made, [clips_of(made)[1].id], "seed", 5)
    made = clips.override(made, [clips_of(made)[1].id], "compose.jaw", 0.5)
    assert masks.clips_with_face(made, first(made).id) == (clips_of(made)[1].id,)
    after = masks.apply_to_face(made, first(made).id)
    one, two = clips_of(after)
    assert two.masks == one.masks
    assert two.curves == one.curves
    assert [(own.key, own.value) for own in two.overrides] == [("compose.feather", 3), ("seed", 5)]
    assert masks.apply_to_face(after, one.id) is after
    lane = replace(tracks_of(made)["A1"].speech, faces=())
    assert lane.face_of(TALK) == 0
    other = choose_face(made, A1, TALK, 1)  # another face, the same for both clips
    assert len(masks.clips_with_face(other, first(other).id)) == 1


def test_values_beyond_their_limits_and_unknown_curves_are_refused():
    made = masked()
    clip, layer = first(made).id, first(made).masks[0].id
    with pytest.raises(InvalidEditError, match=r"cannot be 1\.5"):
        curves.put_key(made, clip, "compose.lips", Key(frame=1, value=1.5))
    with pytest.raises(InvalidSettingError):
        curves.put_key(made, clip, "compose.lipz", Key(frame=1, value=0.5))
    with pytest.raises(InvalidEditError, match="nothing to animate"):
        curves.put_key(made, clip, "layer.p999.opacity", Key(frame=1, value=0.5))
    with pytest.raises(InvalidEditError, match="cannot be 2"):
        masks.change_layer(made, clip, layer, opacity=2.0)
    with pytest.raises(InvalidEditError, match="no mask p999"):
        masks.remove_layer(made, clip, LayerId("p999"))
    limits = curves.limits_of(made, first(made), "compose.grow")
    assert (limits.low, limits.high, limits.default) == (-64, 64, 0)


def test_an_older_program_keeps_what_a_newer_one_saved_of_masks():
    data = json.loads(to_json(masked())) | {"schema": SCHEMA + 1}
    clip = data["sequences"][0]["tracks"][0]["clips"][0]
    clip["masks"][0]["wobble"] = {"px": 3}
    clip["masks"][0]["rasters"][0]["raster"]["tiles"][1]["crc"] = 7
    clip["curves"][0]["keys"][0]["tension"] = 0.5
    opened = from_json(json.dumps(data).encode())
    assert json.loads(to_json(opened)) == data
    layer = first(opened).masks[0]
    painted = masks.put_raster(opened, first(opened).id, layer.id, 30, raster("z"))
    kept = json.loads(to_json(painted))["sequences"][0]["tracks"][0]["clips"][0]["masks"][0]
    assert kept["wobble"] == {"px": 3}
    assert kept["rasters"][0]["raster"]["tiles"][1]["crc"] == 7
