"""What leaves the program: clips and layers with handles, packages, forecasts of size and time."""
