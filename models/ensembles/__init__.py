"""Several networks that answer as one, and how different they are."""
