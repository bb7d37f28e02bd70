"""How each task is made from its sources, and the words that define it."""
