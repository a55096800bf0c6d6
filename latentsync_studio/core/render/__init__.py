"""What is to be rendered: requests, plans, windows and cache keys."""
