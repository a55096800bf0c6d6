"""Jobs: the queue as the window shows it, run one by one in a thread of their own.

`controller.py` is what other parts talk to; the queue itself, which every window and the command
line share, is `services.queue`.
"""
