"""Extensions of griffe: the fields of dataclasses and of Equinox modules are the parameters of their classes."""

from collections.abc import Iterator
from typing import Any

from griffe import Class, Decorator, Docstring, DocstringSectionKind, ExprCall, ExprName, Extension, Module


def classes(space: Module | Class) -> Iterator[Class]:
    """Yield each class that is defined in a module or class."""
    for member in list(space.members.values()):
        if member.is_alias or not (member.is_module or member.is_class):
            continue
        if isinstance(member, Class):
            yield member
        yield from classes(member)  # type: ignore[arg-type]


def with_bases(kind: Class) -> list[Class]:
    """Return a class and its bases within the package."""
    try:
        return [kind, *kind.mro()]
    except ValueError:
        return [kind]


class EquinoxModules(Extension):
    """Equinox modules as griffe's own extension reads dataclasses, where they have no `__init__` of their own."""

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        found = [kind for kind in classes(pkg) if self.is_module(kind)]
        plain = [kind for kind in found if not any("__init__" in each.members for each in with_bases(kind))]
        for kind in plain:
            kind.decorators.append(Decorator(ExprName("dataclasses.dataclass"), lineno=None, endlineno=None))
            for member in kind.members.values():
                value = getattr(member, "value", None)
                if isinstance(value, ExprCall) and value.canonical_path == "equinox.field":
                    value.function = ExprName("dataclasses.field")
                if (
                    str(getattr(member, "annotation", ""))
                    .partition("[")[0]
                    .endswith(("AbstractVar", "AbstractClassVar"))
                ):
                    member.labels = {"class-attribute"}  # so it is not an argument

    def is_module(self, kind: Class) -> bool:
        """Return whether a class or a base of it is an Equinox module."""
        bases = [base for each in with_bases(kind) for base in each.bases]
        return any(getattr(base, "canonical_path", base) == "equinox.Module" for base in bases)


class Fields(Extension):
    """The fields of a class as a list of parameters, in place of a heading for each; with those of its bases."""

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        found = [kind for kind in classes(pkg) if "__init__" in kind.members and kind["__init__"].docstring is None]
        for kind in found:
            inherited = {name: text for base in reversed(with_bases(kind)[1:]) for name, text in attributes(base)}
            documented = dict(attributes(kind))
            lines = []
            for field in kind["__init__"].parameters:
                text = field.docstring.value if field.docstring else inherited.get(field.name)
                if text and field.name not in documented:
                    lines.append(f"    {field.name}: {' '.join(text.split())}")
            if lines:
                text = "\n".join(["", "Args:", *lines])
                kind["__init__"].docstring = Docstring(text, parent=kind["__init__"], parser="google")
        for kind in found:
            for name in [field.name for field in kind["__init__"].parameters if field.docstring]:
                kind.members.pop(name, None)


def attributes(kind: Class) -> Iterator[tuple[str, str]]:
    """Yield name and description of each attribute that the docstring of a class lists."""
    for section in kind.docstring.parse("google") if kind.docstring else ():
        if section.kind is DocstringSectionKind.attributes:
            yield from ((each.name, each.description) for each in section.value)
