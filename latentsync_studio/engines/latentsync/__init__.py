"""The LatentSync engine: a diffusion network redraws the lower face after what it hears.

This package and `engine.py` import without torch; everything else is imported when it is used.
"""
