"""Who is known: people, their embeddings and their history, in one file."""
