"""The words of settings in the user's language, in the translation context "Setting".

The sources are what stands in the settings pages: titles, help, units and choices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication

from latentsync_studio.core.delivery.codecs import CODECS, HARDWARE

if TYPE_CHECKING:
    from latentsync_studio.core.settings.fields import SettingField, Value

CONTEXT: Final = "Setting"
_NAMES: Final[dict[str, str]] = {
    **{str(name): facts.title for name, facts in CODECS.items()},
    **{str(name): title for name, title in HARDWARE.items()},
    "420": "4:2:0",
    "422": "4:2:2",
    "444": "4:4:4",
    "aac": "AAC",
    "alac": "ALAC",
    "flac": "FLAC",
    "pcm": "PCM",
    "ddim": "DDIM",
    "dpm++": "DPM-Solver++",
    "unipc": "UniPC",
    "fp16": "16 bits (fp16)",
    "bf16": "16 bits (bf16)",
    "fp32": "32 bits (fp32)",
    "pcm24": "PCM, 24 bits",
}


def translated(text: str) -> str:
    """A title, help or unit of a settings page; "" stays."""
    return QCoreApplication.translate(CONTEXT, text) if text else ""


def choice_word(choice: str) -> str:
    """A choice as it is shown: "very-slow" as "Very slow", a codec by its usual name."""
    plain = choice.replace("-", " ")
    return translated(_NAMES.get(choice, plain[:1].upper() + plain[1:]))


def is_share(field: SettingField) -> bool:
    """Whether it is a share of a whole, which people read as per cent."""
    return field.kind == "float" and (field.low, field.high) == (0, 1) and not field.unit


def value_words(field: SettingField, value: Value) -> str:
    """A value of a setting, without its unit."""
    if is_share(field) and isinstance(value, float):
        return f"{100 * value:g} %"
    if isinstance(value, bool):
        return translated("on") if value else translated("off")
    if field.kind == "choice":
        return choice_word(str(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def allowed_words(field: SettingField) -> str:
    """What may be given: "A number from 0 to 64 px", "One of Cut, Hold"."""
    if field.kind == "choice":
        words = ", ".join(choice_word(choice) for choice in field.choices)
        return translated("One of {0}").format(words)
    if field.kind == "bool":
        return translated("On or off")
    if field.kind == "text":
        return translated("A text")
    if is_share(field):
        return translated("A number from {0} to {1}").format("0", "100 %")
    whole, unit = field.kind == "int", translated(field.unit)
    if field.low is not None and field.high is not None:
        text = translated("A whole number from {0} to {1}" if whole else "A number from {0} to {1}")
        words = text.format(f"{field.low:g}", f"{field.high:g}")
    elif field.low is not None:
        text = translated("A whole number of {0} or more" if whole else "A number of {0} or more")
        words = text.format(f"{field.low:g}")
    elif field.high is not None:
        text = translated("A whole number of {0} or less" if whole else "A number of {0} or less")
        words = text.format(f"{field.high:g}")
    else:
        words = translated("A whole number" if whole else "A number")
    return f"{words} {unit}".rstrip()


def setting_tip(field: SettingField) -> str:
    """Help, what may be given, and the default, for a tool tip."""
    default = translated("default {0}").format(value_words(field, field.default))
    return f"{translated(field.help)}\n{allowed_words(field)}; {default}.".strip()
