"""The window: shows the project and asks for edits; the only package that knows Qt.

Folders are named after what the user sees; `store.py` holds the project, `session.py` what is seen
of it (playhead, selection, tool), `workers/` owns every thread. Pictures and facts come from
`services`, on worker threads, imported when they are first needed so that the window opens at once.
"""

from latentsync_studio.ui.plain_imports import use_plain_imports

use_plain_imports()  # first of all, because the rest is imported faster then
