"""All files of one run together: which file an import means, which definition a reference means."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import PurePosixPath

from varwg_codemod.bindings import old_name
from varwg_codemod.facts import Class, ModuleFacts, Ref, Unit
from varwg_codemod.names import OLD_ROOTS

Key = tuple[str, str]
"""A unit or class of the program: (path, name in that file)."""

_DEPTH = 8
_PROTOCOLS = frozenset({"typing.Protocol", "typing_extensions.Protocol"})
_PLAIN_BASES = frozenset({"object", "abc.ABC", "typing.Generic", "typing.NamedTuple", "enum.Enum"}) | _PROTOCOLS
_THREADS = frozenset({"Thread", "Process", "Timer", "QThread", "QRunnable"})


@dataclass(frozen=True)
class Definition:
    """What a reference means inside the program: some units, or a class."""

    units: tuple[Key, ...] = ()
    cls: Key | None = None


class Program:
    """Looks up definitions across the files of a run.

    Parameters
    ----------
    modules
        Facts of each file, by path.
    imports
        What each file of the run imports (also of files that were not worth scanning).
    packages
        Directories that are packages (have an ``__init__.py``).
    """

    def __init__(
        self,
        modules: Mapping[str, ModuleFacts],
        imports: Mapping[str, frozenset[str]],
        packages: frozenset[str],
    ) -> None:
        self.modules = modules
        self._imports = imports
        self.packages = packages | {str(PurePosixPath(p).parent) for p in imports if p.endswith("__init__.py")}
        self.units: dict[Key, Unit] = {(path, unit.name): unit for path, facts in modules.items() for unit in facts.units}
        self.classes: dict[Key, Class] = {(path, cls.name): cls for path, facts in modules.items() for cls in facts.classes}
        self._by_name: dict[Key, list[Key]] = {}
        self._known_bases: dict[Key, list[Key]] = {}
        self._known_lineages: dict[Key, list[Key]] = {}
        self._known_families: dict[tuple[Key, str], list[Key]] = {}
        for path, name in self.units:
            self._by_name.setdefault((path, name.split("#")[0]), []).append((path, name))
        self._files: dict[str, list[str]] = {}
        for path in modules:
            self._files.setdefault(_module_parts(path)[-1], []).append(path)

    def define(self, path: str, ref: Ref | None, depth: int = _DEPTH) -> Definition:
        """The definition in the program that a reference in a file means (empty if there is none)."""
        if ref is None or depth == 0:
            return Definition()
        if ref[0] == "here":
            return self._in_file(path, ref[1], depth)
        parts = ref[1].split(".")
        for split in range(len(parts) - 1, 0, -1):
            target = self._file(parts[:split], path)
            if target is not None:
                return self._in_file(target, ".".join(parts[split:]), depth)
        return Definition()

    def _in_file(self, path: str, name: str, depth: int) -> Definition:
        if (path, name) in self._by_name:
            return Definition(units=tuple(self._by_name[path, name]))
        if (path, name) in self.classes:
            return Definition(cls=(path, name))
        head, _, rest = name.partition(".")
        if (path, head) in self.classes and rest and "." not in rest:
            return Definition(units=tuple(self.method((path, head), rest)))
        ref = dict(self.modules[path].bindings).get(head)
        if ref is None or ref == ("here", name):
            return Definition()
        full = f"{ref[1]}.{rest}" if rest else ref[1]
        return self.define(path, (ref[0], full), depth - 1)

    def _file(self, parts: list[str], importer: str) -> str | None:
        """The file that a dotted module name means, seen from another file."""
        found = [path for path in self._files.get(parts[-1], ()) if _module_parts(path)[-len(parts) :] == tuple(parts)]
        if not found:
            return None
        return max(found, key=lambda path: (_shared(path, importer), path))

    def imports_of(self, path: str) -> frozenset[str]:
        """Dotted names of what a file imports."""
        return self._imports[path]

    def imported_by(self) -> dict[str, set[str]]:
        """For each file, the other files of the run that import it."""
        importers: dict[str, set[str]] = {path: set() for path in self.modules}
        for path, imported in self._imports.items():
            for module in imported:
                target = self._file(module.split("."), path) if module else None
                if target is not None and target != path:
                    importers[target].add(path)
        return importers

    def offered(self, known: Mapping[str, str]) -> dict[str, str]:
        """Dotted names under which files offer old names to others, and which those are.

        `known` are those found so far; files may offer what others offer to them.
        """
        found = dict(known)
        for path, facts in self.modules.items():
            parts = _module_parts(path)
            for name, ref in facts.bindings:
                old = old_name(ref, known)
                if old is not None and parts[-1] not in OLD_ROOTS:
                    for start in range(len(parts)):
                        found[".".join([*parts[start:], name])] = old
        return found

    def bases(self, cls: Key) -> list[Key]:
        """The base classes of a class, as far as they are in the program, and the protocols that it follows."""
        if cls not in self._known_bases:
            named = self._named_bases(cls)
            self._known_bases[cls] = [*named, *(p for p in self._followed[cls] if p not in named)]
        return self._known_bases[cls]

    def _named_bases(self, cls: Key) -> list[Key]:
        found = [self.define(cls[0], ref).cls for ref in self.classes[cls].bases]
        return [base for base in found if base is not None and base != cls]

    @cached_property
    def _followed(self) -> dict[Key, list[Key]]:
        """For each class, the protocols of the program whose methods it has without naming them as bases."""
        protocols = {k: set(c.methods) for k, c in self.classes.items() if any(r[1] in _PROTOCOLS for r in c.bases)}
        found: dict[Key, list[Key]] = {cls: [] for cls in self.classes}
        for cls in self.classes if protocols else ():
            methods = {name for one in self._named_lineage(cls) for name in self.classes[one].methods}
            found[cls] = [p for p, needed in protocols.items() if needed and needed <= methods and p != cls]
        return found

    def _named_lineage(self, cls: Key, depth: int = _DEPTH) -> list[Key]:
        above = self._named_bases(cls) if depth else []
        return [cls, *(one for base in above for one in self._named_lineage(base, depth - 1))]

    def has_foreign_base(self, cls: Key, depth: int = _DEPTH) -> bool:
        """Whether a class outside the program may call this one's methods."""
        refs = self.classes[cls].bases
        inside = self.bases(cls)
        outside = [r for r in refs if self.define(cls[0], r).cls is None and r[1] not in _PLAIN_BASES]
        return bool(outside) or (depth > 0 and any(self.has_foreign_base(b, depth - 1) for b in inside))

    def is_test_case(self, cls: Key, depth: int = _DEPTH) -> bool:
        """Whether a class is a unittest.TestCase."""
        if any(ref[1].rsplit(".", 1)[-1].endswith("TestCase") for ref in self.classes[cls].bases):
            return True
        return depth > 0 and any(self.is_test_case(base, depth - 1) for base in self.bases(cls))

    def is_thread(self, cls: Key, depth: int = _DEPTH) -> bool:
        """Whether the ``run`` of a class is run in a thread or process of its own."""
        if any(ref[1].rsplit(".", 1)[-1] in _THREADS for ref in self.classes[cls].bases):
            return True
        return depth > 0 and any(self.is_thread(base, depth - 1) for base in self.bases(cls))

    def lineage(self, cls: Key, depth: int = _DEPTH) -> list[Key]:
        """A class and its ancestors in the program, nearest first."""
        if depth == _DEPTH and cls in self._known_lineages:
            return self._known_lineages[cls]
        found = [cls]
        for base in self.bases(cls) if depth else ():
            found += [c for c in self.lineage(base, depth - 1) if c not in found]
        if depth == _DEPTH:
            self._known_lineages[cls] = found
        return found

    @cached_property
    def descendants(self) -> dict[Key, list[Key]]:
        """For each class, the classes of the program that inherit from it."""
        found: dict[Key, list[Key]] = {cls: [] for cls in self.classes}
        for cls in self.classes:
            for ancestor in self.lineage(cls)[1:]:
                found[ancestor].append(cls)
        return found

    def method(self, cls: Key, name: str) -> list[Key]:
        """The method that a class has under a name, its own or inherited."""
        for path, owner in self.lineage(cls):
            if (path, f"{owner}.{name}") in self._by_name:
                return self._by_name[path, f"{owner}.{name}"]
        return []

    def family(self, cls: Key, name: str) -> list[Key]:
        """All methods that may be run by calling a method of a class: inherited and overriding."""
        if (cls, name) not in self._known_families:
            found = list(self.method(cls, name))
            for heir in self.descendants[cls]:
                found += [unit for unit in self.method(heir, name) if unit not in found]
            self._known_families[cls, name] = found
        return self._known_families[cls, name]

    def redefined(self, key: Key) -> list[Key]:
        """All functions of a file that are defined under one name, one after or instead of the other."""
        return self._by_name[key[0], key[1].split("#")[0]]

    def methods_named(self, name: str) -> list[Key]:
        """All methods of that name in the program."""
        return [key for key, unit in self.units.items() if unit.cls and unit.short.split("#")[0] == name]


def _module_parts(path: str) -> tuple[str, ...]:
    """Parts of a file's dotted module name, the directories above its package included."""
    pure = PurePosixPath(path)
    parts = pure.with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts


def _shared(path: str, other: str) -> int:
    """How many leading folders two paths have in common."""
    pairs = zip(PurePosixPath(path).parts, PurePosixPath(other).parts, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
