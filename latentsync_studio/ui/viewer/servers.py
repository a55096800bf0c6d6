"""Opens what the threads of pictures and sound work with; imports happen on those threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.ui.workbench import Workbench
    from latentsync_studio.ui.workers.frames import Server
    from latentsync_studio.ui.workers.sound import Mix

_MIB = 2**20
_PROGRAM_MIB = 600  # of the memory limit: the program and its models
_LEAST_MIB = 128


def server_maker(workbench: Workbench) -> Callable[[], Server]:
    """A maker of the frame server, with half of the memory that pictures may take."""
    services = workbench.services
    limit = workbench.preferences.current.performance.memory_limit
    cache_bytes = max((limit - _PROGRAM_MIB) // 2, _LEAST_MIB) * _MIB

    def make() -> Server:
        from latentsync_studio.services.timeline.preview import FrameServer

        return FrameServer(services, cache_bytes)

    return make


def mix_maker(workbench: Workbench) -> Callable[[int, int], Mix]:
    """A maker of the mix of sequences."""
    services = workbench.services

    def make(hz: int, channels: int) -> Mix:
        from latentsync_studio.services.timeline.mix import SequenceMix

        return SequenceMix(services, hz, channels)

    return make
