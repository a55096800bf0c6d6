"""Bytes to frames and samples and back, with PyAV: probe, PTS index, decode, encode, mux.

May import core and imaging; knows nothing of engines, storage or Qt.
"""
