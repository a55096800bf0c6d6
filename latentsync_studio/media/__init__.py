"""Bytes to frames and samples and back, with PyAV: probe, PTS index, decode, encode, mux.

May import core and imaging; knows nothing of engines, storage or Qt. Threads import these modules
when they first need them, several at once: whoever needs a part of PyAV imports `av` itself first.
Python waits for a package that another thread imports only where its own name is asked for; parts
of one that is half there are imported twice, with types that do not fit each other.
"""
