"""Published methods, each one a short file: its configuration, the assembly of its parts, its citation."""
