"""The media bin: the files of the project with pictures and facts, import and relinking."""
