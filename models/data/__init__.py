"""Pictures with the names of what they show: found, checked, split, and looked at."""
