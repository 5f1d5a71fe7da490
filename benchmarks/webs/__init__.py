"""What `benchmarks/web.py` measures with: rides past the box, findings held against the truth, maps of full rolls."""
