"""Attention to the audio that costs nothing where there is none, and self-attention at once.

Silence is all zeros to this model and its keys and values have no bias, so that the attention of
a clip without audio is exactly the bias of the output projection: no query, key, value or softmax
is computed for it. The guidance's null half is such a clip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from diffusers.models.attention_processor import Attention


class AudioAttention:
    """Attention processor whose leading rows hear nothing.

    Of the N rows (one frame each) of the hidden states, the last M attend to the M rows of audio
    that are given, and the first N - M to none. No audio at all means that M = 0.
    """

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Return (N, T, C) for hidden states (N, T, C) and audio (M, K, D), M <= N."""
        if attention_mask is not None:
            raise ValueError("The audio attention knows no masks.")
        heard = 0 if encoder_hidden_states is None else encoder_hidden_states.shape[0]
        silent = hidden_states.shape[0] - heard
        project: Any = attn.to_out[0]
        # through the module, not its bias: its weights may be brought only when it is called
        zeros = hidden_states.new_zeros((1, 1, project.in_features))
        nothing: Tensor = project(zeros).expand(silent, *hidden_states.shape[1:])
        if encoder_hidden_states is None:
            return nothing
        query = _heads(attn.to_q(hidden_states[silent:]), attn.heads)
        key = _heads(attn.to_k(encoder_hidden_states), attn.heads)
        value = _heads(attn.to_v(encoder_hidden_states), attn.heads)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        attended: Tensor = project(mixed.transpose(1, 2).flatten(2))
        return torch.cat([nothing, attended]) if silent else attended


class FusedSelfAttention:
    """Attention processor of a self-attention whose three projections are one, `to_qkv`."""

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Return (N, T, C) for hidden states (N, T, C)."""
        if encoder_hidden_states is not None or attention_mask is not None:
            raise ValueError("A self-attention has no other states and no mask.")
        together: Any = attn.to_qkv
        query, key, value = (
            _heads(part, attn.heads) for part in together(hidden_states).chunk(3, dim=2)
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        project: Any = attn.to_out[0]
        attended: Tensor = project(mixed.transpose(1, 2).flatten(2))
        return attended


def _heads(rows: Tensor, heads: int) -> Tensor:
    """(N, T, heads * d) -> (N, heads, T, d)."""
    batch, tokens, width = rows.shape
    return rows.view(batch, tokens, heads, width // heads).transpose(1, 2)
