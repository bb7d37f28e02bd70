"""A trained method on a task of the user."""
