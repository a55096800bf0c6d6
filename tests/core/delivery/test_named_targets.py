import pytest

from latentsync_studio.core.delivery.codecs import CODECS, SUFFIXES
from latentsync_studio.core.delivery.targets import TARGETS, find_target, target_of, usual_suffix
from latentsync_studio.core.errors import UnknownNameError
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.media.target import choose_target
from tests.media.movies import facts


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("source", ["yuv420p", "yuv422p10le", "gbrp"])
def test_every_target_takes_every_source(name, source):
    target = find_target(name)
    known = facts(source, coded_width=256, coded_height=128)
    chosen, _ = choose_target(known, target.encode, target.suffix)
    assert target.suffix in CODECS[chosen.codec].containers
    assert target.title
    assert target.note


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_is_known_by_its_settings(name):
    encode = TARGETS[name].encode
    assert target_of(encode).name == name
    assert target_of(apply(encode, {"hardware": "nvenc"})).name == name
    assert usual_suffix(encode) == TARGETS[name].suffix


def test_other_settings_are_no_target_and_have_an_ending_all_the_same():
    mine = EncodeSettings(codec="prores", audio="aac")
    assert target_of(mine) is None
    assert usual_suffix(mine) == ".mov"
    assert usual_suffix(EncodeSettings(quality=7)) == ".mp4"
    assert {target.suffix for target in TARGETS.values()} <= {"", *SUFFIXES}


def test_a_wrong_name_is_told_the_nearest():
    with pytest.raises(UnknownNameError) as caught:
        find_target("prores")
    assert "prores-hq" in caught.value.remedy
