"""One frozen struct a settings page; limits, labels, help, JSON and forms come from its fields."""
