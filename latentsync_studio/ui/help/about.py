"""What this program is, which parts of others it ships, under which licenses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout

from latentsync_studio import __version__
from latentsync_studio.services.about import model_licenses

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class AboutDialog(QDialog):
    """Version, license, and the licenses of model files and libraries."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About LatentSync Studio"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = QLabel(f"<h2>LatentSync Studio {__version__}</h2>", self)
        what = QLabel(
            self.tr(
                "A clip of someone talking, new speech, and a mouth that follows it."
                " Apache License 2.0. Show people saying things only with their consent."
            ),
            self,
        )
        what.setWordWrap(True)
        self.text = QTextBrowser(self)
        self.text.setAccessibleName(self.tr("Licenses of model files and libraries"))
        self.text.setOpenLinks(False)
        self.text.setHtml(self._html())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (title, what, self.text, buttons):
            column.addWidget(widget)
        self.resize(640, 480)

    def _html(self) -> str:
        rows = [
            f"<h3>{model.title}</h3><p>{self.tr('License')}: {model.license}. {model.attribution}"
            f"<br>{self.tr('Files')}: {', '.join(model.files)}</p>"
            for model in model_licenses()
        ]
        libraries = self.tr(
            "Libraries: Qt and PySide6 (LGPL-3.0), FFmpeg through PyAV with x264 and x265 (GPL),"
            " OpenCV (Apache-2.0), NumPy, SciPy, librosa, PyTorch, diffusers, transformers,"
            " OpenTimelineIO and others under their own licenses; see the file NOTICE."
        )
        return "".join(rows) + f"<p>{libraries}</p>"
