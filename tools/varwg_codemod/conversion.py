"""The second step from NumPy's old generator: what made a `RandomState` makes a `Generator`, and its methods are renamed.

Nothing is threaded here: who holds which generator is known from the values. All generators that may meet at one place are
converted together or not at all, and none of which a place asks more than is known.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from varwg_codemod import insertion
from varwg_codemod.edits import NUMPY, Edit
from varwg_codemod.flow.build import Flow
from varwg_codemod.flow.sites import Site
from varwg_codemod.flow.values import FOREIGN, GENERATOR, INST, MADE, NOTHING, UNKNOWN, Value
from varwg_codemod.generator_methods import (
    ALSO_OF_RANDOM,
    HANDING_ON,
    KEYWORDS,
    MISSING,
    NEW_KIND,
    NEW_MAKER,
    NOT_LOOKING,
    OLD_KIND,
    REFUSING,
    RENAMED,
    SAME,
    STATE,
    TAKING,
    TELLING,
)
from varwg_codemod.index import Class, Index, Module, Scope, Variable
from varwg_codemod.library import GENERATOR_METHODS, LEGACY_DRAWS, QUIET_BASES
from varwg_codemod.places import Places
from varwg_codemod.troubles import Trouble

_MAKING, _CALLING = "VWG018", "VWG019"
_NO_EQUAL = "VWG119"
_EXAMPLE = re.compile(rf"^[^\S\n]*+(?:>>>|\.\.\.) .*\b{OLD_KIND}\b", re.MULTILINE)
_OF_BOTH = frozenset({*RENAMED, *STATE, *MISSING, *GENERATOR_METHODS, "bit_generator"})
_ONLY_OLD = frozenset({*RENAMED, *STATE, *MISSING})
_EVALUATING = re.compile(r"\b(?:eval|exec)\(")
_CODE = re.compile(rf"\.(?:{'|'.join(sorted(_ONLY_OLD))})\(")
_KIND = re.compile(rf"(?<!\w)(?<!\w\.)(?:[A-Za-z_]\w*+\.)*\b{OLD_KIND}\b")


@dataclass(eq=False)
class _Use:
    """A place that holds generators and where something is to be written, or where they cannot be told from other things."""

    node: ast.AST
    module: Module
    origins: set[ast.AST]
    edits: list[Edit] = field(default_factory=list)
    trouble: Trouble | None = None


class Conversion:
    """Which generators of a program become those of the new kind, and the edits for that."""

    def __init__(self, index: Index, flow: Flow, places: dict[Module, Places]) -> None:
        self._index, self._flow, self._places = index, flow, places
        self._module_of = {node: module for module in index.modules.values() for node in module.source.nodes}
        self._origins = {v.origin for v in flow.values.all() if v.kind == GENERATOR and v.origin is not None}
        self._together: dict[ast.AST, ast.AST] = {origin: origin for origin in self._origins}
        self._evidence: set[ast.AST] = set()
        self._new: set[ast.AST] = set()  # of which something is asked that only the new kind has
        self._uses: list[_Use] = []
        self._edits: dict[Module, list[Edit]] = {}
        #: What is left for a human: file, place, why, and whether the old kind is named there.
        self.left: list[tuple[Module, ast.AST, Trouble, bool]] = []
        self._decide()

    def edits(self, module: Module) -> list[Edit]:
        """The edits in one file."""
        return self._edits.get(module, [])

    def _decide(self) -> None:
        unclear = [*self._attributes(), *self._by_strings()]
        self._arguments()
        self._handed_on()
        self._kept_by_foreign_bases()
        self._annotations()
        self._makers()
        for use in self._uses:
            for other in use.origins:
                self._join(next(iter(use.origins)), other)
        told = self._told()
        stays = self._blocked(unclear, told)
        for use in self._uses:
            whys = [stays[top] for top in {self._top(o) for o in use.origins} if top in stays]
            if not whys:
                self._edits.setdefault(use.module, []).extend(use.edits)
            elif use.trouble is not None:
                if not self._is_new(use):
                    self._leave(use.module, use.node, use.trouble)
            elif use.edits and self._top(next(iter(use.origins))) in told:
                self._leave(use.module, use.node, whys[0])
        for module, node, trouble in unclear:
            self._leave(module, node, trouble)

    def _is_new(self, use: _Use) -> bool:
        """Whether a use is of a parameter of unknown origin, of which something is asked that the old kind has not."""
        tops = {self._top(o) for o in use.origins}
        group = {o for o in self._origins if self._top(o) in tops}
        return all(isinstance(o, ast.arg) for o in group) and not group.isdisjoint(self._new)

    def _told(self) -> set[ast.AST]:
        """Groups that are of the old kind for certain: one of them is made, or is asked for what nothing else has."""
        sure = {o for o in self._origins if not isinstance(o, ast.arg)} | self._evidence
        return {self._top(o) for o in sure}

    def _blocked(self, unclear: list[tuple[Module, ast.AST, Trouble]], told: set[ast.AST]) -> dict[ast.AST, Trouble]:
        """The groups that stay, and why."""
        stays: dict[ast.AST, Trouble] = {}
        for use in self._uses:
            for origin in use.origins if use.trouble is not None else ():
                stays.setdefault(self._top(origin), self._because(use))
        for origin in self._origins:
            if unclear:
                module, node, _ = unclear[0]
                why = Trouble(
                    _NO_EQUAL,
                    f"it may be the object of unknown class at {self._place(module, node)}",
                    f"annotate that as `np.random.{OLD_KIND}`, then run again",
                )
                stays.setdefault(self._top(origin), why)
            if self._top(origin) not in told:
                stays.setdefault(self._top(origin), _untold())
        made = {self._top(o) for o in self._origins if isinstance(o, ast.Call)}
        if (made & set(stays)) or self._in_doctests():
            for origin in self._origins:  # parameters of functions that nobody calls, as far as is seen
                if self._top(origin) not in made:
                    stays.setdefault(self._top(origin), _others_stay())
        return stays

    def _in_doctests(self) -> bool:
        """Whether examples in strings name the old kind; they are reported."""
        found = False
        for module in self._index.modules.values():
            for node in module.source.nodes if OLD_KIND in module.source.text else ():
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _EXAMPLE.search(node.value):
                    self._leave(module, node, Trouble("VWG102", f"an example in this string makes a {OLD_KIND}", "write it anew"))
                    found = True
        return found

    def _because(self, use: _Use) -> Trouble:
        assert use.trouble is not None
        return Trouble(
            _NO_EQUAL,
            f"kept as a {OLD_KIND}, because of {self._place(use.module, use.node)}: {use.trouble.reason}",
            use.trouble.advice,
        )

    def _leave(self, module: Module, node: ast.AST, trouble: Trouble) -> None:
        if all(other is not node for _, other, _, _ in self.left):
            self.left.append((module, node, trouble, node in self._origins))

    def _place(self, module: Module, node: ast.AST) -> str:
        return f"{module.path}:{module.source.place(module.source.start(node))[0]}"

    # Groups

    def _top(self, origin: ast.AST) -> ast.AST:
        while self._together[origin] is not origin:
            origin = self._together[origin]
        return origin

    def _join(self, one: ast.AST, other: ast.AST) -> None:
        self._together[self._top(other)] = self._top(one)

    def _held(self, node: int | None) -> list[Value]:
        return list(self._flow.graph.values[node]) if node is not None else []

    def _generators(self, node: int | None) -> set[ast.AST]:
        return {v.origin for v in self._held(node) if v.kind == GENERATOR}

    # Methods

    def _attributes(self) -> Iterator[tuple[Module, ast.AST, Trouble]]:
        """Collect the methods that are called or named; give back those of objects that may be of the old kind."""
        for node, scope in self._flow.scope_at.items():
            if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
                continue
            held = self._held(self._flow.owner_of.get(node))
            origins = {v.origin for v in held if v.kind == GENERATOR}
            if origins:
                self._method(node, scope, held, origins)
            elif node.attr in TELLING | {"randint"} and self._may_be_old(node, held, scope):
                yield scope.module, node, _unclear(scope.module.source.code(node))

    def _by_strings(self) -> Iterator[tuple[Module, ast.AST, Trouble]]:
        """Methods that are called by their names in strings, or in code that is one."""
        modules = self._index.modules.values()
        evaluates = any(_EVALUATING.search(module.source.text) for module in modules)
        for module in modules:
            for node in module.source.nodes:
                called = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
                if isinstance(node, ast.Call) and called in ("methodcaller", "attrgetter"):
                    named = {a.value for a in node.args if isinstance(a, ast.Constant)}
                    if not named.isdisjoint(_ONLY_OLD):
                        yield module, node, _unclear(module.source.code(node))
                elif evaluates and isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.search(node.value):
                    yield module, node, Trouble("VWG102", "code in this string calls a method of the old kind", "write it anew")

    def _may_be_old(self, node: ast.Attribute, held: list[Value], scope: Scope) -> bool:
        """Whether an object of which little is known may be a generator of the program."""
        if isinstance(node.value, ast.Name):
            variable = scope.lookup(node.value.id)
            if variable is not None and variable.kinds == {"param"} and variable.scope.unit in self._flow.opened:
                return False  # nobody in the program calls it
        if not held:
            return not (isinstance(node.value, ast.Attribute) and _root(node) in scope.module.scope.names)
        return any(v.kind == UNKNOWN or (v.kind == MADE and v.what == "numpy.array" and node.attr in TELLING) for v in held)

    def _method(self, node: ast.Attribute, scope: Scope, held: list[Value], origins: set[ast.AST]) -> None:
        module, name = scope.module, node.attr
        if name in SAME:
            if name not in ALSO_OF_RANDOM:
                self._evidence |= origins
            return
        if name in TELLING:
            self._evidence |= origins
        if name in GENERATOR_METHODS or name == "bit_generator":
            self._new |= origins
        others = [v for v in held if v.kind not in (GENERATOR, NOTHING) and (v.kind, v.what) != (MADE, "copy")]
        if others and name not in _OF_BOTH:
            return  # a method of the others
        use = _Use(node, module, origins)
        self._uses.append(use)
        if others:
            use.trouble = Trouble(
                _NO_EQUAL,
                f"`{module.source.code(node.value)}` may be something else than a {OLD_KIND} here ({_shown(others[0])})",
                "tell them apart, then run again",
            )
        elif name in RENAMED:
            self._renamed(use, node, module)
        elif name in STATE:
            self._state(use, node, scope)
        else:
            code, advice = module.source.code(node), MISSING.get(name, "write what is meant with the methods of a Generator")
            use.trouble = Trouble(_NO_EQUAL, f"a {NEW_KIND} has nothing like `{code}`", advice)

    def _renamed(self, use: _Use, node: ast.Attribute, module: Module) -> None:
        name, manner = RENAMED[node.attr]
        source = module.source
        end = source.end(node)
        use.edits.append(Edit(end - len(node.attr), end, 0, name, _CALLING))
        if manner == "same":
            return
        call = self._places[module].parent.get(node)
        if not (isinstance(call, ast.Call) and call.func is node):
            use.trouble = Trouble(
                _NO_EQUAL,
                f"`{source.code(node)}` is handed on, and `{name}` takes other arguments",
                "hand on a function that calls it",
            )
            return
        edits = {"dimensions": self._dimensions, "half open": self._half_open, "closed": self._closed}[manner](call, module)
        if edits is None:
            use.trouble = Trouble(
                _NO_EQUAL, f"the arguments of `{source.code(node)}` are not all to be seen", f"call `{name}` by hand"
            )
        else:
            use.edits += edits

    def _dimensions(self, call: ast.Call, module: Module) -> list[Edit] | None:
        """``rand(2, 3)`` takes its size as several numbers, ``random((2, 3))`` as one."""
        source, args = module.source, call.args
        if call.keywords:
            return None
        if len(args) == 1 and isinstance(args[0], ast.Starred):
            inner = args[0].value
            plain = (isinstance(inner, ast.Attribute) and inner.attr == "shape") or self._is_rest(inner, module)
            code = source.code(inner)
            new = f"{code} or None" if plain else f"tuple({code}) or None"  # without a dimension it is one number, no array
            return [Edit(source.start(args[0]), source.end(args[0]), 0, new, _CALLING)]
        if len(args) < 2:
            return []
        after = ") or None" if all(isinstance(a, ast.Starred) for a in args) else ")"
        first, last = source.start(args[0]), source.end(args[-1])
        return [Edit(first, first, 0, "(", _CALLING), Edit(last, last, 0, after, _CALLING)]

    def _is_rest(self, node: ast.expr, module: Module) -> bool:
        """Whether a name is that of ``*arguments``, which are a tuple."""
        scope = self._flow.scope_at.get(node)
        variable = scope.lookup(node.id) if isinstance(node, ast.Name) and scope is not None else None
        if variable is None or variable.kinds != {"param"}:
            return False
        args = variable.scope.unit.args
        return args is not None and args.vararg is not None and args.vararg.arg == variable.name

    def _half_open(self, call: ast.Call, module: Module) -> list[Edit] | None:
        """One number of ``randint`` is an `int` of Python, one of ``integers`` an `int64` unless it is asked for."""
        if _is_spread(call):
            return None
        named = {k.arg: k.value for k in call.keywords}
        if len(call.args) > 3 or "dtype" in named or _is_size(call.args[2] if len(call.args) > 2 else named.get("size")):
            return []
        return self._more(call, module, "dtype=int")

    def _closed(self, call: ast.Call, module: Module) -> list[Edit] | None:
        """``random_integers(6)`` starts from 1, and the last number is among those that may be drawn."""
        source = module.source
        if _is_spread(call):
            return None
        edits = self._more(call, module, "endpoint=True")
        named = {k.arg: k for k in call.keywords}
        high = call.args[1] if len(call.args) > 1 else named["high"].value if "high" in named else None
        if high is not None and not _is_none(high):
            if any(v.kind in (NOTHING, UNKNOWN) for v in self._held(self._flow.node_of.get(high))):
                return None
            return edits
        if not call.args:
            if "low" not in named or high is not None:
                return None
            at = source.start(named["low"])
            return [*edits, Edit(at, at, 0, "1, ", _CALLING), Edit(at, at + len("low"), 0, "high", _CALLING)]
        start = source.start(call.args[0])
        edits.append(Edit(start, start, 0, "1, ", _CALLING))
        if len(call.args) > 1:
            edits.append(Edit(source.end(call.args[0]), source.end(call.args[1]), 0, "", _CALLING))
        return None if "high" in named else edits

    def _more(self, call: ast.Call, module: Module, keyword: str) -> list[Edit]:
        start = module.source.start(call)
        pieces = insertion.into_call(module.source, call)
        return [Edit(offset, offset, -start, text.replace("{}", keyword), _CALLING) for offset, text in pieces]

    # State

    def _state(self, use: _Use, node: ast.Attribute, scope: Scope) -> None:
        source, places = use.module.source, self._places[use.module]
        call = places.parent.get(node)
        statement = places.parent.get(call) if isinstance(call, ast.Call) and call.func is node else None
        edits = None
        if isinstance(call, ast.Call) and isinstance(statement, ast.Expr) and node.attr == "seed":
            edits = self._seed(call, node, use.module)
        elif isinstance(call, ast.Call) and isinstance(statement, ast.Expr) and node.attr == "set_state":
            edits = self._set_state(call, node, scope, use)
        elif isinstance(call, ast.Call) and node.attr == "get_state" and not call.args and not call.keywords:
            edits = self._get_state(call, node, scope, use)
        if edits is None:
            use.trouble = Trouble(
                _NO_EQUAL,
                f"`{source.code(node)}` is used in a way for which a {NEW_KIND} has no equal",
                "a Generator has its state in `bit_generator.state`, and is seeded by making another one",
            )
        else:
            use.edits = edits

    def _seed(self, call: ast.Call, node: ast.Attribute, module: Module) -> list[Edit] | None:
        """``rng.seed(7)`` for all who hold it: the state of a fresh one."""
        source = module.source
        if _is_spread(call) or len(call.args) + len(call.keywords) > 1 or any(k.arg != "seed" for k in call.keywords):
            return None
        before, after = self._dot(node, module), source.end(call)
        new = f".bit_generator.state = {NUMPY}.random.{NEW_MAKER}"
        return [Edit(before, source.end(node), 0, new, _CALLING), Edit(after, after, 0, ".bit_generator.state", _CALLING)]

    def _set_state(self, call: ast.Call, node: ast.Attribute, scope: Scope, use: _Use) -> list[Edit] | None:
        source = use.module.source
        if call.keywords or len(call.args) != 1:
            return None
        given = call.args[0]
        if not (isinstance(given, ast.Call) and self._is_state(given, use)):
            variable = scope.lookup(given.id) if isinstance(given, ast.Name) else None
            if variable is None or not self._holds_state(variable, use):
                return None
        start = self._dot(node, use.module)
        return [
            Edit(start, source.start(given), 0, ".bit_generator.state = ", _CALLING),
            Edit(source.end(given), source.end(call), 0, "", _CALLING),
        ]

    def _get_state(self, call: ast.Call, node: ast.Attribute, scope: Scope, use: _Use) -> list[Edit] | None:
        places = self._places[use.module]
        parent = places.parent.get(call)
        target = parent.targets[0] if isinstance(parent, ast.Assign) and len(parent.targets) == 1 else None
        variable = scope.lookup(target.id) if isinstance(target, ast.Name) else None
        restored = isinstance(parent, ast.Call) and self._restorer(parent, use) is not None
        if not restored and (variable is None or not self._holds_state(variable, use)):
            return None
        return [Edit(self._dot(node, use.module), use.module.source.end(call), 0, ".bit_generator.state", _CALLING)]

    def _holds_state(self, variable: Variable, use: _Use) -> bool:
        """Whether a variable holds states of these generators, and gives them back to them, and nothing else."""
        if variable.scope.kind not in ("function", "module") or variable.scope.module is not use.module:
            return False
        places = self._places[use.module]
        bound = [node if isinstance(node, ast.Assign) else places.parent.get(node) for _, node in variable.bindings]
        made = all(isinstance(b, ast.Assign) and isinstance(b.value, ast.Call) and self._is_state(b.value, use) for b in bound)
        given = [places.parent.get(node) for node, _ in variable.loads]
        return made and all(isinstance(g, ast.Call) and self._restorer(g, use) is not None for g in given)

    def _is_state(self, call: ast.Call, use: _Use) -> bool:
        """``rng.get_state()`` of one of the generators, which belongs together with the place where it is used."""
        return self._belongs(call, "get_state", use) and not call.args and not call.keywords

    def _restorer(self, call: ast.Call, use: _Use) -> ast.Call | None:
        return call if self._belongs(call, "set_state", use) else None

    def _belongs(self, call: ast.Call, name: str, use: _Use) -> bool:
        if not isinstance(call.func, ast.Attribute) or call.func.attr != name:
            return False
        found = self._generators(self._flow.owner_of.get(call.func))
        use.origins |= found
        return bool(found)

    def _dot(self, node: ast.Attribute, module: Module) -> int:
        """Where the dot of an attribute stands."""
        return module.source.text.rindex(".", module.source.end(node.value), module.source.end(node))

    # What others are given

    def _arguments(self) -> None:
        for site in self._flow.sites:
            origins = {o for node in site.arguments.all() for o in self._generators(node)}
            if origins and (site.foreign or site.is_unknown):
                trouble = self._given(site)
                if trouble is not None:
                    self._uses.append(_Use(site.node, site.unit.module, origins, trouble=trouble))

    def _given(self, site: Site) -> Trouble | None:
        """Why a function of another library cannot be given a Generator in place of the old kind."""
        for dotted in sorted(site.foreign):
            plain = dotted.replace("()", "")
            root = plain.partition(".")[0]
            if root in TAKING or root in HANDING_ON or plain in NOT_LOOKING:
                continue
            keywords = [k.arg for k in getattr(site.node, "keywords", ()) if k.arg in KEYWORDS]
            if root == "numpy" and keywords and dotted.startswith("numpy.array()"):
                continue
            if root in REFUSING:
                return Trouble(
                    _NO_EQUAL,
                    f"{REFUSING[root]} takes a seed or a {OLD_KIND}, and no {NEW_KIND}",
                    f"give it a {OLD_KIND} of its own",
                )
            return Trouble(
                _NO_EQUAL, f"`{plain}` may ask for a {OLD_KIND}", f"give it a {NEW_KIND} by hand if it takes one, then run again"
            )
        if site.is_unknown:
            return Trouble(_NO_EQUAL, "it is handed on to something unknown", "annotate what it is handed to, then run again")
        return None

    def _handed_on(self) -> None:
        """Generators that leave the program by other ways: in containers, or in attributes of objects of unknown class."""
        for escape in self._flow.escapes:
            root = escape.to.replace("()", "").partition(".")[0]
            if escape.value.kind == GENERATOR and root not in HANDING_ON | TAKING and escape.to not in NOT_LOOKING:
                trouble = Trouble(
                    _NO_EQUAL,
                    f"it is handed on to `{escape.to}`",
                    f"give it a {NEW_KIND} by hand if it takes one, then run again",
                )
                self._uses.append(_Use(escape.node, escape.unit.module, {escape.value.origin}, trouble=trouble))

    def _kept_by_foreign_bases(self) -> None:
        """Objects whose class has a base outside of the program, which may use what they hold."""
        for (owner, _), held in self._flow.fields():
            origins = self._generators(held) if isinstance(owner, Class) else set()
            if isinstance(owner, Class) and origins:
                bases = [b for b in owner.all_foreign() if b.removesuffix("()") not in QUIET_BASES]
                reason = f"the base class `{bases[0]}` may use it" if bases else ""
                trouble = Trouble(_NO_EQUAL, reason, f"let it have a {NEW_KIND} by hand if it takes one")
                self._uses += [_Use(owner.node, owner.module, origins, trouble=trouble)] if bases else []

    # Where the old kind is named

    def _makers(self) -> None:
        """``RandomState(seed)``, and what else names the class."""
        making: dict[ast.AST, Site] = {s.node: s for s in self._flow.sites if s.node in self._origins}
        named = {getattr(node, "func", None) for node in making}
        for node, site in making.items():
            assert isinstance(node, ast.Call)
            use = _Use(node, site.unit.module, {node})
            self._uses.append(use)
            resolved = self._index.resolve(node.func, self._flow.scope_at[node])
            plain = resolved in self._flow.library.explicit or (
                isinstance(node.func, ast.Attribute) and node.func.attr == OLD_KIND
            )
            if not plain or site.targets or len(site.foreign) > 1 or site.is_unknown:
                use.trouble = Trouble(
                    _NO_EQUAL, f"the class {OLD_KIND} is called by another name here", "call it by its own name"
                )
            elif _is_spread(node) or len(node.args) + len(node.keywords) > 1 or any(k.arg != "seed" for k in node.keywords):
                use.trouble = Trouble(_NO_EQUAL, f"{OLD_KIND} is given more than a seed", "make the Generator by hand")
            else:
                source = use.module.source
                use.edits.append(
                    self._instead(node.func, NEW_MAKER, source.start(node.func), source.end(node.func), use.module, _MAKING)
                )
        annotated = {n for o in self._annotated for n in ast.walk(o)}
        for node, scope in self._flow.scope_at.items():
            if node in named or node in annotated or not isinstance(node, (ast.Name, ast.Attribute)):
                continue
            if isinstance(node.ctx, ast.Load) and any(
                v.kind == FOREIGN and v.what in self._flow.library.explicit for v in self._held(self._flow.node_of.get(node))
            ):
                trouble = Trouble(_NO_EQUAL, f"the class {OLD_KIND} is named, not called", f"write `{NEW_KIND}` if that is meant")
                self._leave(scope.module, node, trouble)

    def _instead(self, node: ast.expr, name: str, start: int, end: int, module: Module, code: str) -> Edit:
        """The new name in place of the old one, reached in the same way."""
        text = module.source.text[start:end]
        owner = text.rpartition(".")[0]
        if owner and not owner.endswith("mtrand"):
            return Edit(end - len(OLD_KIND), end, 0, name, code)
        return Edit(start, end, 0, f"{NUMPY}.random.{name}", code)

    def _annotations(self) -> None:
        """Annotations that name the old kind: of parameters, results, variables and attributes."""
        self._annotated: set[ast.AST] = set()
        for annotation, scope, held in self._all_annotations():
            found = list(_KIND.finditer(scope.module.source.code(annotation)))
            if not found:
                continue
            self._annotated.add(annotation)
            origins = self._generators(held)
            start = scope.module.source.start(annotation)
            if not origins or any(v.kind == UNKNOWN for v in self._held(held)):
                why = "what the annotation speaks of is not all known"
                trouble = Trouble(_NO_EQUAL, why, f"write `{NEW_KIND}` if all that it may be is one")
                if origins:
                    self._uses.append(_Use(annotation, scope.module, origins, trouble=trouble))
                else:
                    self._leave(scope.module, annotation, trouble)
                continue
            edits = [
                self._instead(annotation, NEW_KIND, start + m.start(), start + m.end(), scope.module, _MAKING) for m in found
            ]
            self._uses.append(_Use(annotation, scope.module, origins, edits))

    def _all_annotations(self) -> Iterator[tuple[ast.expr, Scope, int | None]]:
        for unit in self._index.units:
            node = unit.node
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for arg in unit.parameters():
                    if arg.annotation is not None:
                        yield arg.annotation, unit.scope, self._flow.parameter(unit, arg.arg)
                if node.returns is not None:
                    yield node.returns, unit.scope, self._flow.returned(unit)
        for module in self._index.modules.values():
            for node in module.source.nodes:
                if isinstance(node, ast.AnnAssign):
                    yield node.annotation, module.scope, self._annotated_target(node, module)

    def _annotated_target(self, node: ast.AnnAssign, module: Module) -> int | None:
        """The values of an annotated variable or attribute."""
        if isinstance(node.target, ast.Attribute):
            found = [self._held_by(v, node.target.attr) for v in self._held(self._flow.node_of.get(node.target.value))]
            return next((f for f in found if f is not None), None)
        if not isinstance(node.target, ast.Name):
            return None
        for above in self._places[module].above(node):
            if isinstance(above, ast.ClassDef):
                return self._flow.field(self._index.class_of[above], node.target.id)
            if above in self._index.scope_of:
                variable = self._index.scope_of[above].lookup(node.target.id)
                return self._flow.variable(variable) if variable is not None else None
        variable = module.scope.names.get(node.target.id)
        return self._flow.variable(variable) if variable is not None else None

    def _held_by(self, value: Value, name: str) -> int | None:
        return self._flow.field(value.what, name) if value.kind == INST else None


def _is_spread(call: ast.Call) -> bool:
    """Whether arguments are given as ``*values`` or ``**values``."""
    return any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_size(node: ast.expr | None) -> bool:
    """Whether an argument is a size for certain, and not None."""
    if isinstance(node, ast.Constant):
        return node.value is not None
    if isinstance(node, ast.Attribute):
        return node.attr == "shape"
    return isinstance(node, (ast.Tuple, ast.List, ast.BinOp)) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
    )


def _root(node: ast.Attribute) -> str:
    base: ast.expr = node
    while isinstance(base, ast.Attribute):
        base = base.value
    return base.id if isinstance(base, ast.Name) else ""


def _shown(value: Value) -> str:
    if value.kind == FOREIGN and str(value.what).startswith("numpy.random"):
        return f"`{value.what}`"
    return {UNKNOWN: "nothing is known of it", MADE: f"something of `{value.what}`"}.get(value.kind, f"a {value.kind}")


def _unclear(code: str) -> Trouble:
    return Trouble(
        "VWG113",
        f"it is not to be seen what `{code}` is a method of",
        f"annotate the object as `np.random.{OLD_KIND}` if it is one, then run again",
    )


def _others_stay() -> Trouble:
    return Trouble(
        _NO_EQUAL,
        f"nobody calls it as far as is seen, and elsewhere in the program a {OLD_KIND} stays",
        "rewrite that first, then run again",
    )


def _untold() -> Trouble:
    return Trouble(_NO_EQUAL, "it is not certain that it is one of NumPy's generators", f"annotate it as `np.random.{OLD_KIND}`")


def old_generator_names(flow: Flow) -> Iterable[tuple[ast.AST, Module, str]]:
    """Where files still use NumPy's hidden generator itself."""
    for node, scope in flow.scope_at.items():
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            for value in flow.graph.values[flow.node_of[node]] if node in flow.node_of else ():
                if value.kind == FOREIGN and str(value.what).startswith("numpy.random."):
                    name = value.what.removeprefix("numpy.random.").removeprefix("mtrand.")
                    variable = scope.lookup(node.id) if isinstance(node, ast.Name) else None
                    named = node.attr == name if isinstance(node, ast.Attribute) else variable and variable.kinds == {"import"}
                    if named and name in LEGACY_DRAWS | STATE | {"_rand"}:
                        yield node, scope.module, name
