"""How the network was made: synthetic speech by espeak-ng, augmentation, training, evaluation.

Run from the root of the repository, with the extra `speech` (half an hour on two idle cores):

    alias m="python -m"; T=latentsync_studio.engines.speech_shapes.training
    m $T.make_corpus c1.npz --hours 2 --seed 1
    m $T.make_corpus c2.npz --hours 2 --seed 2
    m $T.make_corpus c3.npz --hours 2 --seed 3
    m $T.train weights.npz c1.npz c2.npz c3.npz --epochs 16 --seed 0
    m $T.calibrate weights.npz
    m $T.evaluate
"""
