"""The index of a program: modules, scopes, what each name is bound to, functions and classes."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from varwg_codemod.library import SAME_CLASSES
from varwg_codemod.source import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(eq=False)
class Variable:
    """A name in a scope, and all that binds it."""

    name: str
    scope: "Scope"
    bindings: list[tuple[str, ast.AST]] = field(default_factory=list)  # kind of binding, node
    loads: list[tuple[ast.AST, "Scope"]] = field(default_factory=list)
    node: int = -1  # in the graph of values

    @property
    def kinds(self) -> set[str]:
        """In which ways it is bound."""
        return {kind for kind, _ in self.bindings}


@dataclass(eq=False)
class Scope:
    """A scope of names: module, class, function, lambda or comprehension."""

    kind: str
    node: ast.AST
    parent: "Scope | None"
    module: "Module"
    names: dict[str, Variable] = field(default_factory=dict)
    outer: dict[str, str] = field(default_factory=dict)  # names declared global or nonlocal
    unit: "Unit" = None  # type: ignore[assignment]
    cls: "Class | None" = None  # for class scopes

    def bind(self, name: str, kind: str, node: ast.AST) -> Variable:
        """Note that a name is bound here (or where a declaration says)."""
        scope = self._declared(name)
        variable = scope.names.get(name)
        if variable is None:
            variable = scope.names[name] = Variable(name, scope)
        variable.bindings.append((kind, node))
        return variable

    def _declared(self, name: str) -> "Scope":
        kind = self.outer.get(name)
        if kind == "global":
            return self.module.scope
        if kind == "nonlocal":
            scope = self.parent
            while scope is not None and (scope.kind in ("class", "module") or name not in scope.names):
                scope = scope.parent
            return scope or self
        return self

    def lookup(self, name: str) -> Variable | None:
        """The variable that a name means here."""
        scope: Scope | None = self._declared(name)
        first = True
        while scope is not None:
            if (first or scope.kind != "class") and name in scope.names:
                return scope.names[name]
            scope, first = scope.parent, False
        return None


@dataclass(eq=False)
class Unit:
    """A piece of code that runs as a whole: a module, its main block, a function or a lambda.

    `kind` is "module", "main", "function" or "lambda". `cls` is the class whose method it is.
    """

    kind: str
    name: str
    node: ast.AST
    module: "Module"
    scope: Scope
    parent: "Unit | None"
    cls: "Class | None" = None
    is_static: bool = False
    is_class_method: bool = False
    is_property: bool = False
    is_generator: bool = False
    is_async: bool = False
    setter_of: str = ""
    number: int = 0
    children: list["Unit"] = field(default_factory=list)

    @property
    def args(self) -> ast.arguments | None:
        """Its parameters."""
        return self.node.args if isinstance(self.node, _FUNCTIONS) else None

    @property
    def body(self) -> list[ast.stmt]:
        """Its statements (none for a lambda)."""
        return list(getattr(self.node, "body", [])) if self.kind != "lambda" else []

    @property
    def is_method(self) -> bool:
        """Whether its first parameter is an object or a class."""
        return self.cls is not None and not self.is_static

    def parameters(self) -> list[ast.arg]:
        """Positional and keyword-only parameters."""
        args = self.args
        return [] if args is None else [*args.posonlyargs, *args.args, *args.kwonlyargs]

    def __repr__(self) -> str:
        return f"<{self.module.path}:{getattr(self.node, 'lineno', 0)} {self.name}>"


@dataclass(eq=False)
class Class:
    """A class of the program."""

    name: str
    node: ast.ClassDef
    module: "Module"
    scope: Scope
    unit: Unit  # that runs its body
    bases: list["Class"] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)  # dotted names of bases outside of the program; "?" if unknown
    children: list["Class"] = field(default_factory=list)
    decorators: list[str] = field(default_factory=list)
    setters: dict[str, Unit] = field(default_factory=dict)
    _mro: "list[Class] | None" = None

    def mro(self) -> "list[Class]":
        """The classes of the program in which attributes are looked up, in order."""
        if self._mro is None:
            self._mro = [self]
            self._mro = _linearised(self)
        return self._mro

    def all_foreign(self) -> list[str]:
        """The bases outside of the program, of the class or its bases."""
        return [name for cls in self.mro() for name in cls.foreign]

    def attribute(self, name: str) -> Variable | None:
        """The class attribute or method that a name means."""
        for cls in self.mro():
            if name in cls.scope.names:
                return cls.scope.names[name]
        return None

    def descendants(self) -> "list[Class]":
        """All classes derived from it, and itself."""
        found, open_ = [self], list(self.children)
        while open_:
            cls = open_.pop()
            if cls not in found:
                found.append(cls)
                open_ += cls.children
        return found

    @property
    def constructor(self) -> Unit:
        """Its own ``__init__``, if there is exactly one and it is a plain function; else the unit around the class."""
        variable = self.scope.names.get("__init__")
        if variable is None or len(variable.bindings) != 1:
            return self.unit
        return next((u for u in self.unit.children + self.module.unit.children if u.node is variable.bindings[0][1]), self.unit)

    @property
    def is_dataclass(self) -> bool:
        """Whether a decorator or base writes its constructor from its fields."""
        return "dataclasses.dataclass" in self.decorators or "typing.NamedTuple" in self.all_foreign()

    def __repr__(self) -> str:
        return f"<class {self.module.path}:{self.node.lineno} {self.name}>"


@dataclass(eq=False)
class Module:
    """A file of the program."""

    path: str
    name: str  # dotted
    source: Source
    is_package: bool
    editable: bool
    scope: Scope = None  # type: ignore[assignment]
    unit: Unit = None  # type: ignore[assignment]
    main: Unit | None = None
    guard: ast.If | None = None
    stars: list[tuple[str, ast.ImportFrom]] = field(default_factory=list)
    exported: set[str] = field(default_factory=set)  # names in __all__
    dynamic: bool = False  # globals() with a name that is not known
    importers: set[str] = field(default_factory=set)

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


def _linearised(cls: Class) -> list[Class]:
    """The order in which Python looks into the bases (C3; depth first where there is none)."""
    sequences = [list(base.mro()) for base in cls.bases] + [list(cls.bases)]
    result = [cls]
    while any(sequences):
        sequences = [s for s in sequences if s]
        head = next((s[0] for s in sequences if not any(s[0] in other[1:] for other in sequences)), sequences[0][0])
        if head not in result:
            result.append(head)
        for sequence in sequences:
            if head in sequence:
                sequence.remove(head)
    return result


class Index:
    """All modules of a program."""

    def __init__(self, sources: Mapping[str, Source], packages: Iterable[str] = (), fixed: frozenset[str] = frozenset()) -> None:
        self.modules: dict[str, Module] = {}
        self.by_name: dict[str, list[Module]] = {}
        self.units: list[Unit] = []
        self.classes: list[Class] = []
        self.unit_of: dict[ast.AST, Unit] = {}
        self.class_of: dict[ast.AST, Class] = {}
        self.scope_of: dict[ast.AST, Scope] = {}
        self._packages = set(packages) | {str(PurePosixPath(p).parent) for p in sources if p.endswith("__init__.py")}
        for path, source in sources.items():
            self._add(path, source, path not in fixed)
        self._link_imports()
        self._resolve_bases()

    # Names of modules

    def _add(self, path: str, source: Source, editable: bool) -> None:
        pure = PurePosixPath(path)
        parts = [pure.stem] if pure.stem != "__init__" else []
        folder = pure.parent
        while str(folder) in self._packages and folder.name:
            parts.insert(0, folder.name)
            folder = folder.parent
        name = ".".join(parts) or pure.parent.name
        module = Module(path, name, source, pure.stem == "__init__", editable)
        self.modules[path] = module
        # A script beside others can be imported by its plain name, and by its folders where these are no packages.
        names = {name, ".".join([*[p for p in pure.parent.parts if p.isidentifier()], *([pure.stem] if parts else [])])}
        extra = [p for p in pure.parent.parts if p not in (".", "..", "/")]
        for start in range(len(extra)):
            names.add(".".join([*extra[start:], *([pure.stem] if pure.stem != "__init__" else [])]))
        for one in names:
            self.by_name.setdefault(one, []).append(module)
        _Collector(self, module).run()

    def module(self, name: str, importer: Module) -> Module | None:
        """The module of the program that a dotted name means in an importing module."""
        near = PurePosixPath(importer.path).parent
        found = self.by_name.get(name, [])
        if name.partition(".")[0] in sys.stdlib_module_names:  # hidden only by a file beside the script
            found = [m for m in found if m.name == name and PurePosixPath(m.path).parent == near and m is not importer]
        if len(found) < 2:
            return found[0] if found else None
        exact = [m for m in found if m.name == name] or found
        return max(exact, key=lambda m: (_common(PurePosixPath(m.path).parent, near), -len(m.path)))

    def absolute(self, module: Module, node: ast.ImportFrom) -> str:
        """The dotted name of what an import statement imports from."""
        if not node.level:
            return node.module or ""
        parts = module.package.split(".") if module.package else []
        base = parts[: len(parts) - (node.level - 1)] if node.level > 1 else parts
        return ".".join([*base, *([node.module] if node.module else [])])

    def _link_imports(self) -> None:
        """Say which modules import which."""
        for module in self.modules.values():
            for node in module.source.nodes:
                names: list[str] = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    base = self.absolute(module, node)
                    names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
                for name in names:
                    for end in range(1, name.count(".") + 2):
                        found = self.module(".".join(name.split(".")[:end]), module)
                        if found is not None and found is not module:
                            found.importers.add(module.path)

    # Static resolution

    def resolve(self, node: ast.AST, scope: Scope, depth: int = 0) -> "Class | Unit | Module | str | None":
        """What an expression means, as far as names alone tell: a class, function or module, or a dotted name."""
        if depth > 20:
            return None
        if isinstance(node, ast.Name):
            variable = scope.lookup(node.id)
            if variable is None:
                return self._starred(node.id, scope.module, depth) or node.id
            return self._bound(variable, depth)
        if isinstance(node, ast.Attribute):
            base = self.resolve(node.value, scope, depth + 1)
            return self.member(base, node.attr, scope.module, depth)
        if isinstance(node, ast.Call):
            called = self.resolve(node.func, scope, depth + 1)
            return f"{called}()" if isinstance(called, str) else None
        if isinstance(node, ast.Subscript):
            return self.resolve(node.value, scope, depth + 1)
        return None

    def member(
        self, base: "Class | Unit | Module | str | None", name: str, at: Module, depth: int = 0
    ) -> "Class | Unit | Module | str | None":
        """What an attribute of something static means."""
        if isinstance(base, str):
            return f"{base}.{name}"
        if isinstance(base, Module):
            variable = base.scope.names.get(name)
            if variable is not None:
                return self._bound(variable, depth + 1)
            starred = self._starred(name, base, depth + 1)
            if starred is not None:
                return starred
            return self.module(f"{base.name}.{name}", at)
        if isinstance(base, Class):
            variable = base.attribute(name)
            return self._bound(variable, depth + 1) if variable is not None else None
        return None

    def _bound(self, variable: Variable, depth: int) -> "Class | Unit | Module | str | None":
        if depth > 20:  # modules that import a name from each other
            return None
        if variable.kinds == {"import"}:  # the same import may stand in several places
            first, *others = (self.imported(node, variable, depth) for _, node in variable.bindings)
            return first if all(other is first or (isinstance(first, str) and other == first) for other in others) else None
        if len(variable.bindings) != 1:
            return None
        kind, node = variable.bindings[0]
        if kind in ("def", "class"):
            return self.unit_of.get(node) or self.class_of.get(node)
        if kind == "assign" and isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            return self.resolve(node.value, variable.scope, depth + 1) if not isinstance(node.value, ast.Call) else None
        return None

    def imported(self, node: ast.AST, variable: Variable, depth: int = 0) -> "Class | Unit | Module | str | None":
        """What an import binds a variable to."""
        module = variable.scope.module
        if isinstance(node, ast.Import):
            alias = next((a for a in node.names if (a.asname or a.name.split(".")[0]) == variable.name), None)
            if alias is None:
                return None
            name = alias.name if alias.asname else alias.name.split(".")[0]
            return self.module(name, module) or name
        if not isinstance(node, ast.ImportFrom):
            return None
        alias = next((a for a in node.names if (a.asname or a.name) == variable.name), None)
        return None if alias is None else self.from_module(self.absolute(module, node), alias.name, module, depth)

    def from_module(self, base: str, name: str, at: Module, depth: int = 0) -> "Class | Unit | Module | str | None":
        """What ``from base import name`` gives."""
        found = self.module(base, at)
        if found is None:
            return self.module(f"{base}.{name}", at) or f"{base}.{name}"
        if found is at and name not in found.scope.names:
            return self.module(f"{base}.{name}", at)
        return self.member(found, name, at, depth + 1)

    def _starred(self, name: str, module: Module, depth: int) -> "Class | Unit | Module | str | None":
        found = self.star_source(name, module)
        return self._bound(found, depth + 1) if found is not None else None

    def star_source(self, name: str, module: Module, seen: frozenset[str] = frozenset()) -> Variable | None:
        """The variable of another module of the program that a star import binds here."""
        if module.path in seen:
            return None
        for base, _ in module.stars:
            source = self.module(base, module)
            if source is None or source is module:
                continue
            offered = name in source.exported if source.exported else not name.startswith("_")
            if name in source.scope.names and offered:
                return source.scope.names[name]
            found = self.star_source(name, source, seen | {module.path})
            if found is not None:
                return found
        return None

    def _resolve_bases(self) -> None:
        for cls in self.classes:
            outer = cls.scope.parent
            assert outer is not None
            for base in cls.node.bases:
                found = self.resolve(base, outer)
                if isinstance(found, Class):
                    cls.bases.append(found)
                    found.children.append(cls)
                else:
                    cls.foreign.append(SAME_CLASSES.get(found, found) if isinstance(found, str) else "?")
            cls.foreign.extend(["?"] * any(k.arg is None for k in cls.node.keywords))
            for decorator in cls.node.decorator_list:
                name = self.resolve(decorator, outer)
                cls.decorators.append(name.removesuffix("()") if isinstance(name, str) else "?")


def _common(one: PurePosixPath, other: PurePosixPath) -> int:
    return sum(a == b for a, b in zip(one.parts, other.parts, strict=False))


class _Collector:
    """Finds the scopes, units and bindings of one module."""

    def __init__(self, index: Index, module: Module) -> None:
        self.index = index
        self.module = module

    def run(self) -> None:
        tree = self.module.source.tree
        scope = Scope("module", tree, None, self.module)
        unit = Unit("module", "<module>", tree, self.module, scope, None)
        self.module.scope, self.module.unit, scope.unit = scope, unit, unit
        self.index.scope_of[tree] = scope
        self._register(unit, tree)
        guard = next((s for s in tree.body if is_guard(s)), None)
        if guard is not None:
            assert isinstance(guard, ast.If)
            main = Unit("main", "<main>", guard, self.module, scope, unit)
            self.module.main, self.module.guard = main, guard
            self._register(main, guard)
        self.body(tree.body, scope)
        self.module.exported = _exported(tree)

    def _register(self, unit: Unit, node: ast.AST) -> None:
        unit.number = len(self.index.units)
        self.index.units.append(unit)
        self.index.unit_of[node] = unit
        if unit.parent is not None:
            unit.parent.children.append(unit)

    def body(self, statements: Iterable[ast.stmt], scope: Scope) -> None:
        """Declarations first: they hold for the whole scope."""
        statements = list(statements)
        if scope.kind in ("function", "class"):
            for node in _own_nodes(statements):
                if isinstance(node, ast.Global):
                    scope.outer.update(dict.fromkeys(node.names, "global"))
                elif isinstance(node, ast.Nonlocal):
                    scope.outer.update(dict.fromkeys(node.names, "nonlocal"))
        for statement in statements:
            self.visit(statement, scope)

    def visit(self, node: ast.AST, scope: Scope) -> None:
        """Note what a node binds, and go into it."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            scope.bind(node.name, "def", node)
            self._function(node, scope)
        elif isinstance(node, ast.Lambda):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scope)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node, scope)
        else:
            self._plain(node, scope)

    def _plain(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                scope.bind(node.id, "del" if isinstance(node.ctx, ast.Del) else "store", node)
            return
        if isinstance(node, ast.Constant):
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                scope.bind(alias.asname or alias.name.split(".")[0], "import", node)
            return
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "*":
                    self.module.stars.append((self.index.absolute(self.module, node), node))
                else:
                    scope.bind(alias.asname or alias.name, "import", node)
            return
        if isinstance(node, ast.NamedExpr):
            target = scope
            while target.kind == "comp" and target.parent is not None:
                target = target.parent
            target.bind(node.target.id, "store", node)
            self.visit(node.value, scope)
            return
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            scope.bind(node.targets[0].id, "assign", node)
            self.visit(node.value, scope)
            return
        if (isinstance(node, ast.ExceptHandler) and node.name) or (isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name):
            scope.bind(node.name, "store", node)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            scope.bind(node.rest, "store", node)
        if isinstance(node, ast.If):
            self._chain(node, scope)
            return
        for child in ast.iter_child_nodes(node):
            self.visit(child, scope)

    def _chain(self, node: ast.If, scope: Scope) -> None:
        """A chain of elif is as deep as it is long; go along it."""
        while True:
            for part in (node.test, *node.body):
                self.visit(part, scope)
            if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
                node = node.orelse[0]
                continue
            for part in node.orelse:
                self.visit(part, scope)
            return

    def _function(self, node: Function, scope: Scope) -> None:
        outer = scope
        for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]:
            self.visit(default, outer)
        if not isinstance(node, ast.Lambda):
            for part in node.decorator_list:
                self.visit(part, outer)
        inner = Scope("function", node, scope, self.module)
        name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        kind = "lambda" if isinstance(node, ast.Lambda) else "function"
        cls = scope.cls if scope.kind == "class" and kind == "function" else None
        unit = Unit(kind, name, node, self.module, inner, self._unit_of(scope, node), cls)
        inner.unit = unit
        self.index.scope_of[node] = inner
        self._register(unit, node)
        if not isinstance(node, ast.Lambda):
            _mark(unit, node)
            unit.is_async = isinstance(node, ast.AsyncFunctionDef)
        args = node.args
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if arg is not None:
                inner.bind(arg.arg, "param", arg)
        if isinstance(node, ast.Lambda):
            self.visit(node.body, inner)
            unit.is_generator = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(node.body))
        else:
            unit.is_generator = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in _own_nodes(node.body))
            self.body(node.body, inner)

    def _unit_of(self, scope: Scope, node: ast.AST) -> Unit:
        guard = self.module.guard
        if scope.kind == "module" and guard is not None and guard.lineno <= getattr(node, "lineno", 0) <= (guard.end_lineno or 0):
            assert self.module.main is not None
            if not any(node.lineno >= s.lineno for s in guard.orelse):  # type: ignore[attr-defined]
                return self.module.main
        return scope.unit

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        for part in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self.visit(part, scope)
        scope.bind(node.name, "class", node)
        inner = Scope("class", node, scope, self.module, unit=self._unit_of(scope, node))
        cls = Class(node.name, node, self.module, inner, inner.unit)
        inner.cls = cls
        self.index.scope_of[node] = inner
        self.index.class_of[node] = cls
        self.index.classes.append(cls)
        self.body(node.body, inner)

    def _comprehension(self, node: Comprehension, scope: Scope) -> None:
        inner = Scope("comp", node, scope, self.module, unit=scope.unit)
        self.index.scope_of[node] = inner
        self.visit(node.generators[0].iter, scope)
        for number, part in enumerate(node.generators):
            self.visit(part.target, inner)
            if number:
                self.visit(part.iter, inner)
            for condition in part.ifs:
                self.visit(condition, inner)
        for value in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.visit(value, inner)


def _mark(unit: Unit, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """What the decorators that everybody knows by name make of a function."""
    for decorator in node.decorator_list:
        name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
        if name == "staticmethod":
            unit.is_static = True
        elif name == "classmethod":
            unit.is_class_method = True
        elif name in ("property", "cached_property", "abstractproperty"):
            unit.is_property = True
        elif name in ("setter", "deleter") and isinstance(decorator, ast.Attribute):
            unit.setter_of = name
    if unit.cls is not None and node.name in ("__init_subclass__", "__class_getitem__"):
        unit.is_class_method = True
    if unit.cls is not None and node.name == "__new__":
        unit.is_class_method = True
    if unit.cls is not None and unit.setter_of == "setter":
        unit.cls.setters[node.name] = unit


def _own_nodes(statements: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of statements that belong to their scope, not to one inside of it."""
    open_ = list(statements)
    while open_:
        node = open_.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef, *_COMPREHENSIONS)):
            open_ += ast.iter_child_nodes(node)


def is_guard(statement: ast.stmt) -> bool:
    """Whether it is ``if __name__ == "__main__":``."""
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.Compare):
        return False
    parts = [statement.test.left, *statement.test.comparators]
    names = [p.id for p in parts if isinstance(p, ast.Name)]
    texts = [p.value for p in parts if isinstance(p, ast.Constant)]
    return names == ["__name__"] and texts == ["__main__"] and isinstance(statement.test.ops[0], ast.Eq)


def _exported(tree: ast.Module) -> set[str]:
    """The names that ``__all__`` lists."""
    found: set[str] = set()
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            found |= {n.value for n in ast.walk(statement) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return found
