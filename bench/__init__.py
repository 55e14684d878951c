"""The benchmark of the embedded engine: figures beside their denominators, measured in the same round.

`make bench` runs it; docs/performance.md says what each figure means.
"""
