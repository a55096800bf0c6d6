"""What is measured on a result, how good it has to be, and which spans of it need a person."""
