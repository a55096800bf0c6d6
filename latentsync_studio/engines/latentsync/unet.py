"""The denoising network: the stock motion U-Net of diffusers with the norms LatentSync has.

One pass takes a clip of F frames at once. Frames meet in the clip-wide norms and in the temporal
attention of the motion modules, so that leaving frames out changes the others.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets.unet_motion_model import (
    AnimateDiffTransformer3D,
    UNetMotionModel,
    UNetMotionOutput,
)

from latentsync_studio.engines.latentsync.attention import AudioAttention
from latentsync_studio.engines.latentsync.norms import (
    ClipGroupNorm,
    ClipLength,
    FrameGroupNorm,
)

if TYPE_CHECKING:
    from torch import Tensor

NOISY, MASK, MASKED, REFERENCE = slice(0, 4), slice(4, 5), slice(5, 9), slice(9, 13)
IN_CHANNELS: Final = 13
AUDIO_TOKENS: Final = 50
LATENT_STRIDE: Final = 8  # pixels per latent

FULL_CONFIG: Final[dict[str, Any]] = {
    "sample_size": 64,
    "in_channels": IN_CHANNELS,
    "out_channels": 4,
    "down_block_types": [*["CrossAttnDownBlockMotion"] * 3, "DownBlockMotion"],
    "up_block_types": ["UpBlockMotion", *["CrossAttnUpBlockMotion"] * 3],
    "block_out_channels": [320, 640, 1280, 1280],
    "layers_per_block": 2,
    "mid_block_scale_factor": 1.0,  # as the other blocks have it: an integer is compiled anew
    "act_fn": "silu",
    "norm_num_groups": 32,
    "norm_eps": 1e-5,
    "cross_attention_dim": 384,
    "transformer_layers_per_block": 1,
    "temporal_transformer_layers_per_block": 1,
    "use_linear_projection": False,
    "num_attention_heads": 8,
    "motion_max_seq_length": 24,
    "motion_num_attention_heads": 8,
    "use_motion_mid_block": False,
}


def unet_config(**changes: object) -> dict[str, Any]:
    """Return the published configuration with `changes`; the network of 1.5 and 1.6 is the same."""
    return {**FULL_CONFIG, **changes}


class LatentSyncUNet(UNetMotionModel):
    """The U-Net of LatentSync 1.5 and 1.6.

    Make it of `unet_config()`. The input has 13 channels: 4 noisy latents, 1 mask (1 = keep),
    4 latents of the masked picture, 4 of the reference.
    """

    _repeated_blocks = ["ResnetBlock2D", "Transformer2DModel", "AnimateDiffTransformer3D"]  # noqa: RUF012 - as in the parent

    # What was done to it already, by `fusing` and `regions`.
    is_fused = is_channels_last = is_compiled = False

    # The signature must stay the parent's: `from_config` reads it to know what it may pass on.
    @wraps(UNetMotionModel.__init__)  # type: ignore[misc]  # constructors may be wrapped
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._clip = ClipLength()
        found = self._correct_norms(), self._hear_nothing_for_free()
        if found != self._expected_counts():
            raise ValueError(f"Not LatentSync's layout: {found}, {self._expected_counts()}")

    def forward(
        self,
        sample: Tensor,
        timestep: Tensor | float,
        encoder_hidden_states: Tensor | None,
        *args: object,
        null_rows: int = 0,
        **kwargs: object,
    ) -> UNetMotionOutput | tuple[Tensor]:
        """Predict the noise.

        Args:
            sample: (B, 13, F, h, w).
            timestep: one for the clip, 0..999.
            encoder_hidden_states: ((B - null_rows) * F, 50, 384), clip by clip.
            null_rows: how many leading clips hear nothing; exact and cheaper than zeros.
            args: as in the parent.
            kwargs: as in the parent.

        Raises:
            ValueError: shapes that do not belong together.
        """
        self.prepare(sample, encoder_hidden_states, null_rows)
        made: UNetMotionOutput | tuple[Tensor] = super().forward(
            sample, timestep, encoder_hidden_states, *args, **kwargs
        )
        return made

    @property
    def resolution(self) -> int:
        """Side of the picture it was trained at, in pixels."""
        return LATENT_STRIDE * int(self.config["sample_size"])

    @property
    def most_frames(self) -> int:
        """The longest clip its positional tables reach."""
        return int(self.config["motion_max_seq_length"])

    def prepare(self, sample: Tensor, audio: Tensor | None, null_rows: int) -> None:
        """Check a pass's inputs and tell the norms its number of frames; see `forward`.

        Raises:
            ValueError: shapes that do not belong together.
        """
        if sample.dim() != 5 or sample.shape[1] != self.config["in_channels"]:
            raise ValueError(f"the sample is {tuple(sample.shape)}, not (B, 13, F, h, w)")
        batch, _, frames = sample.shape[:3]
        if not 0 < frames <= self.most_frames:
            raise ValueError(f"{frames} frames at once; it knows 1 to {self.most_frames}")
        rows = 0 if audio is None else audio.shape[0]
        if not 0 <= null_rows <= batch or rows != (batch - null_rows) * frames:
            raise ValueError(
                f"audio for {rows} frames; {batch} clips of {frames} frames, {null_rows} of them"
                f" silent, need {(batch - null_rows) * frames}"
            )
        self._clip.frames = frames

    def _correct_norms(self) -> tuple[int, int]:
        """Swap the norms; return how many (over the clip, per frame)."""
        shared, single = 0, 0
        for module in list(self.modules()):
            if isinstance(module, ResnetBlock2D):
                module.norm1 = ClipGroupNorm(module.norm1, self._clip)
                module.norm2 = ClipGroupNorm(module.norm2, self._clip)
                shared += 2
            elif isinstance(module, AnimateDiffTransformer3D):
                module.norm = FrameGroupNorm(module.norm)
                single += 1
        self.conv_norm_out = ClipGroupNorm(self.conv_norm_out, self._clip)
        return shared + 1, single

    def _hear_nothing_for_free(self) -> int:
        """Give every cross-attention to the audio its processor; return how many."""
        heard = 0
        for module in self.modules():
            if isinstance(module, Transformer2DModel):
                for block in module.transformer_blocks:
                    block.attn2.set_processor(AudioAttention())
                    heard += 1
        return heard

    def _expected_counts(self) -> tuple[tuple[int, int], int]:
        """Norms over the clip and per frame, and cross-attentions, as the configuration says."""
        depths = self.config["layers_per_block"]
        levels = len(self.config["block_out_channels"])
        depths = [depths] * levels if isinstance(depths, int) else list(depths)
        blocks = 2 * sum(depths) + levels  # the way up has one more at every level
        crossing = sum(
            depth
            for depth, kind in zip(depths, self.config["down_block_types"], strict=True)
            if kind.startswith("CrossAttn")
        ) + sum(
            depth + 1
            for depth, kind in zip(reversed(depths), self.config["up_block_types"], strict=True)
            if kind.startswith("CrossAttn")
        )
        return (2 * (blocks + 2) + 1, blocks), crossing + 1
