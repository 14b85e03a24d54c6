"""Benchmarks: each figure is a ratio or a size measured in one run, beside its bar. `python -m bench [NAME…]`."""
