"""Weights of the neural engines: cards, where they lie, whether they are what they should be.

Nothing here imports torch, and only `fetch` ever uses the network, when the user asks for it.
"""
