"""How a part of the scores is called: whose tasks, and what methods read of them."""


def scope(split: str, descriptor: str) -> str:
    """Return the name of a part of the scores, such as `meta-test, full description`."""
    return f"{split}, {described(descriptor)}"


def described(descriptor: str) -> str:
    """Return what methods read of a task, in two words, such as `full description`."""
    return "no description" if descriptor == "none" else f"{descriptor} description"
