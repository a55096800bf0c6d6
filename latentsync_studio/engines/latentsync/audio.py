"""What the model hears: states of the Whisper encoder around the time of each frame.

Five states a row: the embedding and the outputs of the four layers, the last one before the final
LayerNorm (which `hidden_states[4]` of the stock class already has behind it).

Source: LatentSync's defaults, but for the windows, see `speech_windows`; `exact` is its own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from latentsync_studio.core.errors import InputError
from latentsync_studio.engines.latentsync.speech_windows import (
    ROWS,
    centers,
    file_mel,
    heard_rows,
    stretch_mel,
    stretches,
)

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    from latentsync_studio.core.arrays import F32, F64

STATES: Final = 5
_BLOCK = 3000  # spectrum columns that the encoder takes: 30 s


class AudioEncoder:
    """Turns speech into what frames hear. Safe to call from several threads, one runs at a time."""

    def __init__(self, whisper: WhisperEncoder, device: torch.device, dtype: torch.dtype) -> None:
        """Take an encoder of four layers with its weights; it is moved to `device` and `dtype`."""
        if whisper.config.encoder_layers != STATES - 1:
            raise ValueError(f"{whisper.config.encoder_layers} layers do not give {STATES} states.")
        module: nn.Module = whisper
        module.eval().to(device=device, dtype=dtype)
        self._whisper = whisper
        self._device, self._dtype = device, dtype
        self._turn = Lock()

    def features(self, pcm: F32, *, exact: bool = False) -> SpeechFeatures:
        """Make speech ready to be heard.

        Args:
            pcm: (S,) f32 mono at 16 kHz.
            exact: the reference's way, to compare with it: blocks of 30 s that know nothing of
                each other, depth counted from the file's loudest point, rows repeated beyond the
                ends. All of it is encoded here; otherwise nothing is, before it is asked for.

        Raises:
            InputError: `exact`, and less than 20 ms of speech.
        """
        return SpeechFeatures(self, pcm, self._table(pcm) if exact else None)

    @torch.no_grad()
    def encode(self, mel: F32) -> Tensor:
        """States of one piece of speech, positions counted from its beginning.

        Always one piece at a time and always 30 s long, 0.0 behind it: what else is encoded, and
        how much, cannot change the result.

        Args:
            mel: (80, n) f32, n even and at most 3000, as `speech_windows.normalized` gives it.

        Returns:
            (n / 2, 5, width) f32 on the encoder's device.
        """
        columns = mel.shape[1]
        given = torch.from_numpy(mel).to(self._device, self._dtype)
        padded = functional.pad(given, (0, _BLOCK - columns))[None]
        last: list[Tensor] = []
        with self._turn:
            hook = self._whisper.layer_norm.register_forward_pre_hook(
                lambda _module, inputs: last.append(inputs[0])
            )
            try:
                states = self._whisper(padded, output_hidden_states=True).hidden_states
            finally:
                hook.remove()
        if len(states) != STATES or len(last) != 1:
            raise RuntimeError(f"The encoder gave {len(states)} states and {len(last)} last ones.")
        stacked = torch.cat([*states[:-1], *last]).movedim(0, 1)
        return stacked[: columns // 2].float()

    def _table(self, pcm: F32) -> Tensor:
        """(L, 5, width) rows of the whole file in blocks of 30 s."""
        mel = file_mel(pcm)
        if mel.shape[1] < 2:
            raise InputError(
                f"The speech is {len(pcm) / 16:.1f} ms long; 20 ms is the least.",
                remedy="Choose another speech.",
            )
        blocks = [mel[:, at : at + _BLOCK] for at in range(0, mel.shape[1], _BLOCK)]
        return torch.cat([self.encode(block) for block in blocks])


@dataclass(frozen=True, slots=True)
class SpeechFeatures:
    """One speech, ready to be heard."""

    _encoder: AudioEncoder
    _pcm: F32
    table: Tensor | None  # (L, 5, width) f32 of the whole file where `exact`

    def context(self, seconds: F64) -> Tensor:
        """What the frames of one window hear.

        Args:
            seconds: (F,) f64 begins of the frames within the speech, in order; any times.

        Returns:
            (F, 50, width) f32 on the encoder's device: ten rows of five states, row by row. It
            depends on these times and on the speech within 2.5 s around them alone, unless the
            features are `exact`.
        """
        center = centers(seconds)
        if self.table is not None:
            rows = heard_rows(center).clip(0, len(self.table) - 1)
            return _flat(self.table, rows)
        parts = []
        for stretch in stretches(center):
            states = self._encoder.encode(stretch_mel(self._pcm, stretch))
            parts.append(_flat(states, heard_rows(center[stretch.frames]) - stretch.first))
        return torch.cat(parts)


def frame_context(features: SpeechFeatures, seconds: F64) -> Tensor:
    """As `features.context(seconds)`."""
    return features.context(seconds)


def _flat(states: Tensor, rows: object) -> Tensor:
    """Rows (F, 10) of states (L, 5, width) -> (F, 50, width)."""
    picked = states[torch.as_tensor(rows, device=states.device)]
    return picked.reshape(len(picked), ROWS * STATES, -1)
