"""Where values go: which functions, classes, objects and generators each expression of a program may be."""
