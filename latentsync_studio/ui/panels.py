"""The panels of the window: one line each; the class is imported when the window is made."""

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
    """

    id: str
    title: str
    area: Area
    maker: str


_UI = "latentsync_studio.ui"

PANELS: tuple[Panel, ...] = (
    Panel("viewer", "Viewer", "center", f"{_UI}.viewer.panel:ViewerPanel"),
    Panel("media_bin", "Media", "left", f"{_UI}.media_bin.panel:MediaBinPanel"),
    Panel("inspector", "Inspector", "right", f"{_UI}.inspector.panel:InspectorPanel"),
    Panel("masks", "Masks", "right", f"{_UI}.masks.panel:MasksPanel"),
    Panel("scopes", "Scopes", "right", f"{_UI}.scopes.light_panel:LightPanel"),
    Panel("timeline", "Timeline", "bottom", f"{_UI}.timeline.panel:TimelinePanel"),
    Panel("curves", "Curves", "bottom", f"{_UI}.curves.panel:CurvesPanel"),
    Panel("quality", "Quality", "bottom", f"{_UI}.scopes.quality_panel:QualityPanel"),
    Panel("speech", "Speech", "bottom", f"{_UI}.scopes.speech_panel:SpeechPanel"),
    Panel("timing", "Timing", "bottom", f"{_UI}.scopes.timing_panel:TimingPanel"),
    Panel("takes", "Takes", "bottom", f"{_UI}.takes.panel:TakesPanel"),
    Panel("jobs", "Jobs", "left", f"{_UI}.jobs.panel:JobsPanel"),
    Panel("attention", "Attention", "left", f"{_UI}.quality.panel:AttentionPanel"),
    Panel("machine", "Performance", "left", f"{_UI}.scopes.machine_panel:MachinePanel"),
)

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
    ("networks", f"{_UI}.quality.networks:NetworkMeasuring"),
    ("takes", f"{_UI}.takes.controller:TakesController"),
    ("keeper", f"{_UI}.viewer.keeper:FrameKeeper"),
)
