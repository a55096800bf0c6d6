"""Comparing takes and movies: blind trials, what their votes prove, and tables of measures.

Pure: numpy and exact integers; no system is ever called better on a number that has no error bar.
"""
