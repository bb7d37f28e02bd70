"""Language tasks: a definition in words, and instances of input and output; from a folder, or as they ship."""
