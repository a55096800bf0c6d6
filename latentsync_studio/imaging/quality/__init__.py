"""Measures of pictures, each on a result and on its source alike: arrays in, numbers out."""
