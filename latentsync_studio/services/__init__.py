"""Use cases: analyse, plan, synthesize, compose, render, score, doctor. No Qt, no hidden globals.

Synchronous functions that take a `Progress`; the caller owns the thread that they run in.
"""
