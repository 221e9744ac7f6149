"""A trained network as files that the pipeline runs, each proved against it."""
