"""Preflight in the window: before a job is begun it tells what speaks against it, with buttons."""
