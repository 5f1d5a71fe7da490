"""The data set doctor: what a data set's own pictures say about how far a number measured on them can be believed."""
