"""Captions: the words that are said, as SubRip (.srt) or WebVTT (.vtt)."""
