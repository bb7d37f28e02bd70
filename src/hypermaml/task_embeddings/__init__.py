"""Tasks as vectors: their embeddings, how far they lie apart, and what that is good for."""
