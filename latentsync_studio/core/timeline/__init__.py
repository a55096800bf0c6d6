"""The edited cut: sequence, tracks, clips, time code and pure edits on them."""
