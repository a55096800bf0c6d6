"""Several takes of a span: made, drawn, listed with their states and measures, compared blindly.

Which take holds is a matter of the document (`core.timeline.edits.takes`). What is drawn lies in
the patch store under keys of all inputs, so that every take that was ever drawn is there at once.
"""
