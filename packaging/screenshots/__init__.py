"""Walks through the real window with real keys and a real mouse, photographed.

`stage.py` makes a screen of its own with the program on it; `scenes.py` knows what to do there.
"""
