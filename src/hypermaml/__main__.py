"""The command line as `python -m hypermaml`, where the command `hypermaml` is not on the path."""

from hypermaml.cli import main

if __name__ == "__main__":
    main()
