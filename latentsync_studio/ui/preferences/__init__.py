"""What the user prefers of the program: the controller that keeps it, the dialog, the keys."""
