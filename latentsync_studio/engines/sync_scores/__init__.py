"""SyncNet v2: how surely picture and sound belong together, and by how many frames they are apart.

It only measures. `network`, `loading` and `streams` import torch and are imported lazily;
everything else is numpy.
"""
