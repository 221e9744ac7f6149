"""The folder of a run: what went in, what came out, and how runs compare."""
