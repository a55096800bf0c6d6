import pytest

from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.media.hardware import hardware_encoders, require_hardware, why_not


def test_only_an_encoder_that_gives_a_packet_works():
    assert why_not("libx264") == ""
    assert "does not have it" in why_not("h264_nowhere")
    assert "4:2:0" in why_not("prores_ks")


def test_every_hardware_encoder_works_or_says_why_not():
    found = hardware_encoders()
    assert {each.hardware for each in found} == {"nvenc", "qsv", "amf", "videotoolbox"}
    for each in found:
        if each.problem:
            with pytest.raises(InvalidSettingError, match=each.name) as caught:
                require_hardware(each.hardware, each.name)
            assert "off" in caught.value.remedy
        else:
            require_hardware(each.hardware, each.name)
