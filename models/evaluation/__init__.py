"""How right a classifier is, in any form, and where it is wrong."""
