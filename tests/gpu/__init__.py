"""What needs a graphics processor: measurements that say what was run, on what, and when."""
