"""Whose models the box runs: keys, the trust folder, the serial that never goes back, and the gate that asks them."""
