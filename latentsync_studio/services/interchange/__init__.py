"""Cuts to and from other editing programs: the project on one side, their files on the other."""
