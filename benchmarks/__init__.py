"""Measurements, each run by hand or by `make bench`; no test depends on a timing."""
