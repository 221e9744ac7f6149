"""What was learned on some pictures, carried over to others."""
