"""The dialog that asks where a movie goes and how it is encoded."""
