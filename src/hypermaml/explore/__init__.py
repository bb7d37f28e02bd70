"""The explorer: a local page on which one drags the description and the support of a task, and sees it adapt."""
