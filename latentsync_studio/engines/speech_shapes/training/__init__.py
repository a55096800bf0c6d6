"""How the network was made: synthetic speech by espeak-ng, augmentation, training, evaluation."""
