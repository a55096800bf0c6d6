"""Damaged and hostile timelines: a clear error with its line and a remedy, in bounded work."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cuts import full_cut

from latentsync_studio.core.errors import InputError, StudioError
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.interchange import normal, xml_in
from latentsync_studio.interchange.edl.read import read as read_edl
from latentsync_studio.interchange.fcp7.read import read as read_fcp7
from latentsync_studio.interchange.formats import FORMATS
from latentsync_studio.interchange.otio.read import read as read_otio
from latentsync_studio.interchange.output import Options
from latentsync_studio.interchange.reading import MOST_BYTES

READERS = {name: each.load_reader() for name, each in FORMATS.items() if each.reader}


def valid(name):
    kind = FORMATS[name]
    options = Options(
        name=f"cut{kind.suffix}",
        flavour=kind.chosen_flavour(""),
        version=kind.chosen_version(""),
    )
    return kind.load_writer()(full_cut(FrameRate(25)), options).files[0].data


VALID = {name: valid(name) for name in READERS}


def refused(name, data):
    """The message and the remedy with which a reader refuses `data`."""
    with pytest.raises(InputError) as caught:
        READERS[name](data, f"cut{FORMATS[name].suffix}")
    assert caught.value.remedy
    return str(caught.value)


@pytest.mark.parametrize("name", ["fcp7xml", "fcpxml", "otio"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused_with_its_line(name, share):
    data = VALID[name]
    assert re.search(r"\(line \d+\)", refused(name, data[: int(len(data) * share)]))


def test_an_empty_list_is_refused_and_a_truncated_one_read_as_far_as_it_goes():
    assert "no event" in refused("edl", b"")
    data = VALID["edl"]
    found = read_edl(data[: len(data) // 2], "x")
    assert found.cuts[0].tracks[0].clips


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(READERS)), st.randoms(use_true_random=False))
def test_no_damage_makes_anything_but_a_cut_or_an_error(name, random):
    data = bytearray(VALID[name])
    for _ in range(random.randint(1, 6)):
        numbers = list(re.finditer(rb"(?<=[>\"\s:])-?\d[\d./]*(?=[<\"s\s,])", bytes(data)))
        if numbers and random.random() < 0.6:
            spot = random.choice(numbers)
            bad = [b"-1", b"0", b"NaN", b"9" * 30, b"1e9", b"", b"1/0", b"0.5"]
            data[spot.start() : spot.end()] = random.choice(bad)
        else:
            at = random.randrange(len(data))
            data[at : at + random.randint(0, 60)] = bytes([random.randrange(256)])
    try:
        found = READERS[name](bytes(data), "x")
    except StudioError as error:
        assert error.remedy
    else:
        for made in found.cuts:
            for track in made.tracks:
                assert all(a.stop <= b.start for a, b in zip(track.clips, track.clips[1:]))  # noqa: B905
                assert all(each.length > 0 and each.start >= 0 for each in track.clips)


BOMB = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><%s>&b;</%s>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><%s>&a;</%s>"""


@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
@pytest.mark.parametrize(("name", "root"), [("fcp7xml", b"xmeml"), ("fcpxml", b"fcpxml")])
def test_entities_are_refused(name, root, text):
    assert "entities" in refused(name, text % (root, root))


def test_a_remote_type_definition_is_not_fetched():
    data = VALID["fcp7xml"].replace(
        b"<!DOCTYPE xmeml>", b'<!DOCTYPE xmeml SYSTEM "http://127.0.0.1:9/x.dtd">'
    )
    assert read_fcp7(data, "x").cuts


@pytest.mark.parametrize(("name", "root"), [("fcp7xml", b"xmeml"), ("fcpxml", b"fcpxml")])
def test_what_lies_too_deep_or_is_too_much_is_refused(name, root, monkeypatch):
    assert "levels deep" in refused(name, b"<%s>" % root + b"<a>" * 5000)
    monkeypatch.setattr(xml_in, "MOST_NODES", 1000)
    assert "more than 1000 elements" in refused(name, b"<%s>" % root + b"<a/>" * 1001)
    monkeypatch.undo()
    assert "MiB" in refused(name, b" " * (MOST_BYTES + 1))


def test_deep_json_is_refused_with_its_place():
    message = refused("otio", b'{"a":\n' * 100_000)
    assert "nested too deep at column 1 (line 513)" in message
    assert "no timeline" in refused("otio", b"[]")
    assert "no timeline" in refused("otio", b'{"OTIO_SCHEMA": "Clip.2"}')


def test_a_list_of_a_million_events_is_refused_at_a_line():
    event = b"1 A V C 00:00:00:00 00:00:00:01 00:00:00:00 00:00:00:01\n"
    message = refused("edl", event * 1_000_000)
    assert "50000 events (line 50001)" in message


def nested_fcp7():
    """A few kilobytes that say ten clips, each a sequence of ten, eight times over."""
    rate = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"
    parts = []
    for level in range(8):
        item = "<clipitem><start>{}</start><end>{}</end><in>0</in><out>{}</out>{}</clipitem>"
        inner = f'<sequence id="s{level + 1}"/>'
        if level == 7:
            inner = "<file id='f'><pathurl>file:///a.mov</pathurl></file>"
        size = 10 ** (8 - level)
        step = size // 10
        items = "".join(item.format(k * step, (k + 1) * step, step, inner) for k in range(10))
        parts.append(
            f'<sequence id="s{level}">{rate}<media><video><track>{items}</track></video></media>'
            "</sequence>"
        )
    return f"<xmeml>{''.join(parts)}</xmeml>".encode()


def test_sequences_within_sequences_cannot_multiply_without_end(monkeypatch):
    monkeypatch.setattr(normal, "MOST_FLAT", 500)
    assert "at most 500" in refused("fcp7xml", nested_fcp7())


def test_compound_clips_cannot_multiply_without_end(monkeypatch):
    monkeypatch.setattr(normal, "MOST_FLAT", 500)
    media = []
    for level in range(7):
        clip = f'<ref-clip ref="m{level + 1}" duration="{10 ** (7 - level)}s"/>'
        if level == 6:
            clip = '<asset-clip ref="a" duration="10s"/>'
        spine = f'<sequence format="r"><spine>{clip * 10}</spine></sequence>'
        media.append(f'<media id="m{level}">{spine}</media>')
    text = (
        '<fcpxml version="1.9"><resources><format id="r" frameDuration="1/25s"/>'
        '<asset id="a" src="file:///a.mov" duration="99s" hasVideo="1" format="r"/>'
        f"{''.join(media)}</resources></fcpxml>"
    )
    assert "at most 500" in refused("fcpxml", text.encode())


@pytest.mark.parametrize("bad", ["NaN", "inf", "1e999", "--5", "9" * 25, "1/2", "x"])
def test_a_number_that_is_none_is_refused_with_its_line(bad):
    text = VALID["fcp7xml"].decode()
    found = re.sub("<in>10</in>", f"<in>{bad}</in>", text, count=1)
    line = found[: found.index(f"<in>{bad}")].count("\n") + 1
    assert f"(line {line})" in refused("fcp7xml", found.encode())


@pytest.mark.parametrize("bad", ["nan", "1/0s", "9999999999999999999s", "5", "1:2s"])
def test_a_time_that_is_none_is_refused_with_its_line(bad):
    text = re.sub(' duration="20/25s"', f' duration="{bad}"', VALID["fcpxml"].decode(), count=1)
    line = text[: text.index(f'"{bad}"')].count("\n") + 1
    assert f"(line {line})" in refused("fcpxml", text.encode())


def placed(text, part):
    """How a message tells the place of a part of a text, the first of its kind."""
    at = text.index(part)
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return f"at column {column} (line {text[:at].count(chr(10)) + 1})"


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('"value": 20.0', '"value": NaN'),
        ('"value": 20.0', '"value": -Infinity'),
        ('"value": 20.0', '"value": 1e999'),
        ('"value": 20.0', '"value": 1e300'),
        ('"value": 20.0', '"value": 99999999999999999999999'),
        ('"rate": 25.0', '"rate": 1e11'),
        ('"rate": 25.0', '"rate": 0.0001'),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_value_that_is_no_time_is_refused_with_its_line_and_column(good, bad, mark):
    text = VALID["otio"].decode()
    assert "é" in text.partition(good)[0]  # columns count characters, not bytes
    text = text.replace(good, bad, 1)
    number = bad.partition(": ")[2]
    where = placed(text, number)
    if number in {"NaN", "-Infinity"}:  # of these the parser reads some letters
        where = where.partition(" (")[2]
    assert where in refused("otio", (mark + text).encode())


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "at column 1 (line 1)"),
        (b'{\n"a": 1,\n', "at column 1 (line 3)"),
        (b'{\n "a": tru }', "(line 2)"),
        (b'\xef\xbb\xbf{\n "\xc3\xa9": [1, 2\n', "at column 1 (line 3)"),
        (b'{\n "a": "\xff"}', "at column 8 (line 2)"),
        (b'{"a": 1}\n{', "(line 2)"),
        ('{"a": 1}'.encode("utf-16"), "at column 1 (line 1)"),
    ],
)
def test_what_is_no_json_is_refused_with_its_line_and_column(data, place):
    message = refused("otio", data)
    assert "it is no JSON" in message
    assert place in message


def test_a_timeline_without_a_rate_is_refused_where_it_begins():
    root = {"OTIO_SCHEMA": "Timeline.1", "name": "b", "tracks": {"OTIO_SCHEMA": "Stack.1"}}
    text = json.dumps({"OTIO_SCHEMA": "SerializableCollection.1", "children": [root]}, indent=1)
    at = placed(text, '{\n   "OTIO_SCHEMA": "Timeline.1"')
    assert f"no frame rate {at}" in refused("otio", text.encode())
    twice = text.replace('"name": "b"', '"name": {}, "name": {}')  # nobody knows where
    assert "no frame rate." in refused("otio", twice.encode())


@pytest.mark.parametrize("rate", ["0", "-25", "100000", "NaN"])
def test_rates_that_no_program_has_are_refused(rate):
    text = VALID["fcp7xml"].decode().replace("<timebase>25<", f"<timebase>{rate}<")
    refused("fcp7xml", text.encode())
    root = json.loads(VALID["otio"])
    root["global_start_time"]["rate"] = -1 if rate == "NaN" else float(rate)
    text = json.dumps(root)
    if rate == "100000":
        assert "no frame rate" in refused("otio", text.encode())
    else:
        assert read_otio(text.encode(), "x").cuts[0].rate == FrameRate(25)  # that of its clips


def test_a_frame_duration_of_nothing_is_no_rate():
    text = VALID["fcpxml"].decode().replace('frameDuration="1/25s"', 'frameDuration="0s"', 1)
    assert "no frame rate" in refused("fcpxml", text.encode())


def test_ids_of_fcp7_xml_that_are_used_twice_do_no_harm():
    text = re.sub(r'id="file-\d"', 'id="file-1"', VALID["fcp7xml"].decode())
    text = re.sub(r'id="clipitem-\d+"', 'id="clipitem-1"', text)
    (made,) = read_fcp7(text.encode(), "x").cuts
    ids = [clip.id for track in made.tracks for clip in track.clips]
    assert len(set(ids)) == len(ids)


def test_an_id_that_stands_for_several_resources_is_refused_with_its_line():
    text = VALID["fcpxml"].decode()
    used = re.findall(r'<asset id="(\w+)"', text)
    message = refused("fcpxml", text.replace(f'"{used[1]}"', f'"{used[0]}"').encode())
    assert re.search(rf"'{used[0]}' stands for several resources \(line \d+\)", message)


def test_documents_without_a_sequence_say_what_to_export():
    assert "no sequence" in refused("fcp7xml", b"<xmeml><bin/></xmeml>")
    assert "no project" in refused("fcpxml", b'<fcpxml version="1.9"><resources/></fcpxml>')
