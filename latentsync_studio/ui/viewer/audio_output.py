"""The sound device: takes samples from a ring and tells which one is heard now.

What is heard follows from the time at which the device will play the block that it takes, so the
playhead is right with any latency. Where the ring is empty the device plays silence and nothing
counts as heard: the picture waits for the sound. A device that only swallows samples (ALSA's null)
takes them as fast as it can; what is heard then follows the wall clock.
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from latentsync_studio.core.errors import StudioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.ui.workers.ring import SampleRing

CHANNELS = 2
# What PortAudio calls a high latency, 35 ms, starves on ALSA's way to a sound server (PulseAudio,
# PipeWire) while the machine is busy, and such a stream then stands still for seconds.
LATENCY_S = 0.15
_FASTEST = 1.01  # of the wall clock: no real device is off by so much
log = logging.getLogger(__name__)


class NoSoundDevice(StudioError):  # noqa: N818 - a state of the machine; playing goes on silently
    """There is no device for sound, or it does not play."""

    code = "no-sound-device"


class Stream(Protocol):
    """What is used of a stream of PortAudio."""

    latency: float

    def start(self) -> None:
        """Begin to ask for samples."""
        ...

    def abort(self) -> None:
        """Be silent at once."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


class _Mark(NamedTuple):
    """Sample `first` of the run is heard at `at` (perf_counter); `stop` were taken in all."""

    first: int
    stop: int
    at: float


class Speaker:
    """The default output device; owned by one thread, but `heard` may be called by any.

    Attributes:
        gain: what samples are multiplied with; a new one is reached within a block.
        underruns: blocks that could not be filled since the run began.
    """

    def __init__(self, ring: SampleRing, open_stream: Callable[..., Stream] | None = None) -> None:
        self._ring = ring
        self._open_stream = open_stream or _open_stream
        self._stream: Stream | None = None
        self._hz = 0
        self._mark: _Mark | None = None
        self._taken = self._most = 0
        self._first_at = 0.0
        self.gain = self._gain = 1.0  # wanted; reached
        self.underruns = 0

    def open(self, hz: int) -> None:
        """Have a stream of `hz` samples a second.

        Raises:
            NoSoundDevice: no device, or none that takes this rate.
        """
        if self._stream is not None and self._hz == hz:
            return
        self.close()
        self._stream = self._open_stream(hz, self._fill)
        self._hz = hz

    def start(self) -> None:
        """Play what is in the ring from now on.

        Raises:
            NoSoundDevice: the device refuses.
        """
        self._mark = None
        self._gain = self.gain
        self._taken = self._most = self.underruns = 0
        if self._stream is None:
            raise NoSoundDevice("The sound device is not open.")
        try:
            self._stream.start()
        except Exception as error:
            self.close()
            raise NoSoundDevice(f"The sound device does not start: {error}.") from error

    def stop(self) -> None:
        """Be silent at once; the device stays open."""
        if self._stream is not None:
            self._stream.abort()

    def close(self) -> None:
        """Let go of the device."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def heard(self) -> int:
        """Samples of the run that left the device by now; never falls within a run."""
        mark = self._mark
        if mark is not None:
            now = perf_counter()
            heard = min(mark.first + int((now - mark.at) * self._hz), mark.stop)
            possible = int((now - self._first_at) * self._hz * _FASTEST) + self._hz // 20
            self._most = max(self._most, min(heard, possible))
        return self._most

    def _fill(self, out: F32, count: int, time: Any, _status: object) -> None:  # noqa: ANN401
        """Called by the device's own thread: must be quick and never raise."""
        got = self._ring.read_into(out)
        out[got:] = 0.0
        self._amplify(out[:got])
        if got < count and not self._ring.is_complete:
            self.underruns += 1
        told = time.outputBufferDacTime - time.currentTime
        is_told = 0 < told < 2  # some drivers do not tell, and none does of the very first block
        latency = self._stream.latency if self._stream is not None else 0.0
        if got:
            now = perf_counter()
            if not self._taken:  # not before this, if all went at once
                self._first_at = now + (told if is_told else 0.0)
            delay = told if is_told else latency
            self._mark = _Mark(self._taken, self._taken + got, now + delay)
            self._taken += got

    def _amplify(self, block: F32) -> None:
        """Make (n, channels) samples louder or softer, without a click where that changes."""
        before, self._gain = self._gain, self.gain
        if before != self._gain:
            block *= np.linspace(before, self._gain, len(block), dtype=np.float32)[:, None]
        elif before != 1.0:
            block *= np.float32(before)


def _open_stream(hz: int, fill: Callable[..., None]) -> Stream:
    """A stream on the system's default device, looked for anew.

    Raises:
        NoSoundDevice: there is none, or PortAudio is not installed.
    """
    try:
        import sounddevice
    except OSError as error:
        raise NoSoundDevice(
            "PortAudio, the library for sound devices, is not installed.",
            remedy="On Debian and Ubuntu: sudo apt-get install libportaudio2",
        ) from error
    try:
        # PortAudio lists devices once; headphones that were plugged in later need a new list, and
        # sounddevice has no public name for it.
        sounddevice._terminate()  # noqa: SLF001 - as said above
        sounddevice._initialize()  # noqa: SLF001 - as said above
        stream: Stream = sounddevice.OutputStream(
            samplerate=hz, channels=CHANNELS, dtype="float32", latency=LATENCY_S, callback=fill
        )
    except (sounddevice.PortAudioError, ValueError) as error:
        log.info("no sound device: %s", error)
        raise NoSoundDevice(f"No sound device plays {hz} Hz: {error}.") from error
    return stream
