"""The virtual line: a belt, parts with real pictures, sensors and actuators, on the real or the virtual clock.

Product code: the demo and the closed-loop tests run on it. It is told the truth about every part, and tells at the end
what fell where; the box is told nothing but what its pins, its serial port and its camera say.
"""
