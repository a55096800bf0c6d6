"""What speaks against a job, found in about two seconds before it is begun.

What earlier analyses kept is used in full; what would have to be decoded is looked at in samples,
and said so.
"""
