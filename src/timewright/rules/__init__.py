"""Pure rules: no SQL, no clock, no I/O. Facts in, an answer out."""
