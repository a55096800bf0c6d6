"""Comparing finished movies: their measures, their mouths side by side, and what people voted."""
