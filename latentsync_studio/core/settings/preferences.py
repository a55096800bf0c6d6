"""What a user prefers of the program itself, apart from any project or render.

The pages are described by their fields as the settings pages are, so forms are made of them.
Colors, keys and the window are the user interface's to interpret.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import replace

Theme = Literal["dark", "light"]
KeyPreset = Literal["premiere", "resolve", "final-cut"]
PreviewQuality = Literal["full", "half", "quarter"]


class AppearancePreferences(msgspec.Struct, frozen=True, kw_only=True):
    """How the window looks."""

    theme: Annotated[Theme, Meta(title="Theme")] = "dark"
    scale: Annotated[
        int,
        Meta(
            ge=75,
            le=300,
            title="Size of text and buttons",
            description="On top of what the screen asks for; counts from the next start",
            extra={"unit": "%"},
        ),
    ] = 100


class EditingPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """How the timeline behaves."""

    snapping: Annotated[
        bool, Meta(title="Snapping", description="Edges pull to edges, markers and the playhead")
    ] = True
    linked_selection: Annotated[
        bool, Meta(title="Linked selection", description="Picture and sound are selected together")
    ] = True
    still_seconds: Annotated[
        float,
        Meta(ge=0.1, le=3600, title="Length of a new still", extra={"unit": "s"}),
    ] = 5.0
    preflight: Annotated[
        bool,
        Meta(
            title="Warn before jobs",
            description="Looks for two seconds at most before it synthesizes or exports, and asks"
            " where something speaks against it",
        ),
    ] = True


class PerformancePreferences(msgspec.Struct, frozen=True, kw_only=True):
    """What the program may take of the machine. No result looks different for it."""

    memory_limit: Annotated[
        int,
        Meta(
            ge=512,
            le=1_048_576,
            title="Memory limit",
            description="Shared by the frames kept for the viewer and the frames being made; the"
            " program and its models need about 600 MiB of it",
            extra={"unit": "MiB"},
        ),
    ] = 2048
    proxies: Annotated[
        bool,
        Meta(title="Make proxies", description="Small copies that are quick to scrub through"),
    ] = True
    exact_frames: Annotated[
        bool,
        Meta(
            title="Keep exact frames",
            description="Lossless copies of what the timeline shows of clips that are slow to jump"
            " in, made when there is nothing else to do: about 1 GB a minute of 1080p",
        ),
    ] = True
    preview_quality: Annotated[
        PreviewQuality,
        Meta(title="Preview while playing", description="A paused frame is always shown in full"),
    ] = "half"
    worker_threads: Annotated[
        int,
        Meta(ge=1, le=32, title="Threads that draw", description="2 suit most machines"),
    ] = 2
    weights: Annotated[
        str,
        Meta(
            title="Folder of weights",
            description="Where engines look for their weights before anywhere else; counts from"
            " the next start. Empty: the program's own folder",
        ),
    ] = ""
    device: Annotated[
        str,
        Meta(
            title="Device of engines",
            description="cuda, cuda:1, mps or cpu; counts from the next start. Empty: the best"
            " there is",
        ),
    ] = ""


class ShortcutPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """Keys.

    Attributes:
        preset: the table of keys to begin with.
        overrides: command -> its keys in portable text ("Ctrl+Shift+P") instead of the preset's;
            without keys: none.
    """

    preset: Annotated[KeyPreset, Meta(title="Keys as in")] = "premiere"
    overrides: dict[str, tuple[str, ...]] = {}


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """All preferences.

    Attributes:
        appearance, editing, performance, shortcuts: pages.
        layout: name of a part of the window -> its state, in base64; opaque here.
        unknown: fields that a newer program saved, nested as in the file; they are kept.
        warnings: what was wrong with the file that was read, for the user; never saved.
    """

    appearance: AppearancePreferences = AppearancePreferences()
    editing: EditingPreferences = EditingPreferences()
    performance: PerformancePreferences = PerformancePreferences()
    shortcuts: ShortcutPreferences = ShortcutPreferences()
    layout: dict[str, str] = {}
    unknown: dict[str, Any] = {}
    warnings: tuple[str, ...] = ()

    def layout_of(self, part: str) -> bytes:
        """The saved state of a part of the window; empty when there is none that can be read."""
        try:
            return b64decode(self.layout.get(part, ""), validate=True)
        except (Base64Error, ValueError):
            return b""

    def with_layout(self, part: str, state: bytes) -> Preferences:
        """The same with the state of a part of the window."""
        text = b64encode(state).decode("ascii")
        return replace(self, layout={**self.layout, part: text})
