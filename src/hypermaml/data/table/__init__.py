"""Tables of the user: rows of tasks and descriptions of tasks, from files and data frames."""
