"""Speech as numbers: phonemes, visemes and the mouth shapes that they ask for."""
