"""What a sequence means in pixels and sound: takes of its clips, spans, preview, movie."""
