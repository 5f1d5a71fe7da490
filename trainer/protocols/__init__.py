"""Protocols: how often a method is trained, on what, and tested on what else. One number from one split is an anecdote.

A fold is trained, exported and evaluated by the product's own commands in processes of their own, so that what is
measured is what a user gets, folds run side by side, and a run that was cut off goes on where it was.
"""
