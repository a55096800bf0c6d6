"""Tensors out of files for every engine: read as data only, and complete or refused.

What it imports is torch, so it is imported only by modules that are imported lazily themselves.
"""
