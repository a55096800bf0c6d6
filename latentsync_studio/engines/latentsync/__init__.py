"""The LatentSync diffusion engine on stock diffusers classes: audio-driven inpainting of faces.

This package and `engine.py` import without torch; everything else is imported when it is used.
"""
