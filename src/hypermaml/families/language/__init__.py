"""Tasks in words: prompts, their tokens, and the family."""
