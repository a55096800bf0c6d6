"""OpenTimelineIO (.otio), which Resolve, Premiere Pro, Kdenlive, Hiero and others read and write.

Written with the library, so that it is what the library reads. Read without it: the library refuses
a whole file for one effect that it does not know, and trusts how deep a file is.
"""
