"""Which class the object is whose method is called."""

from collections.abc import Callable
from functools import cached_property
from pathlib import PurePosixPath

from varwg_codemod.facts import Call, Ref, TypeRef
from varwg_codemod.names import API_CLASSES, LIBRARY_ROOTS
from varwg_codemod.program import Key, Program

Kind = tuple[str, object]
"""("run", key of a class of the program), ("api", name of a class of the new API), ("foreign", "") for
anything that comes from elsewhere, or ("list", kinds) and ("dict", kinds) for containers of objects, with the
kind ("unknown", "") where something is not known of the elements."""

_FOREIGN: Kind = ("foreign", "")
_UNKNOWN: Kind = ("unknown", "")

# Roots of annotations that are no classes of a user, nor stand for any.
_ELSEWHERE = frozenset({"numpy", "pandas", "xarray", "scipy", "pathlib", "datetime", "str", "int", "float", "bool", "bytes"})
_DEPTH = 8


class Receivers:
    """Turns the scanner's descriptions of values into classes."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def kinds(self, path: str, described: TypeRef | None, depth: int = _DEPTH) -> frozenset[Kind]:
        """The classes a value may have; empty if nothing is known."""
        if described is None or depth == 0:
            return frozenset()
        form, content = described
        handlers: dict[str, Callable[..., frozenset[Kind]]] = {
            "attribute": self._attribute,
            "foreign": self._foreign,
            "item": self._item,
            "call": self._call,
            "dict": self._dict,
            "each": self._each,
            "instance": self._annotated,
            "list": self._list,
            "object": self._object,
            "parameter": self._parameter,
            "result": self._result,
            "self": self._self,
            "super": self._super,
            "union": self._union,
        }
        return handlers[form](path, content, depth - 1)

    def _call(self, path: str, ref: tuple[str, str], depth: int) -> frozenset[Kind]:
        """What a call of a class or function gives."""
        found = self._instance(path, ref, depth)
        if found:
            return found
        units = self._program.define(path, ref).units
        if not units and ref[0] == "abs" and ref[1].split(".")[0] not in LIBRARY_ROOTS:
            return frozenset({_FOREIGN})
        kinds: set[Kind] = set()
        for key in units:
            kinds |= self._returned(key, depth)
        return frozenset(kinds)

    def _foreign(self, path: str, content: object, depth: int) -> frozenset[Kind]:
        return frozenset({_FOREIGN})

    def _list(self, path: str, elements: tuple[TypeRef | None, ...], depth: int) -> frozenset[Kind]:
        return frozenset({("list", self._all(path, elements, depth))})

    def _dict(self, path: str, values: tuple[TypeRef | None, ...], depth: int) -> frozenset[Kind]:
        return frozenset({("dict", self._all(path, values, depth))})

    def _all(self, path: str, elements: tuple[TypeRef | None, ...], depth: int) -> frozenset[Kind]:
        every = [self.kinds(path, one, depth) for one in elements]
        return frozenset().union(*every) if all(every) else frozenset({_UNKNOWN})

    def _item(self, path: str, inner: TypeRef, depth: int) -> frozenset[Kind]:
        """An element of something."""
        return _elements(self.kinds(path, inner, depth))

    def _each(self, path: str, inner: TypeRef, depth: int) -> frozenset[Kind]:
        """What a loop over something goes through: of a dictionary, the keys."""
        kinds = self.kinds(path, inner, depth)
        return frozenset({_FOREIGN}) if {form for form, _ in kinds} == {"dict"} else _elements(kinds)

    def _annotated(self, path: str, ref: Ref, depth: int) -> frozenset[Kind]:
        """An object of a class that an annotation names."""
        if ref[0] == "abs" and ref[1].split(".")[0] in _ELSEWHERE:
            return frozenset({_FOREIGN})
        return self._instance(path, ref, depth)

    def _instance(self, path: str, ref: tuple[str, str], depth: int) -> frozenset[Kind]:
        definition = self._program.define(path, ref)
        if definition.cls is not None:
            return frozenset({("run", definition.cls)})
        parts = ref[1].split(".")
        if ref[0] == "abs" and parts[0] in LIBRARY_ROOTS and parts[-1] in API_CLASSES:
            return frozenset({("api", API_CLASSES[parts[-1]])})
        return frozenset()

    def _returned(self, key: Key, depth: int) -> frozenset[Kind]:
        kinds: set[Kind] = set()
        for described in self._program.units[key].returns:
            kinds |= self.kinds(key[0], described, depth)
        return frozenset(kinds)

    def _self(self, path: str, cls: str, depth: int) -> frozenset[Kind]:
        return frozenset({("run", (path, cls))}) if (path, cls) in self._program.classes else frozenset()

    def _super(self, path: str, cls: str, depth: int) -> frozenset[Kind]:
        if (path, cls) not in self._program.classes:
            return frozenset()
        return frozenset(("run", base) for base in self._program.bases((path, cls)))

    def _object(self, path: str, ref: tuple[str, str], depth: int) -> frozenset[Kind]:
        definition = self._program.define(path, ref)
        return frozenset({("run", definition.cls)}) if definition.cls is not None else frozenset()

    def _attribute(self, path: str, content: tuple[TypeRef, str], depth: int) -> frozenset[Kind]:
        inner, name = content
        kinds: set[Kind] = set()
        for form, owner in self.kinds(path, inner, depth):
            if form == "foreign":
                kinds.add(_FOREIGN)
            elif form == "run":
                kinds |= self._stored(owner, name, depth)  # type: ignore[arg-type]
        return frozenset(kinds)

    def _stored(self, owner: Key, name: str, depth: int) -> set[Kind]:
        """What is stored in an attribute; what is put into it counts only if it is a container."""
        kinds: set[Kind] = set()
        put: set[Kind] = set()
        for cls in self._program.lineage(owner):
            for attribute, (form, content) in self._program.classes[cls].attributes:
                if attribute == name and form == "put":
                    put |= self.kinds(cls[0], content, depth)  # type: ignore[arg-type]
                elif attribute == name:
                    kinds |= self.kinds(cls[0], (form, content), depth)
        return kinds | put if all(form in {"list", "dict", "foreign"} for form, _ in kinds) else kinds

    def _result(self, path: str, content: tuple[TypeRef, str], depth: int) -> frozenset[Kind]:
        inner, method = content
        kinds: set[Kind] = set()
        for form, owner in self.kinds(path, inner, depth):
            if form == "foreign" or (form == "api" and method == "fit"):
                kinds.add((form, owner))
            elif form in {"list", "dict"}:
                kinds |= _taken(form, owner, method)  # type: ignore[arg-type]
            elif form == "run":
                for key in self._program.method(owner, method):  # type: ignore[arg-type]
                    kinds |= self._returned(key, depth)
        return frozenset(kinds)

    def _parameter(self, path: str, content: tuple[str, str], depth: int) -> frozenset[Kind]:
        """A test's parameter is what the fixture of that name returns, another one what all the callers give."""
        function, name = content
        fixture = self.fixture(path, name) if function.split(".")[-1] != name else None
        if fixture is not None:
            return self._returned(fixture, depth)
        here = "parameter", content  # what a recursive call hands on is what it was given
        callers = [c for c in self._callers.get((path, function), ()) if c[0] != path or not _hands_on(c[1], here)]
        given = [self._given(caller, call, (path, function), name, depth) for caller, call in callers]
        known = [kinds for kinds in given if kinds is not None]
        return frozenset().union(*known) if all(known) else frozenset()

    def _given(self, caller: str, call: Call | None, key: Key, name: str, depth: int) -> frozenset[Kind] | None:
        """What one call gives as a parameter; empty if that is not known, None if it leaves it at None."""
        if call is None or {"*", "**"} & set(call.keywords):
            return frozenset()
        if name in call.keywords:
            return self.kinds(caller, call.arguments[call.keywords.index(name)], depth)
        unit = self._program.units[key]
        index = unit.parameters.index(name)
        place = index - (unit.cls is not None)
        if index >= unit.positional or place >= call.keywords.count(""):
            return None if name in unit.none_defaults else frozenset()
        return self.kinds(caller, call.arguments[place], depth)

    @cached_property
    def _callers(self) -> dict[Key, list[tuple[str, Call | None]]]:
        """For each function and `__init__`, the calls by name; None stands for being handed on."""
        found: dict[Key, list[tuple[str, Call | None]]] = {}
        for path, facts in self._program.modules.items():
            for call in facts.calls:
                for key in self._run_by(path, call.target):
                    found.setdefault(key, []).append((path, call))
            for reference in facts.references:
                for key in self._run_by(path, reference.target):
                    if reference.given_to != "attribute":
                        found.setdefault(key, []).append((path, None))
        return found

    def _run_by(self, path: str, ref: Ref | None) -> tuple[Key, ...]:
        definition = self._program.define(path, ref)
        if definition.cls is not None:
            return tuple(self._program.method(definition.cls, "__init__"))
        return tuple(key for key in definition.units if self._program.units[key].cls is None)

    def _union(self, path: str, content: tuple[TypeRef, ...], depth: int) -> frozenset[Kind]:
        every = [self.kinds(path, one, depth) for one in content]
        return frozenset().union(*every) if all(every) else frozenset()

    def fixture(self, path: str, name: str) -> Key | None:
        """The pytest fixture that a name means in a file."""
        folder = PurePosixPath(path).parent
        candidates = [path, *(str(f / "conftest.py") for f in (folder, *folder.parents))]
        for candidate in candidates:
            unit = self._program.units.get((candidate, name))
            if unit is not None and is_fixture(unit.decorators):
                return candidate, name
        return None


def _elements(kinds: frozenset[Kind]) -> frozenset[Kind]:
    """The elements of all the containers; empty if one is no container, or its elements are unknown."""
    found: set[Kind] = set()
    for form, content in kinds:
        if form == "foreign":
            found.add(_FOREIGN)
        elif form in {"list", "dict"}:
            found |= content  # type: ignore[arg-type]
        else:
            return frozenset()
    return frozenset() if _UNKNOWN in found else frozenset(found)


def _taken(form: str, content: frozenset[Kind], method: str) -> frozenset[Kind]:
    """What a method of a container gives."""
    if method in {"pop", "popleft", "get"}:
        return _elements(frozenset({(form, content)}))
    if method == "copy":
        return frozenset({(form, content)})
    return frozenset({("list", content)}) if method == "values" and form == "dict" else frozenset()


def _hands_on(call: Call | None, described: TypeRef) -> bool:
    """Whether a call gives the very value that is asked for, once and without stars."""
    return call is not None and call.arguments.count(described) == 1 and not {"*", "**"} & set(call.keywords)


def is_fixture(decorators: tuple[str, ...]) -> bool:
    """Whether the decorators make a function a pytest fixture."""
    return any(d.split(".")[-1].split(":")[-1] in {"fixture", "yield_fixture"} for d in decorators)
