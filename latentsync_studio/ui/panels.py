"""The panels of the window: one line each; a class is imported when its panel is made."""

from __future__ import annotations

from typing import Literal, NamedTuple

Area = Literal["center", "left", "right", "bottom"]


class Panel(NamedTuple):
    """A panel.

    Attributes:
        id: stable name; layouts are saved under it.
        title: of its dock, translated in the context "Panel" when it is shown.
        area: where it stands at first; of several in one area the first is on top.
        maker: "module:Class", called with the Workbench.
        is_at_once: made with the window wherever it stands, because it binds commands or other
            panels look at it. All others bind none: their controllers do.
        least_width: px that it needs, kept free for it in a narrow window until it is made.
        wakes: signals by their path from the workbench; the first one makes the panel.
    """

    id: str
    title: str
    area: Area
    maker: str
    is_at_once: bool = False
    least_width: int = 0
    wakes: tuple[str, ...] = ()


_UI = "latentsync_studio.ui"

PANELS: tuple[Panel, ...] = (
    Panel("viewer", "Viewer", "center", f"{_UI}.viewer.panel:ViewerPanel", is_at_once=True),
    Panel("media_bin", "Media", "left", f"{_UI}.media_bin.panel:MediaBinPanel", is_at_once=True),
    Panel(
        "inspector", "Inspector", "right", f"{_UI}.inspector.panel:InspectorPanel", is_at_once=True,
    ),
    Panel(
        "masks", "Masks", "right", f"{_UI}.masks.panel:MasksPanel",
        wakes=("masks.state.tool_changed",),  # it draws in the viewer
    ),
    Panel("scopes", "Scopes", "right", f"{_UI}.scopes.light_panel:LightPanel"),
    Panel("timeline", "Timeline", "bottom", f"{_UI}.timeline.panel:TimelinePanel", is_at_once=True),
    Panel("curves", "Curves", "bottom", f"{_UI}.curves.panel:CurvesPanel"),
    Panel("quality", "Quality", "bottom", f"{_UI}.scopes.quality_panel:QualityPanel"),
    Panel("speech", "Speech", "bottom", f"{_UI}.scopes.speech_panel:SpeechPanel"),
    Panel("timing", "Timing", "bottom", f"{_UI}.scopes.timing_panel:TimingPanel"),
    Panel("takes", "Takes", "bottom", f"{_UI}.takes.panel:TakesPanel"),
    Panel("jobs", "Jobs", "left", f"{_UI}.jobs.panel:JobsPanel", least_width=294),
    Panel("attention", "Attention", "left", f"{_UI}.quality.panel:AttentionPanel", least_width=206),
    Panel("machine", "Performance", "left", f"{_UI}.scopes.machine_panel:MachinePanel"),
)  # fmt: skip

BY_ID: dict[str, Panel] = {panel.id: panel for panel in PANELS}

# those that nobody has seen yet, in the order in which they are likely to be wanted
IN_TURN: tuple[str, ...] = (
    "jobs", "masks", "curves", "takes", "attention", "quality", "speech", "scopes", "timing",
    "machine",
)  # fmt: skip

# name on the workbench -> maker; in this order, before the panels
CONTROLLERS: tuple[tuple[str, str], ...] = (
    ("media", f"{_UI}.media_bin.controller:MediaController"),
    ("project", f"{_UI}.project.controller:ProjectController"),
    ("jobs", f"{_UI}.jobs.controller:JobsController"),
    ("spans", f"{_UI}.timeline.spans:SpansController"),
    ("preflight", f"{_UI}.preflight.controller:PreflightController"),
    ("playback", f"{_UI}.viewer.playback:Playback"),
    ("focus", f"{_UI}.clip_focus:ClipFocus"),
    ("curves", f"{_UI}.curves.controller:CurvesController"),
    ("masks", f"{_UI}.masks.controller:MasksController"),
    ("quality", f"{_UI}.quality.controller:QualityController"),
    ("qualities", f"{_UI}.jobs.qualities:JobQualities"),
    ("networks", f"{_UI}.quality.networks:NetworkMeasuring"),
    ("takes", f"{_UI}.takes.controller:TakesController"),
    ("keeper", f"{_UI}.viewer.keeper:FrameKeeper"),
)
