"""Text out of pictures of single lines: one seam, and the programs behind it."""
