"""What the units of a program do to the hidden generator: draws, seeds, and the calls of the library that draw."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from varwg_codemod.flow.build import Flow
from varwg_codemod.flow.sites import Site
from varwg_codemod.flow.values import FOREIGN, GENERATOR, INST, MADE, NOTHING, PART, UNKNOWN, Value
from varwg_codemod.index import Class, Index, Module, Scope, Unit
from varwg_codemod.library import Library
from varwg_codemod.patterns import hidden_names
from varwg_codemod.places import Places, Where
from varwg_codemod.troubles import Trouble

RNG = "rng"
_COLUMN = "numpy.array().impossible_sample"  # `table.column.sample`
_OLD_ARGUMENTS = ("random_state", "seed_before_sim")
_LOOKING = frozenset({"vars", "dir", "isinstance", "hasattr", "id", "repr", "str", "type", "help", "setattr", "delattr"})


@dataclass(eq=False)
class Op:
    """One thing that a unit does to the hidden generator.

    `kind` is "use", "seed", "store", "api", or "dynamic" (an old name that cannot be rewritten); `node` is the
    expression that is replaced, or the call. `name` is the old name in it, "" where there is none.
    """

    kind: str
    node: ast.AST
    unit: Unit
    where: Where
    name: str = ""
    trouble: Trouble | None = None
    call: ast.Call | None = None
    alias: ast.stmt | None = None
    bare: bool = False
    captured: bool = False  # a method or part of the generator is kept, which does not follow a new seed everywhere
    method: str = ""  # the method of the explicit generator that the whole expression stands for
    scope: Scope | None = None

    @property
    def module(self) -> Module:
        """The file it is in."""
        return self.unit.module


@dataclass
class Effects:
    """All operations, and which units draw through objects that hold the generator, or run foreign code."""

    ops: dict[Unit, list[Op]] = field(default_factory=dict)
    held: dict[Unit, set[ast.AST]] = field(default_factory=dict)  # unit -> where the generators it draws from were named
    foreign: dict[Unit, list[tuple[ast.AST, str]]] = field(default_factory=dict)  # calls of unknown packages
    unknown: dict[Unit, list[tuple[ast.AST, str]]] = field(default_factory=dict)  # calls of unknown functions
    imports: dict[Module, list[tuple[ast.alias, ast.ImportFrom, str]]] = field(default_factory=dict)  # old names imported

    notes: list[tuple[Module, ast.AST, Trouble]] = field(default_factory=list)  # to be told, whatever becomes of them

    def all(self) -> Iterator[Op]:
        """All operations."""
        for ops in self.ops.values():
            yield from ops


def effects_of(flow: Flow, index: Index, places: dict[Module, Places], library: Library) -> Effects:
    """Find all operations of a program."""
    return _Finder(flow, index, places, library).find()


class _Finder:
    def __init__(self, flow: Flow, index: Index, places: dict[Module, Places], library: Library) -> None:
        self._flow = flow
        self._index = index
        self._places = places
        self._library = library
        self._found = Effects()
        self._seeded_apart: bool | None = None

    def find(self) -> Effects:
        self._dynamic_nodes: set[ast.AST] = set()
        for module in self._index.modules.values():
            for node, trouble in hidden_names(module, self._library):
                self._dynamic_nodes.add(node)
                self._add(Op("dynamic", node, *self._at(node, module), trouble=trouble))
            self._imports(module)
        for node, scope in list(self._flow.scope_at.items()):
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                self._name(node, scope)
        known = {op.node for op in self._found.all()} | {getattr(op.node, "func", None) for op in self._found.all()}
        known |= {target for target, _, _ in self._flow.stores}
        for module in self._index.modules.values():
            self._lookalikes(module, known)
        for target, unit, name in self._flow.stores:
            self._store(target, unit, name)
        for node, unit, name in self._flow.star_names:
            reason = Trouble("VWG108", f"`{name}` may come from a star import", "import it by name, then run again")
            self._add(Op("dynamic", node, unit, self._where(node, unit), name=name, trouble=reason))
        for site in self._flow.sites:
            self._site(site)
        for unit in self._index.units:
            if self._is_given_anything(unit):
                self._found.held.setdefault(unit, set())
        for node, scope in self._flow.scope_at.items():
            if (
                isinstance(node, ast.Attribute)
                and node.attr == RNG
                and isinstance(node.ctx, ast.Load)
                and node in self._flow.node_of
            ):
                values = self._flow.graph.values[self._flow.node_of[node]]
                if not values or any(v.kind == UNKNOWN for v in values):
                    self._found.held.setdefault(self._flow.unit_at(scope, node), set())
        return self._found

    def _is_given_anything(self, unit: Unit) -> bool:
        """Whether a function has a parameter `rng` that may be the hidden generator."""
        variable = unit.scope.names.get(RNG)
        if unit.kind not in ("function", "lambda") or variable is None or "param" not in variable.kinds or not variable.loads:
            return False
        values = self._flow.graph.values[self._flow.variable(variable)]
        return not values or any(v.kind in (UNKNOWN, GENERATOR) for v in values)

    def _add(self, op: Op) -> None:
        ops = self._found.ops.setdefault(op.unit, [])
        if all(other.node is not op.node for other in ops):
            ops.append(op)

    def _at(self, node: ast.AST, module: Module) -> tuple[Unit, Where]:
        places = self._places[module]
        unit = module.unit
        for above in places.above(node):
            if above in self._index.unit_of:
                unit = self._index.unit_of[above]
                break
        return unit, places.where(node, unit)

    def _where(self, node: ast.AST, unit: Unit) -> Where:
        return self._places[unit.module].where(node, unit)

    def _imports(self, module: Module) -> None:
        for node in module.source.nodes:
            if isinstance(node, ast.ImportFrom):
                base = self._index.absolute(module, node)
                if base.partition(".")[0] in self._library.roots:
                    for alias in node.names:
                        if self._flow.library_name(f"{base}.{alias.name}") is not None:
                            self._found.imports.setdefault(module, []).append((alias, node, alias.name))

    # Names

    def _lookalikes(self, module: Module, known: set[ast.AST | None]) -> None:
        """``varwg.rng`` where `varwg` is not certain to be the library, or in a ``del``; definitions of the old names."""
        nodes = module.source.nodes
        if module.name.partition(".")[0] in self._library.roots:
            self._definitions(module)
        if self._library.module or not any(
            isinstance(n, (ast.Import, ast.ImportFrom)) and self._imports_library(n) for n in nodes
        ):
            return
        for node in nodes:
            if isinstance(node, ast.Attribute) and node.attr in self._library.old_names and node not in known:
                base = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
                if base in self._library.roots - {"weathercop"}:
                    unit, where = self._at(node, module)
                    self._ambiguous(node, unit, where, node.attr)

    def _imports_library(self, node: ast.Import | ast.ImportFrom) -> bool:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        return any(name.partition(".")[0] in self._library.roots for name in names)

    def _definitions(self, module: Module) -> None:
        for name in self._library.old_names:
            variable = module.scope.names.get(name)
            for kind, node in variable.bindings if variable is not None else ():
                if kind in ("def", "assign", "store"):
                    reason = Trouble("VWG111", f"`{name}` is defined here", "delete it when nothing uses it any more")
                    self._found.notes.append((module, node, reason))

    def _name(self, node: ast.Name | ast.Attribute, scope: Scope) -> None:
        held = self._flow.node_of.get(node)
        if held is None or node in self._dynamic_nodes:
            return
        if isinstance(node, ast.Name):
            variable = scope.lookup(node.id) or self._index.star_source(node.id, scope.module)
            alias = bool(self._library.module) and variable is not None and variable.kinds == {"assign"}
            if variable is not None and "import" not in variable.kinds and not alias:
                return
        values = [v for v in self._flow.graph.values[held] if v.kind != NOTHING]
        names = [self._old_name(v, node) for v in values]
        if not any(names):
            return
        unit = self._flow.unit_at(scope, node)
        where = self._where(node, unit)
        name = next(n for n in names if n)
        if len({n or "?" for n in names}) > 1 or len({v.what for v in values if v.kind == FOREIGN}) > 1:
            self._ambiguous(node, unit, where, name)
            return
        places = self._places[unit.module]
        parent = places.parent[node]
        if name == self._library.generator or node in self._flow.direct:
            self._use(node, unit, where, name, scope)
        elif isinstance(parent, ast.Call) and parent.func is node:
            if name in self._library.getters and not parent.args and not parent.keywords:
                self._use(parent, unit, where, name, scope)
            elif name in self._library.seeders:
                self._seed(node, parent, unit, where, name, scope)
            else:
                self._ambiguous(node, unit, where, name)
        else:
            self._ambiguous(node, unit, where, name)

    def _old_name(self, value: object, node: ast.AST) -> str:
        kind, what, origin = value.kind, value.what, value.origin  # type: ignore[attr-defined]
        if kind == GENERATOR and origin is node:
            return self._library.generator
        if kind == PART and node in self._flow.direct and origin is node:
            return str(what)
        if kind == FOREIGN:
            return self._flow.library_name(what) or ""
        return ""

    def _ambiguous(self, node: ast.AST, unit: Unit, where: Where, name: str) -> None:
        code = unit.module.source.code(node)
        reason = Trouble(
            "VWG108",
            f"`{code}` is not certain to be the global generator, or is handed on",
            "pass a generator explicitly as `rng=`",
        )
        self._add(Op("dynamic", node, unit, where, name=name, trouble=reason))

    def _use(self, node: ast.AST, unit: Unit, where: Where, name: str, scope: Scope) -> None:
        places = self._places[unit.module]
        parent = places.parent[node]
        trouble = self._place_trouble(node, unit)
        if isinstance(parent, ast.Attribute) and isinstance(parent.ctx, ast.Store):
            trouble = trouble or Trouble(
                "VWG108", "an attribute of the global generator is set", "make one Generator and pass it on"
            )
        alias = parent if isinstance(parent, (ast.Assign, ast.AnnAssign)) and self._is_alias(parent, node, scope) else None
        bare = not isinstance(parent, ast.Attribute) or parent.value is not node or self._is_bound_method(parent, places)
        captured = isinstance(parent, ast.Attribute) and (self._is_bound_method(parent, places) or self._is_part(parent, places))
        method = name if node in self._flow.direct else ""
        if method:
            bare = captured = not (isinstance(parent, ast.Call) and parent.func is node)
        elif self._library.module and trouble is None:
            trouble = self._module_trouble(node, parent)
        op = Op("use", node, unit, where, name, trouble, alias=alias, bare=bare, captured=captured, method=method, scope=scope)
        self._add(op)

    def _module_trouble(self, node: ast.AST, parent: ast.AST) -> Trouble | None:
        """Where it matters that the module itself is named, and no generator would do."""
        looked_at = isinstance(parent, ast.Compare) or (
            isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in _LOOKING
        )
        if looked_at or node in self._flow.odd:
            code = "the module with the global generator is used for what a generator is not"
            return Trouble("VWG108", code, "pass a generator explicitly as `rng=`")
        return None

    def _is_bound_method(self, attribute: ast.Attribute, places: Places) -> bool:
        parent = places.parent.get(attribute)
        return not (isinstance(parent, ast.Call) and parent.func is attribute) and attribute.attr != "bit_generator"

    def _is_part(self, attribute: ast.Attribute, places: Places) -> bool:
        """``rng.spawn``, or ``rng.bit_generator`` other than its state."""
        if attribute.attr in self._library.spawning:
            return True
        above = places.parent.get(attribute)
        return attribute.attr == "bit_generator" and not (isinstance(above, ast.Attribute) and above.attr == "state")

    def _is_alias(self, statement: ast.Assign | ast.AnnAssign, node: ast.AST, scope: Scope) -> bool:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return (
            statement.value is node
            and len(targets) == 1
            and isinstance(targets[0], ast.Name)
            and targets[0].id == RNG
            and scope.kind != "class"
        )

    def _place_trouble(self, node: ast.AST, unit: Unit) -> Trouble | None:
        places = self._places[unit.module]
        current = node
        for above in places.above(node):
            if isinstance(above, ast.Lambda) and current is above.body:
                break
            if isinstance(above, ast.arguments) and current in (*above.defaults, *above.kw_defaults):
                return Trouble("VWG104", "a default argument holds the global generator", "make `rng` a required keyword")
            if isinstance(above, ast.stmt):
                break
            current = above
        for above in places.above(node):
            if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                break
            if isinstance(above, ast.ClassDef) and unit.kind not in ("module", "main"):
                return Trouble(
                    "VWG108", "the body of a class in a function does not see the function's `rng`", "set it in `__init__`"
                )
        return None

    def _seed(self, node: ast.AST, call: ast.Call, unit: Unit, where: Where, name: str, scope: Scope) -> None:
        trouble = self._place_trouble(node, unit)
        parent = self._places[unit.module].parent[call]
        plain = len(call.args) + len(call.keywords) < 2 and not any(isinstance(a, ast.Starred) for a in call.args)
        plain = plain and all(k.arg == "seed" for k in call.keywords)
        if not isinstance(parent, ast.Expr) or not plain:
            trouble = Trouble(
                "VWG115",
                "seeding is part of an expression, or has other arguments than a seed",
                "seed in a statement of its own, then run again",
            )
        self._add(Op("seed", node, unit, where, name, trouble, call=call, scope=scope))

    def _store(self, target: ast.AST, unit: Unit, name: str) -> None:
        places = self._places[unit.module]
        parent = places.parent[target]
        plain = isinstance(parent, ast.Assign) and len(parent.targets) == 1 and name == self._library.generator
        trouble = (
            None if plain else Trouble("VWG108", "the global generator itself is replaced", "make one Generator and pass it on")
        )
        self._add(Op("store", target, unit, self._where(target, unit), name, trouble))

    # Calls

    def _site(self, site: Site) -> None:
        unit = site.unit
        if site.drawn and isinstance(site.node, ast.Call):
            self._drawn(site)
        if "getattr" in site.foreign and site.node not in self._dynamic_nodes:
            names = [self._old_name(v, site.node) for v in self._flow.graph.values[site.result]]
            if any(names):
                self._ambiguous(site.node, unit, self._where(site.node, unit), next(filter(None, names)))
        api = {dotted for dotted in site.foreign if self._is_api(dotted)}
        if self._library.module and isinstance(site.node, ast.Call):
            given = {dotted for dotted in site.foreign if self._library.places_given(dotted) >= 0}
            if site.targets:  # what nobody gives a column of a table
                given.discard(_COLUMN)
            if given:
                self._consumer(site, given)
        if api and isinstance(site.node, ast.Call):
            self._api(site, len(api) < len(site.foreign) or bool(site.targets) or site.is_unknown)
        elif (
            site.is_unknown and site.unknown_method in self._library.telling and self._concerned(unit.module) and not site.targets
        ):
            code = unit.module.source.code(site.node.func) if isinstance(site.node, ast.Call) else ""
            if not any(k.arg == self._library.keyword for k in getattr(site.node, "keywords", ())):
                reason = Trouble(
                    "VWG113",
                    f"it is not to be seen what `{code}` is a method of",
                    f"pass `{self._library.keyword}=` if it is one of {self._library.owner}'s, and annotate the object",
                )
                self._add(Op("api", site.node, unit, self._where(site.node, unit), trouble=reason))
        elif (
            isinstance(site.node, ast.Call)
            and site.is_call
            and (site.is_unknown or site.called is None)
            and self._may_be_anything(site)
        ):
            self._found.unknown.setdefault(unit, []).append((site.node, unit.module.source.code(site.node.func)))
        for dotted in site.foreign:
            root = dotted.partition(".")[0].partition("(")[0]
            if root and root != "?" and self._may_draw(dotted, site):
                self._found.foreign.setdefault(unit, []).append((site.node, self._shown(dotted)))

    def _may_be_anything(self, site: Site) -> bool:
        """Whether an unknown function is called, not an everyday method of an unknown object."""
        func = site.node.func  # type: ignore[attr-defined]
        return not isinstance(func, ast.Attribute)

    def _may_draw(self, dotted: str, site: Site) -> bool:
        """Whether a foreign function may draw from the hidden generator; those that are given one are told apart elsewhere."""
        if "." not in dotted or self._flow.library_name(dotted) is not None or not self._library.may_draw(dotted):
            return False
        return self._library.places_given(dotted) < 0

    def _shown(self, dotted: str) -> str:
        """A foreign function as a reader knows it."""
        parts = dotted.replace("()", "").split(".")
        return ".".join(parts) if self._library.module and parts[0] in self._library.drawing else parts[0]

    def _concerned(self, module: Module) -> bool:
        return any(root in module.source.text for root in self._library.roots)

    def _is_api(self, dotted: str) -> bool:
        """Whether a dotted name is a function or method of the library that takes a generator."""
        parts = dotted.replace("()", "").split(".")
        if parts[0] not in self._library.roots or len(parts) < 2:
            return False
        if len(parts) == 2 and parts[1] in self._library.api_functions:
            return True
        for part in parts[1:-1]:
            name = self._library.api_aliases.get(part, part)
            if name in self._library.api_classes:
                return parts[-1] in self._library.api_classes[name]
        return False

    def _consumer(self, site: Site, given: set[str]) -> None:
        """A function of another library that draws from the hidden generator if it is given no other."""
        call, keyword = site.node, self._library.keyword
        assert isinstance(call, ast.Call)
        value = next((k.value for k in call.keywords if k.arg == keyword), None)
        if value is not None and not self._may_be_none(value):
            held = self._flow.node_of.get(value)
            origins = {v.origin for v in self._flow.graph.values[held] if v.kind == GENERATOR} if held is not None else set()
            if origins - {value}:
                self._found.held.setdefault(site.unit, set()).update(origins)
            return
        trouble = None
        if len(given) < len(site.foreign) or site.targets or site.is_unknown:
            trouble = Trouble(
                "VWG113",
                f"the object may be of several classes, not all of which take `{keyword}`",
                f"tell them apart, then pass `{keyword}=`",
            )
        elif value is not None and not (isinstance(value, ast.Constant) and value.value is None):
            trouble = Trouble(
                "VWG113", f"`{keyword}` may be None, which is the global generator", f"pass `{keyword}=` a generator"
            )
        elif any(dotted.endswith("rvs") for dotted in given) and self._is_seeded_apart():
            trouble = Trouble(
                "VWG113",
                f"a distribution of the program may have been given a seed of its own, which `{keyword}` would replace",
                f"pass `{keyword}=` to those that have none",
            )
        elif any(k.arg is None for k in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
            trouble = Trouble("VWG113", f"the arguments may hold `{keyword}` already", f"pass `{keyword}=` by hand")
        elif len(call.args) > min(self._library.places_given(dotted) for dotted in given):
            trouble = Trouble("VWG113", f"the last argument may be `{keyword}` already", f"pass `{keyword}=` by name")
        self._add(Op("api", call, site.unit, self._where(call, site.unit), trouble=trouble, call=call))

    def _is_seeded_apart(self) -> bool:
        """Whether any distribution of scipy may be made with a seed, or given one afterwards."""
        if self._seeded_apart is None:
            values, node_of = self._flow.graph.values, self._flow.node_of
            stored = (
                node_of.get(node.value)
                for module in self._index.modules.values()
                for node in module.source.nodes
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == self._library.keyword
            )
            self._seeded_apart = any(
                held is None or not values[held] or any(v.kind == UNKNOWN or _is_of_scipy(v) for v in values[held])
                for held in stored
            ) or any(
                any(k.arg == "seed" for k in getattr(site.node, "keywords", ()))
                and (
                    any(dotted.startswith("scipy.stats.") and ".qmc" not in dotted for dotted in site.foreign)
                    or any(isinstance(made, Class) and _has_scipy_base(made) for made in site.makes)
                )
                for site in self._flow.sites
            )
        return self._seeded_apart

    def _may_be_none(self, value: ast.expr) -> bool:
        """Whether an argument may be None, as far as is known."""
        if isinstance(value, ast.Constant):
            return value.value is None
        held = self._flow.node_of.get(value)
        return held is not None and any(v.kind in (NOTHING, UNKNOWN) for v in self._flow.graph.values[held])

    def _api(self, site: Site, mixed: bool) -> None:
        call = site.node
        assert isinstance(call, ast.Call)
        if any(k.arg == RNG for k in call.keywords):
            return
        trouble = None
        if mixed:
            trouble = Trouble(
                "VWG113", "the object may be of several classes, not all of which take `rng`", "tell them apart, then pass `rng=`"
            )
        elif any(k.arg is None for k in call.keywords):
            trouble = Trouble("VWG113", "the keyword arguments may hold `rng` already", "pass `rng=` by hand")
        unit = site.unit
        old = [k for k in call.keywords if k.arg in _OLD_ARGUMENTS]
        where = self._where(call, unit)
        if old and trouble is None and not self._can_say_before(call, old, unit):
            trouble = Trouble(
                "VWG115", "an argument that seeds stands in an expression", "seed in a statement of its own, then run again"
            )
        self._add(Op("api", call, unit, where, trouble=trouble, call=call, bare=bool(old)))

    def _can_say_before(self, call: ast.Call, old: list[ast.keyword], unit: Unit) -> bool:
        """Whether what old arguments did can be said in a statement before."""
        places = self._places[unit.module]
        statement = places.statement(call)
        inner = places.parent[call]
        simple = inner is statement or (isinstance(inner, ast.Call) and places.parent[inner] is statement)
        plain = all(isinstance(k.value, (ast.Name, ast.Constant, ast.Attribute)) and not self._is_old(k.value) for k in old)
        return simple and plain and isinstance(statement, (ast.Assign, ast.Expr, ast.Return, ast.AugAssign, ast.AnnAssign))

    def _is_old(self, node: ast.expr) -> bool:
        return any(isinstance(n, (ast.Name, ast.Attribute)) and self._old_in(n) for n in ast.walk(node))

    def _old_in(self, node: ast.AST) -> bool:
        held = self._flow.node_of.get(node)
        return held is not None and any(v.kind == GENERATOR for v in self._flow.graph.values[held])

    def _drawn(self, site: Site) -> None:
        """Draws from a generator that something holds, and that was named elsewhere."""
        func = site.node.func  # type: ignore[attr-defined]
        source = func.value if isinstance(func, ast.Attribute) else func
        held = self._flow.node_of.get(source)
        origins = (
            {v.origin for v in self._flow.graph.values[held] if v.origin is not None and v.origin is not source}
            if held is not None
            else set()
        )
        if origins:
            self._found.held.setdefault(site.unit, set()).update(origins)


def _is_of_scipy(value: Value) -> bool:
    """Whether a value may be a distribution of scipy."""
    if value.kind == INST:
        return _has_scipy_base(value.what)
    return value.kind in (FOREIGN, MADE) and str(value.what).startswith(("scipy", "numpy"))


def _has_scipy_base(cls: Class) -> bool:
    return any(base.startswith("scipy.") for base in cls.all_foreign())
