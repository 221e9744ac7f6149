"""What stages find, beside boxes and tracks: a file for each kind, columns that are checked and frozen where made."""
