"""What is said in a clip itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.wiring import Services


def own_sound(path: Path, services: Services, progress: Progress) -> F32 | None:
    """(S,) f32 at 16 kHz from the clip's first frame on; None where it is silent."""
    from latentsync_studio.media.probe import probe
    from latentsync_studio.services.speech import RATE_HZ, decoded_mono

    facts = probe(path).audio
    if facts is None:
        return None
    pcm, _ = decoded_mono(path, services.store.root, progress)
    return pcm[round(max(-facts.offset_s, 0.0) * RATE_HZ) :]
