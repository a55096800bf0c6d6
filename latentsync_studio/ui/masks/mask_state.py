"""Which mask tool is in hand and how it draws; kept on disk, never part of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from latentsync_studio.ui.workbench import Workbench

MaskTool = Literal["off", "brush", "eraser", "lasso", "polygon", "ellipse", "gradient", "flood"]
MaskView = Literal["overlay", "alpha", "cutout", "hidden"]
TOOLS: tuple[MaskTool, ...] = (
    "off", "brush", "eraser", "lasso", "polygon", "ellipse", "gradient", "flood",
)  # fmt: skip
VIEWS: tuple[MaskView, ...] = ("overlay", "alpha", "cutout", "hidden")
STROKES = frozenset(("brush", "eraser"))
SMALLEST, LARGEST = 1.0, 2000.0  # px of a brush
_SIZE_STEP, _HARDNESS_STEP = 1.15, 0.1
COLORS = ("#ff3b30", "#34c759", "#0a84ff", "#ffd60a", "#ff2fd0", "#ffffff")
_PART = "masks"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How the tools draw and how the mask is shown.

    Attributes:
        size: px of the picture across the brush.
        hardness: 0..1, share of the brush that is full.
        opacity: 0..1, most that a stroke or a shape covers.
        edge: px by which the edge of a shape is soft.
        tolerance: 0..255, difference of color that a flood still takes.
        pressure_size: the pen's pressure sets the size.
        pressure_opacity: the pen's pressure sets the opacity.
        color: of the overlay, "#rrggbb".
        shade: 0..1, opacity of the overlay.
        view: how the mask is shown.
        whole: it is that of the result, not of the chosen layer.
        onion: whether the shapes before and after are outlined.
    """

    size: float = 60.0
    hardness: float = 0.5
    opacity: float = 1.0
    edge: float = 3.0
    tolerance: int = 24
    pressure_size: bool = True
    pressure_opacity: bool = True
    color: str = COLORS[0]
    shade: float = 0.5
    view: MaskView = "overlay"
    whole: bool = False
    onion: bool = False


class MaskState(QObject):
    """Tool and options.

    Signals:
        tool_changed(): another tool is in hand, or it paints where it erased.
        changed(): an option is otherwise.

    Attributes:
        tool: in hand, "off" for none.
        is_erasing: shapes and the brush take away.
        options: how they draw.
    """

    tool_changed = Signal()
    changed = Signal()

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._preferences = workbench.preferences
        self.tool: MaskTool = "off"
        self.is_erasing = False
        self.options = _read(self._preferences.layout(_PART))

    @property
    def is_off(self) -> bool:
        """Whether no mask tool is in hand."""
        return self.tool == "off"

    @property
    def takes_away(self) -> bool:
        """Whether what is drawn is taken away."""
        return self.is_erasing or self.tool == "eraser"

    def use_tool(self, tool: MaskTool) -> None:
        """Take another tool, or none."""
        if tool != self.tool:
            self.tool = tool
            self.tool_changed.emit()

    def erase(self, erasing: bool) -> None:
        """Take away with the tool, or add."""
        if erasing is not self.is_erasing:
            self.is_erasing = erasing
            self.tool_changed.emit()

    def use(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Options
        """Change options."""
        made = msgspec.structs.replace(self.options, **changes)
        if made != self.options:
            self.options = made
            self.changed.emit()

    def resize(self, steps: int) -> None:
        """Make the brush larger (or smaller: below 0) by steps."""
        size = self.options.size * _SIZE_STEP**steps
        self.use(size=round(min(max(size, SMALLEST), LARGEST), 1))

    def harden(self, steps: int) -> None:
        """Make the brush harder (or softer: below 0) by steps."""
        hardness = self.options.hardness + steps * _HARDNESS_STEP
        self.use(hardness=round(min(max(hardness, 0.0), 1.0), 2))

    def remember(self) -> None:
        """Keep the options for the next start."""
        self._preferences.set_layout(_PART, msgspec.json.encode(self.options))


def _read(state: bytes) -> Options:
    """What was kept; the first values where nothing or another form was."""
    try:
        return msgspec.json.decode(state or b"{}", type=Options)
    except msgspec.DecodeError:
        return Options()
