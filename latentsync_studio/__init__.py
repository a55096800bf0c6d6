"""LatentSync Studio: a lip-sync editor. A clip, new speech, and a mouth that follows it."""

__version__ = "0.1.0"
