"""`ringlight demo`: real pictures in, reject pulse out, on one machine.

It walks the product's own way: a data set is prepared, recorded through the line's camera, trained on, exported, and
run by the same box that stands beside a real conveyor. Training happens in a process of its own, by the commands that
a person would type.
"""
