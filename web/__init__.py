"""The page: live pictures, figures and controls in a browser, and the same as JSON for programs."""
