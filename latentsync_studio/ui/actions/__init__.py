"""Everything that can be done in the window, in one table: menus, keys and palette come from it.

`table.py` names the commands, `keymaps.py` the keys of each preset, `registry.py` makes a QAction
of each; the panels bind what they can do to the names. An action that nobody bound is disabled.
`own_keys.py` lets the control that has the focus have its keys before them.
"""
