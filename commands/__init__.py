"""What each command of `run.py` does, one file a command; above everything but `run.py` itself."""
