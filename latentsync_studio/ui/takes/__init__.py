"""Takes in the window: the dock that lists them, blind comparisons, and what their votes say.

The controller edits the document and asks the services on threads of its own; panel, dialogs and
the blind window only show. Nothing is drawn here: a take that is missing becomes a job.
"""
