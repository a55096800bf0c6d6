"""Painted masks and animated values: layers, tiles, strokes, keyframes; pure values."""
