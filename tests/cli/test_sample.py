"""The bundled sample is what its card says, and small."""

from __future__ import annotations

import hashlib
import json

import av
import clips
import soundfile

CARD = json.loads((clips.SAMPLE / "sample.json").read_text(encoding="utf-8"))


def test_the_files_are_those_of_the_card_and_small():
    for name, known in CARD["files"].items():
        data = (clips.SAMPLE / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (known["bytes"], known["sha256"])
    assert sum(path.stat().st_size for path in clips.SAMPLE.iterdir()) <= 3_000_000


def test_both_halves_say_where_they_come_from_and_under_which_license():
    assert "Public domain" in CARD["video"]["license"]
    assert CARD["speech"]["license"] == "CC0-1.0"


def test_the_clip_is_a_plain_one_and_longer_than_the_speech():
    with av.open(str(clips.SAMPLE / "portrait.mp4")) as movie:
        stream = movie.streams.video[0]
        assert (stream.frames, stream.average_rate, stream.codec_context.pix_fmt) == (
            200,
            25,
            "yuv420p",
        )
        context = stream.codec_context
        assert (context.colorspace, context.color_range) == (1, 1)
    speech = soundfile.info(clips.SAMPLE / "speech.wav")
    assert (speech.samplerate, speech.channels) == (22050, 1)
    assert 7.0 < speech.duration < 8.0
