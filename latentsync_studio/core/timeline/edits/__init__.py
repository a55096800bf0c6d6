"""Pure edits `Project -> Project`: one family a module, each invariant-checked and undoable.

Parts are named by id. A result shares every unchanged part with the project before, and is the very
same object where nothing changed. Every edit either gives a document that `check` accepts or raises
InvalidEditError; what is limited and what is refused stands at each function.
"""
