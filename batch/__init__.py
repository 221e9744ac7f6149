"""Many recordings, on many cores and machines: the same results as one at a time, byte for byte."""
