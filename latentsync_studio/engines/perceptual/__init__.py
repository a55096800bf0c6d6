"""LPIPS: how different two pictures look, by a network's features weighted as people judged.

It only measures. Its modules import torch and are imported lazily.
"""
