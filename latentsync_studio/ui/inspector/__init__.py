"""The inspector: settings of what is selected, presets, the face and the sync of its speech."""
