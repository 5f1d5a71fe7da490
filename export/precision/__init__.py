"""Graphs whose backbone computes in half precision or in integers, while distance and discriminator stay in single
precision.

The backbone is where the time goes. What judges its features is a hundredth of the work, and the place where rounding
costs verdicts: PaDiM looks at the directions in which good features hardly vary.
"""
