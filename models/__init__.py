"""Networks: what each wants, where it comes from, how it is run, and how it is converted."""
