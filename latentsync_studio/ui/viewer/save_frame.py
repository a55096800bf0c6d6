"""Writes a picture as a PNG file, whole or not at all; for a background thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QSaveFile
from PySide6.QtGui import QImageWriter

from latentsync_studio.core.errors import StorageError
from latentsync_studio.ui.images import rgb_image

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

    from latentsync_studio.core.arrays import Rgb8

_COMPRESSION = 50  # of 0..100: photographs get hardly smaller beyond it, only slower


def save_png(picture: Rgb8, path: Path) -> None:
    """Write (H, W, 3) u8 RGB as PNG; a file that was there is replaced only by a complete one.

    Raises:
        StorageError: the folder or the disk refuses.
    """
    save_image(rgb_image(picture), path)


def save_image(image: QImage, path: Path) -> None:
    """The same with an image of Qt."""
    file = QSaveFile(str(path))
    if file.open(QIODevice.OpenModeFlag.WriteOnly):
        writer = QImageWriter(file, b"png")
        writer.setCompression(_COMPRESSION)
        if writer.write(image) and file.commit():
            return
        is_unknown = writer.error() == QImageWriter.ImageWriterError.UnknownError
        reason = file.errorString() if is_unknown else writer.errorString()
    else:
        reason = file.errorString()
    raise StorageError(
        f"{str(path)!r} cannot be written: {reason}.",
        remedy="Choose a folder that you may write to, on a disk with room.",
    )
