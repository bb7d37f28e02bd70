"""Data that is stored and not drawn: images of characters, from a folder, from fonts, or as they ship."""
