"""The flow: frames, channels, threads, sources and sinks. Knows no stage, no model and no vision."""
