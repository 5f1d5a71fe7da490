"""Leave one picture out: a threshold is chosen on all others and judged on that one.

The model is trained once, on good pictures, and has seen none of those that are left out; what leaves them out is the
choice of the threshold. It is told apart how good a threshold looks where it was chosen (inner) and where it is used
(outer). After the procedure with inner and outer threshold-PRO for inspected membranes; how the threshold is chosen in
detail is Ringlight's own reading of it.
"""
