"""What the words of the render command mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from latentsync_studio.cli.render_options import (
    Choices,
    mask_files,
    parse_range,
    read_transcript,
    transcript_file,
)
from latentsync_studio.core.errors import InputError, InvalidSettingError, UnknownNameError
from latentsync_studio.core.ranges import FrameRange


def test_without_options_the_settings_are_the_defaults():
    settings = Choices().settings()
    assert settings.compose.lips == 1.0
    assert settings.mouthbank.silence.governor is True


def test_strengths_name_a_part_or_mean_all():
    settings = Choices(strengths=("lips=0.8", "0.5")).settings()
    assert (settings.compose.lips, settings.compose.strength) == (0.8, 0.5)
    assert Choices(strengths=("all=0.5",)).settings().compose.strength == 0.5
    assert settings.compose.jaw == 1.0


def test_strengths_may_stand_in_one_word():
    compose = Choices(strengths=("lips=0.8,jaw=0.5", "nose=0")).settings().compose
    assert (compose.lips, compose.jaw, compose.nose, compose.skin) == (0.8, 0.5, 0.0, 1.0)


def test_masks_include_and_protect():
    found = mask_files([Path("a.png")], [Path("b.png")], "frame")
    assert [(mask.path.name, mask.role) for mask in found] == [
        ("a.png", "include"),
        ("b.png", "protect"),
    ]
    assert {mask.space for mask in found} == {"frame"}
    assert mask_files(None, None, "auto") == ()


def test_set_changes_any_setting_and_comes_last():
    choices = Choices(
        length_policy="loop", strengths=("lips=0.8",), changes=("compose.lips=0.3", "seed=7")
    )
    settings = choices.settings()
    assert (settings.length_policy, settings.compose.lips, settings.seed) == ("loop", 0.3, 7)


def test_a_preset_is_the_ground_for_other_choices():
    settings = Choices(preset="subtle", strengths=("jaw=0.5",)).settings()
    assert (settings.compose.jaw, settings.compose.cheeks) == (0.5, 0.6)


def test_a_preset_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError) as refused:
        Choices(preset="sutble").settings()
    assert "subtle" in refused.value.remedy


def test_the_governor_can_be_switched_off():
    assert Choices(governor=False).settings().mouthbank.silence.governor is False


@pytest.mark.parametrize("word", ["compose.lips", "=3", "compose.lipz=1", "compose.lips=2"])
def test_a_setting_that_cannot_be_is_refused_with_a_remedy(word):
    with pytest.raises(InvalidSettingError) as refused:
        Choices(changes=(word,)).settings()
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("text", "frames"), [("", None), ("0:250", (0, 250)), (":8", (0, 8)), ("7:8", (7, 8))]
)
def test_a_range_is_two_frames_half_open(text, frames):
    assert parse_range(text) == (None if frames is None else FrameRange(*frames))


@pytest.mark.parametrize("text", ["5", "5:", "a:b", "-1:5", "8:8", "9:3", "1.5:3", "٣:٩"])
def test_a_range_that_cannot_be_is_refused_with_a_remedy(text):
    with pytest.raises(InvalidSettingError) as refused:
        parse_range(text)
    assert "--range" in refused.value.remedy


def test_a_transcript_is_text_or_a_file_of_text(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("Grüße aus Köln", encoding="utf-8-sig")
    assert transcript_file(str(path)) == path
    assert read_transcript(path) == "Grüße aus Köln\n"


@pytest.mark.parametrize(
    "words",
    ["just words", "long " * 2000, "he/she said so", "Done. Next", "24/7\n", "/a\n", "", "v1.2"],
)
def test_words_are_no_file(words):
    assert transcript_file(words) is None


@pytest.mark.parametrize(
    "name",
    ["none.txt", "my words.srt", "no/such", "no\\such", "/no such/words", "~/words", "C:\\a b"],
)
def test_the_name_of_a_missing_file_is_not_spoken(name):
    with pytest.raises(InputError, match="does not exist") as refused:
        transcript_file(name)
    assert refused.value.remedy


def test_a_folder_is_no_transcript(tmp_path):
    with pytest.raises(InputError, match="folder"):
        transcript_file(str(tmp_path))


def test_the_words_of_a_file_stay_words_when_the_job_is_resumed(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text(str(path), encoding="utf-8")
    assert transcript_file(read_transcript(path)) is None


@pytest.mark.parametrize(
    ("content", "why"), [(b"\xff\xfe\x00\x80", "UTF-8"), (b"a" * 1_000_001, "more")]
)
def test_a_transcript_file_that_cannot_be_used_is_refused(tmp_path, content, why):
    path = tmp_path / "words.bin"
    path.write_bytes(content)
    with pytest.raises(InputError, match=why):
        read_transcript(path)
