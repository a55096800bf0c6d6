"""The media bin: files of the project with pictures, facts, what is odd about them, and relinking."""
