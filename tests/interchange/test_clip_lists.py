"""Lists of clips and captions: what people, spreadsheets, Avid and players read."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from itertools import pairwise

import pytest
from msgspec.structs import replace
from random_cuts import GRIDS, clip, cut, full_cut, medium

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.interchange.captions.read import spread_cues, timed_cues
from latentsync_studio.interchange.captions.write import write_srt, write_vtt
from latentsync_studio.interchange.clip_list.write import write_ale, write_csv
from latentsync_studio.interchange.cut import Caption
from latentsync_studio.interchange.output import Options

R25 = FrameRate(25)


@pytest.mark.parametrize(("rate", "drop"), GRIDS)
def test_a_log_lists_media_with_their_time_code(rate, drop):
    made = full_cut(rate, drop=drop)
    output = write_ale(made, Options(name="cut.ale"))
    text = output.files[0].data.decode()
    head, _, body = text.partition("\r\nData\r\n")
    assert head.startswith("Heading\r\nFIELD_DELIM\tTABS\r\nVIDEO_FORMAT\t720\r\n")
    columns = head.rpartition("Column\r\n")[2].strip().split("\t")
    rows = [dict(zip(columns, row.split("\t"), strict=True)) for row in body.splitlines()]
    assert len(rows) == 4  # the still has no time code
    assert rows[0]["Tape"] == "A001"
    assert rows[0]["Tracks"] == "VA1A2"
    assert (";" in rows[0]["Start"]) == drop
    assert rows[0]["Path"] == made.media[0].path
    told = " ".join(output.losses)
    assert "Stills" in told
    assert "no cuts" in told


def test_a_table_has_a_row_for_every_clip_with_both_places():
    output = write_csv(full_cut(R25), Options(name="cut.csv"))
    data = output.files[0].data
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == 10
    first = rows[0]
    assert (first["track"], first["clip"]) == ("V1", "shot 1")
    assert (first["record in"], first["record out"]) == ("01:00:00:02", "01:00:00:22")
    assert (first["source in"], first["source out"]) == ("01:00:00:10", "01:00:01:05")
    assert [row["enabled"] for row in rows].count("no") == 1
    assert any("Dissolves" in loss for loss in output.losses)


def test_a_name_is_no_formula():
    of = medium(0, R25)
    made = cut(R25, {"V1": [clip(1, of, R25, 0, 0, 5, name='=cmd|" /C calc"!A0')]}, (of,))
    text = write_csv(made, Options(name="x.csv")).files[0].data.decode("utf-8-sig")
    assert "'=cmd" in text


CAPTIONS = (
    Caption(start=0, stop=25, text="Hello <you> & me"),
    Caption(start=50, stop=75, text="two\n\nlines --> here"),
)


def test_captions_are_written_in_real_time():
    made = replace(full_cut(R25), captions=CAPTIONS)
    text = write_srt(made, Options(name="x.srt")).files[0].data.decode()
    assert text == (
        "1\r\n00:00:00,000 --> 00:00:01,000\r\nHello <you> & me\r\n\r\n"
        "2\r\n00:00:02,000 --> 00:00:03,000\r\ntwo\r\nlines -> here\r\n"
    )
    web = write_vtt(made, Options(name="x.vtt")).files[0].data.decode()
    assert web == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHello &lt;you&gt; &amp; me\n"
        "\n00:00:02.000 --> 00:00:03.000\ntwo\nlines -&gt; here\n"
    )


@pytest.mark.parametrize("rate", ["23.976", "29.97", "59.94"])
def test_captions_do_not_drift(rate):
    grid = FrameRate.parse(rate)
    hour = grid.nominal * 3600
    made = replace(full_cut(grid), captions=(Caption(start=hour, stop=hour + 1, text="x"),))
    text = write_srt(made, Options(name="x.srt")).files[0].data.decode()
    assert "01:00:03,600" in text  # 1001 / 1000 of an hour


def test_captions_are_read_back():
    made = replace(full_cut(R25), captions=CAPTIONS)
    for write in (write_srt, write_vtt):
        cues = timed_cues(write(made, Options(name="x")).files[0].data.decode())
        assert [(c.start, c.stop) for c in cues] == [(0, 1), (2, 3)]
    assert timed_cues("00:01.5 --> 00:02.25\n<i>a</i>\n") == (
        (Fraction(3, 2), Fraction(9, 4), "a"),
    )
    assert timed_cues("nothing\nhere") == ()


def test_plain_words_are_spread_by_their_length():
    cues = spread_cues("One two three. Four!\nFive " + "very long sentence " * 10, Fraction(10))
    assert cues[0].text == "One two three."
    assert cues[0].start == 0
    assert cues[-1].stop == 10
    assert all(len(cue.text) <= 84 for cue in cues)
    assert all(a.stop == b.start for a, b in pairwise(cues))
    assert spread_cues("  \n ", Fraction(3)) == ()


def test_no_words_are_told():
    assert "No words" in write_srt(full_cut(R25), Options(name="x.srt")).losses[0]
