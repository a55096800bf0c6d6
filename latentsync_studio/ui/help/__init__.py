"""Finding one's way: command palette, quick guide, about, reporting a problem."""
