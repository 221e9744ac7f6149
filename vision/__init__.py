"""Arrays in, arrays out: no files, threads, clocks or settings."""
