"""Small parts that know nothing of meta-learning."""
