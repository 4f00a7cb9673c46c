"""The call graph: who runs whom, whether the call can be given one more argument, and how functions are handed on."""

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from varwg_codemod.flow.build import Flow
from varwg_codemod.flow.calls import _method
from varwg_codemod.flow.foreign import is_process, manner
from varwg_codemod.flow.sites import Escape, Site
from varwg_codemod.flow.values import BOUND, CLASS, FUNC, PARTIAL, Value
from varwg_codemod.index import Index, Module, Unit
from varwg_codemod.places import Places

RESOLVED, MAYBE, UNKNOWN = "resolved", "maybe", "unknown"
RNG = "rng"


@dataclass(eq=False)
class Edge:
    """A place where one unit runs others.

    `certainty` is "resolved" where all functions that it can call are known, "maybe" where they were found by the name
    of a method of an object of unknown type, and "unknown" where something else may be called as well. `call` is the
    call if one more argument can be added to it. `targets` are the functions that get its arguments, with the values
    that led there; `ran` run because of it and get theirs from elsewhere.
    """

    site: Site
    unit: Unit
    certainty: str
    call: ast.Call | None
    targets: dict[Unit, set[Value]]
    ran: dict[Unit, str]
    passed: bool = False
    threads: set[Unit] = field(default_factory=set)  # those that run in another thread or process, with a stream of its own

    @cached_property
    def callees(self) -> set[Unit]:
        """All that may run."""
        return set(self.targets) | set(self.ran)


@dataclass(eq=False)
class Mention:
    """A value by which a function or class travels; `direct` if the expression that names it is called there and then."""

    value: Value
    unit: Unit | None
    edges: list[Edge] = field(default_factory=list)
    escapes: list[Escape] = field(default_factory=list)
    direct: bool = False

    @property
    def origin(self) -> ast.AST | None:
        """The expression that names the function."""
        return self.value.origin  # type: ignore[no-any-return]


def _is_impossible(dotted: str) -> bool:
    """Whether a call of a method of an array cannot be, because arrays have none of that name."""
    return dotted.replace("()", "") == "numpy.array.impossible"


class CallGraph:
    """Edges and mentions, by unit."""

    def __init__(self, flow: Flow, index: Index, places: dict[Module, Places]) -> None:
        self._flow = flow
        self._index = index
        self._places = places
        self.edges: list[Edge] = []
        self.out: dict[Unit, list[Edge]] = defaultdict(list)
        self.into: dict[Unit, list[Edge]] = defaultdict(list)
        self.mentions: dict[Unit, list[Mention]] = defaultdict(list)
        self.partials: dict[ast.AST, ast.Call] = {}  # functions named in functools.partial(...), and that call
        self._next: dict[Unit, set[Unit]] = defaultdict(set)
        self._reach: dict[Unit, frozenset[Unit]] = {}
        self._build_edges()
        self._build_mentions()

    def _build_edges(self) -> None:
        for site in self._flow.sites:
            targets = {f: set(v) for f, v in site.targets.items() if site.unit not in self._flow.wrappers.get(f, ())}
            ran = dict(site.ran)
            if not targets and not ran:
                continue
            edge = Edge(site, site.unit, self._certainty(site, targets), self._call(site), targets, ran)
            edge.threads = {
                f
                for f, why in ran.items()
                if why not in ("wrapper", "partial", "operator")
                and "." in why
                and manner(why) == "thread"
                and (self._flow.library.by_thread or is_process(why))
            }
            edge.passed = edge.call is not None and any(k.arg == RNG for k in edge.call.keywords)
            self.edges.append(edge)
            self.out[site.unit].append(edge)
            self._next[site.unit] |= edge.callees
            for callee in edge.callees:
                self.into[callee].append(edge)

    def _certainty(self, site: Site, targets: object) -> str:
        if any(not _is_impossible(name) for name in site.foreign) or (
            site.makes and any(isinstance(k, tuple) for k in site.makes)
        ):
            return UNKNOWN if targets and site.foreign else RESOLVED
        if site.is_unknown:
            func = site.node.func if isinstance(site.node, ast.Call) else None
            return MAYBE if func in self._flow.maybe else UNKNOWN
        return RESOLVED

    def _call(self, site: Site) -> ast.Call | None:
        node = site.node
        if not site.is_call or not isinstance(node, ast.Call):
            return None
        parent = self._places[site.unit.module].parent.get(node)
        return None if node in getattr(parent, "decorator_list", ()) and self._is_application(site) else node

    def _is_application(self, site: Site) -> bool:
        """Whether a decorator with arguments is applied here, not called with its arguments."""
        return site is not self._flow.site_of[site.node][0]

    def _build_mentions(self) -> None:
        by_site = {id(e.site): e for e in self.edges}
        escapes: dict[Value, list[Escape]] = defaultdict(list)
        for escape in self._flow.escapes:
            escapes[escape.value].append(escape)
        for value in self._flow.values.all():
            unit = self._unit_of(value)
            if unit is None:
                continue
            edges = [by_site[id(s)] for s in self._flow.reached.get(value, ()) if id(s) in by_site]
            mention = Mention(value, self._unit_at(value), edges, list(escapes.get(value, [])))
            self._note_partial(mention, escapes)
            mention.direct = self._is_direct(value, edges) and not mention.escapes
            if value.origin is not None or edges or mention.escapes:
                self.mentions[unit].append(mention)

    def _note_partial(self, mention: Mention, escapes: dict[Value, list[Escape]]) -> None:
        """A function given to `functools.partial`: it travels as what that makes."""
        for site in self._flow.reached.get(mention.value, ()):
            if ("partial", mention.value) in site.makes and isinstance(site.node, ast.Call) and mention.origin is not None:
                self.partials[mention.origin] = site.node
                for value, found in escapes.items():
                    if value.kind == PARTIAL and value.what is site.node:
                        mention.escapes += found

    def _unit_of(self, value: Value) -> Unit | None:
        if value.kind == FUNC:
            return value.what  # type: ignore[no-any-return]
        if value.kind == BOUND:
            return value.what[0]  # type: ignore[no-any-return]
        return _method(self._flow, value.what, "__init__") if value.kind == CLASS else None

    def _unit_at(self, value: Value) -> Unit | None:
        if isinstance(value.origin, ast.Lambda):
            return self._index.unit_of[value.origin].parent
        scope = self._flow.scope_at.get(value.origin) if value.origin is not None else None
        return self._flow.unit_at(scope, value.origin) if scope is not None else None

    def _is_direct(self, value: Value, edges: list[Edge]) -> bool:
        if value.origin is None:
            return False
        nodes = {e.site.node for e in edges}
        if value.origin in nodes:
            return True
        if not isinstance(value.origin, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Lambda)):
            return False
        scope = self._flow.scope_at.get(value.origin)
        unit = self._index.unit_of.get(value.origin) if isinstance(value.origin, ast.Lambda) else None
        module = scope.module if scope is not None else unit.module if unit is not None else None
        parent = self._places[module].parent.get(value.origin) if module is not None else None
        return isinstance(parent, ast.Call) and parent.func is value.origin and nodes <= {parent}

    def reach(self, unit: Unit) -> frozenset[Unit]:
        """All units that may run because of a unit, itself included."""
        if unit not in self._reach:
            found, open_ = {unit}, [unit]
            while open_:
                for callee in self._next[open_.pop()] - found:
                    found.add(callee)
                    open_.append(callee)
            self._reach[unit] = frozenset(found)
        return self._reach[unit]

    def ancestors(self, unit: Unit) -> set[Unit]:
        """All units because of which a unit may run in the same thread; itself only if it may run itself."""
        found: set[Unit] = set()
        open_ = [unit]
        while open_:
            current = open_.pop()
            for edge in self.into.get(current, ()):
                if edge.unit not in found and current not in edge.threads:
                    found.add(edge.unit)
                    open_.append(edge.unit)
        return found
