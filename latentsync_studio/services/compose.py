"""Compose one output frame: source picture + patch + settings, the same for viewer and export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.imaging.blend import composite

if TYPE_CHECKING:
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.settings.pages import ComposeSettings


def compose_frame(
    picture: Picture, patch: Patch | None, face: FaceTrack, settings: ComposeSettings
) -> Picture:
    """Lay `patch` over its source picture; without a patch the picture passes through as it is."""
    if patch is None:
        return picture
    usable = float(face.usable[picture.index])
    return composite(picture, patch, face.landmarks[picture.index], usable, settings)
