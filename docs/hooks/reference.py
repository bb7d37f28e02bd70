"""The pages of the API reference: one for each public name, and an index for each namespace.

The tables of names in the package decide what has a page. mkdocstrings fills the pages, without running the package.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import hypermaml

DOCS = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SKLEARN = re.compile(r"^from hypermaml\.sklearn import (.+)$", re.MULTILINE)
USE = re.compile(r"\bhm\.((?:(?:methods|families|embed|init|adapt|outer)\.)?\w+)")
SOURCE = Path(hypermaml.__file__).parent
TOP = "hypermaml"
# What methods and families inherit is on the page of one class, which the others do not repeat.
SHARED = {f"{TOP}.methods.": f"{TOP}.MethodConfig", f"{TOP}.families.": f"{TOP}.AbstractFamily"}
# The page that explains the parts of a module, by the beginning of its name.
GUIDES = {
    f"{TOP}._check.": ("Checks", "check.md"),
    f"{TOP}._compare.": ("Python", "python.md#a-comparison"),
    f"{TOP}._core.": ("Design", "design.md"),
    f"{TOP}._misc.": ("Speed", "speed.md#the-first-result"),
    f"{TOP}.adapt.": ("Design", "design.md"),
    f"{TOP}.apply.": ("Use a trained method", "use.md"),
    f"{TOP}.embed.": ("Embedders", "methods/README.md#embedders"),
    f"{TOP}.families.": ("Families", "families.md"),
    f"{TOP}.init.": ("Generators", "methods/README.md#generators"),
    f"{TOP}.methods": ("Methods", "methods/README.md"),
    f"{TOP}.outer.": ("Shared settings", "methods/README.md#shared-settings"),
    f"{TOP}.report.": ("Python", "python.md#a-comparison"),
    f"{TOP}.sim.": ("Families", "families.md"),
    f"{TOP}.sklearn.": ("scikit-learn", "scikit-learn.md"),
}
NO_FAMILY = ("Plane", "Sites")
# In the order of the navigation. A name that several namespaces have has its page in the first of these.
NAMESPACES = (*(f"{TOP}.{name}" for name in ("methods", "families", "embed", "init", "adapt", "outer")), TOP)
EAGER = (f"{TOP}.sklearn",)  # whose names are imported with it


@dataclass(frozen=True)
class Name:
    """A public name.

    Attributes:
        path: by which users write it, such as `hypermaml.HyperMAML`: the shortest.
        spaces: the namespaces that have it; the first one has its page.
        home: the module that defines it.
    """

    path: str
    spaces: tuple[str, ...]
    home: str

    @property
    def short(self) -> str:
        """Return the name alone."""
        return self.path.rpartition(".")[2]

    @property
    def page(self) -> str:
        """Return the path of its page below `docs/`."""
        return f"reference/{folder(self.spaces[0])}/{self.short}.md"


def folder(space: str) -> str:
    """Return the folder of a namespace below `reference/`."""
    return space.removeprefix(f"{TOP}.")


@cache
def names() -> tuple[Name, ...]:
    """Return every public name, sorted within each namespace."""
    spaces: dict[tuple[str, str], list[str]] = {}
    for space in (*NAMESPACES, *EAGER):
        for name, home in homes(space).items():
            spaces.setdefault((name, home), []).append(space)
    found = [Name(min((f"{each}.{key[0]}" for each in s), key=len), tuple(s), key[1]) for key, s in spaces.items()]
    return tuple(sorted(found, key=lambda name: name.short.lower()))


def homes(space: str) -> dict[str, str]:
    """Return the public names of a namespace, each with the module that defines it."""
    if space in EAGER:
        tree = ast.parse((SOURCE / folder(space) / "__init__.py").read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        defined = {alias.name: str(node.module) for node in imports for alias in node.names}
        (public,) = (n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__")
        return {name: defined[name] for name in ast.literal_eval(public)}
    module = import_module(space)
    found = {name: f"{TOP}.{home}" for name, home in module._HOMES.items()}
    if space == f"{TOP}.methods":
        found["METHODS"] = space
    for home in module._WHOLE if space == TOP else ():
        whole = import_module(f"{TOP}.{home}")
        found |= dict.fromkeys(getattr(whole, "__all__", ()), f"{TOP}.{home}")
        found |= {name: f"{TOP}.{each}" for name, each in getattr(whole, "_HOMES", {}).items()}
    return found


def first_line(text: str | None) -> str:
    """Return the first sentence of a docstring, on one line."""
    paragraph = " ".join((text or "").partition("\n\n")[0].split())
    return re.split(r"(?<=[.:])\s(?=[A-Z])", paragraph)[0]


@cache
def docstrings(home: str) -> dict[str, str]:
    """Return the docstring of each class, function and variable of a module, which is not imported."""
    place = SOURCE.parent / home.replace(".", "/")
    tree = ast.parse((place / "__init__.py" if place.is_dir() else place.with_suffix(".py")).read_text())
    found = {"": ast.get_docstring(tree) or ""}
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = ast.get_docstring(node) or ""
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(after, ast.Expr):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            found[ast.unparse(target)] = str(getattr(after.value, "value", ""))
    return found


def documented(name: Name) -> str:
    """Return the docstring of a name."""
    return docstrings(name.home)[name.short]


def uses(code: str) -> set[str]:
    """Return the public names that a text of Python uses, each by its path."""
    imported = [f"sklearn.{name}" for names in SKLEARN.findall(code) for name in names.split(", ")]
    return {f"{TOP}.{used}" for used in [*USE.findall(code), *imported]}


@cache
def examples() -> dict[str, dict[str, str]]:
    """Return the examples of each name by its path: links, by the path of the page below `docs/`.

    They are the pages whose Python uses the name, and the methods that are made of it, whose pages show their source.
    """
    found: dict[str, dict[str, str]] = {}
    for path in sorted(DOCS.rglob("*.md")):
        title, code = path.read_text().partition("\n")[0].removeprefix("# "), "".join(BLOCK.findall(path.read_text()))
        for used in sorted(uses(code)):
            place = str(path.relative_to(DOCS))
            found.setdefault(used, {})[place] = f"[{title}](../../{place})"
    for method, kind in import_module(f"{TOP}.methods")._CLASSES.items():
        for used in sorted(uses((SOURCE / "methods" / f"{method}.py").read_text())):
            if used.count(".") == 2:
                found.setdefault(used, {})[f"reference/methods/{kind}.md"] = f"[{kind}](../methods/{kind}.md)"
    return found


def examples_of(name: Name) -> dict[str, str]:
    """Return the examples of a name; a method has a command on its own page."""
    paths = [name.path, *(f"{space}.{name.short}" for space in name.spaces)]
    found = {place: link for path in paths for place, link in examples().get(path, {}).items()}
    if is_method(name):
        method = name.home.rpartition(".")[2]
        found[f"methods/{method}.md"] = f"[{method}](../../methods/{method}.md)"
    return found


def is_method(name: Name) -> bool:
    """Return whether a name is the configuration of a method."""
    return name.home.startswith(f"{TOP}.methods.") and name.short != "MethodConfig"


def page(name: Name) -> str:
    """Return the page of a name."""
    title, guide = next(page for prefix, page in GUIDES.items() if name.home.startswith(prefix))
    remarks, inherited = [f"Explained in [{title}](../../{guide})."], "true"
    if is_method(name):
        method = name.home.rpartition(".")[2]
        remarks.append(f"The algorithm and its uses: [{method}](../../methods/{method}.md).")
    for prefix, shared in SHARED.items():
        if name.home.startswith(prefix) and name.path != shared and name.short not in NO_FAMILY:
            remarks.append(f"What it inherits is on the page of [{shared.rpartition('.')[2]}][{shared}].")
            inherited = "false"
    also = [f"`{space}.{name.short}`" for space in name.spaces if f"{space}.{name.short}" != name.path]
    remarks += [f"Also {' and '.join(also)}."] if also else []
    used = [link for link in examples_of(name).values() if f"{link}." not in " ".join(remarks)]
    remarks += [f"Used in {', '.join(used[:6])}{' and others' if used[6:] else ''}."] if used else []
    block = [f"::: {name.spaces[0]}.{name.short}", "    options:", f"      heading: {name.path}"]
    block += [f"      inherited_members: {inherited}", ""]
    if is_method(name):
        source = (SOURCE / "methods" / f"{name.home.rpartition('.')[2]}.py").read_text()
        block += ["## Source", "", "```python", source.rstrip(), "```", ""]
    return "\n".join([f"# {name.short}", "", " ".join(remarks), "", *block])


def index(space: str) -> str:
    """Return the page of a namespace: its names, each with its first line."""
    text = docstrings(space)[""].partition("\n\n")[0]
    rows = [
        f"| [`{name.short}`](../{name.page.removeprefix('reference/')}) | {first_line(documented(name))} |"
        for name in names()
        if space in name.spaces and (space != TOP or name.spaces[0] == TOP)
    ]
    return "\n".join([f"# {space}", "", text, "", "| name | |", "|---|---|", *rows, ""])


def overview() -> str:
    """Return the page that leads to the namespaces."""
    rows = [
        f"| [`{space}`]({folder(space)}/index.md) | {first_line(docstrings(space)[''])} |"
        for space in (TOP, *NAMESPACES[:-1], *EAGER)
    ]
    text = (
        "Every public name has a page here. Methods, families and the configurations of parts are also names of "
        "`hypermaml` itself, which is imported as `hm`: `hm.HyperMAML` is `hypermaml.HyperMAML`."
    )
    return "\n".join(["# API reference", "", text, "", "| namespace | |", "|---|---|", *rows, ""])


def pages() -> dict[str, str]:
    """Return the text of each page of the reference, by its path below `docs/`."""
    return {
        "reference/index.md": overview(),
        **{f"reference/{folder(space)}/index.md": index(space) for space in (*NAMESPACES, *EAGER)},
        **{name.page: page(name) for name in names()},
    }


def navigation() -> list[str | dict]:
    """Return the pages as mkdocs has them in its navigation."""
    parts = [
        {space: [f"reference/{folder(space)}/index.md", *(n.page for n in names() if n.spaces[0] == space)]}
        for space in (TOP, *NAMESPACES[:-1], *EAGER)
    ]
    return ["reference/index.md", *parts]
