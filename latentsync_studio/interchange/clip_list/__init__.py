"""Lists of clips: Avid Log Exchange for Avid's bins, and CSV for people and spreadsheets."""
