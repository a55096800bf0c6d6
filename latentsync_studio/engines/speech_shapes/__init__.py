"""Speech to mouth shapes: a small language-independent network, and phonemes where known."""
