"""Writes a solution down: all edits of one file, each with the code of its rule."""

import ast
from collections.abc import Iterator

from varwg_codemod import insertion
from varwg_codemod.edits import NUMPY, PARTIAL, PYTEST, VARWG, Edit
from varwg_codemod.effects import Op
from varwg_codemod.imports import first_binding
from varwg_codemod.index import Module, Unit
from varwg_codemod.places import Where
from varwg_codemod.solver import ATTRIBUTE, CLOSURE, FIXTURE, GLOBAL, OWN, PARAMETER, SELF, SHIM, Solution, Solver
from varwg_codemod.source import Source

RNG = "rng"
_FIRST = -(10**9)
Tagged = tuple[Unit, Edit]


class Printer:
    """Makes the edits of a solution."""

    def __init__(self, solution: Solution, solver: Solver) -> None:
        self._solution = solution
        self._solver = solver
        self._library = solver.flow.library
        self._maker = f"{NUMPY}.random.{self._library.maker}"
        self._keeps: dict[Unit, bool] = {}
        self._found: dict[Module, list[Tagged]] | None = None
        self._replaced: dict[Module, set[int]] | None = None
        self._keeping: frozenset[Unit] | None = None
        self._asked: dict[Unit, list[ast.AST]] | None = None  # calls and mentions that are given a generator, by unit
        self.borrowed: list[tuple[int, Unit]] = []  # where units name the hidden generator, as long as they have to

    def edits(self, module: Module) -> list[Tagged]:
        """All edits in one file, with the units that need them."""
        if self._found is None:
            self._found = self._all()
        return self._found.get(module, [])

    def _all(self) -> dict[Module, list[Tagged]]:
        found: dict[Module, list[Tagged]] = {}
        for unit, mode in self._solution.mode.items():
            if mode != GLOBAL:
                found.setdefault(unit.module, []).extend((unit, edit) for edit in self._unit(unit))
            for other in self._solver.fixtures.requesters(unit) if mode == FIXTURE else ():
                asked = next(a for a in other.parameters() if a.arg == unit.name)
                start, end = other.module.source.start(asked), other.module.source.end(asked)
                found.setdefault(other.module, []).append((unit, Edit(start, end, 0, RNG, "VWG017")))
        for call, (unit, code) in self._solution.calls.items():
            found.setdefault(unit.module, []).extend((unit, edit) for edit in self._passing(call, unit, code))
        for node, unit in self._solution.partials.items():
            found.setdefault(unit.module, []).extend((unit, edit) for edit in self._binding(node, unit))
        return found

    def replaced(self, module: Module) -> frozenset[int]:
        """Where old names stood that are explicit generators now."""
        if self._replaced is None:
            self._replaced = {}
            for unit, mode in self._solution.mode.items():
                for op in self._solver.ops(unit) if mode != GLOBAL else ():
                    if op.kind == "use" and not (mode == SHIM and op.alias is not None):
                        self._replaced.setdefault(unit.module, set()).add(unit.module.source.start(op.node))
        return frozenset(self._replaced.get(module, ()))

    def expression(self, unit: Unit) -> str:
        """How a unit names its generator."""
        host = self._solution.host_of(unit)
        if self._solution.mode.get(host) in (SELF, ATTRIBUTE):
            return f"{host.parameters()[0].arg}.{RNG}"
        return RNG

    def _unit(self, unit: Unit) -> Iterator[Edit]:
        mode = self._solution.mode[unit]
        if mode == PARAMETER and not self._solver.takes(unit) and not self._takes_fixture(unit):
            yield from self._signature(unit)
        if unit in self._keepers():
            yield self._kept(unit)
        if mode == FIXTURE:
            yield from self._fixture(unit)
            return
        if mode in (OWN, SHIM):
            yield from self._creation(unit, mode)
        for op in self._solver.ops(unit):
            yield from self._op(op, unit, mode)

    def _takes_fixture(self, unit: Unit) -> bool:
        """Whether a test asks already for the fixture that becomes `rng`."""
        seeder = self._solution.asks.get(unit)
        return seeder is not None and seeder.kind != "module" and unit in self._solver.fixtures.requesters(seeder)

    def _keepers(self) -> frozenset[Unit]:
        """The constructors of classes that keep a generator for methods that cannot be given one."""
        if self._keeping is None:
            kept = (u for u, mode in self._solution.mode.items() if mode == ATTRIBUTE)
            self._keeping = frozenset(made for u in kept for made in self._solver.keepers(u))
        return self._keeping

    def _kept(self, unit: Unit) -> Edit:
        """``self.rng = rng``, before all else."""
        source, body = unit.module.source, unit.body
        first = body[0]
        is_doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
        statement = f"{unit.parameters()[0].arg}.{RNG} = {RNG}"
        if is_doc and len(body) == 1:
            return Edit(
                source.end(first),
                source.end(first),
                0,
                f"{source.newline}{source.indent(source.start(first))}{statement}",
                "VWG016",
            )
        first = body[1] if is_doc else first
        start = source.start(first)
        if source.text[source.line_start(start) : start].strip():
            return Edit(start, start, _FIRST, f"{statement}; ", "VWG016")
        return Edit(start, start, _FIRST, f"{statement}{source.newline}{source.indent(start)}", "VWG016")

    def _fixture(self, unit: Unit) -> Iterator[Edit]:
        """A fixture that seeded, as the fixture `rng`."""
        source, node, code = unit.module.source, unit.node, "VWG017"
        (op,) = self._solver.ops(unit)
        scope = self._solver.fixtures.scope(unit)
        option = "" if scope == "function" else f'(scope="{scope}")'
        if unit.kind == "module":
            yield from self._new_fixture(op, option, source)
            return
        decorator = self._solver.entries.fixture(unit)
        if decorator is None:
            at = source.start(node)
            yield Edit(at, at, _FIRST, f"@{PYTEST}.fixture{option}{source.newline}", code)
        elif isinstance(decorator, ast.Call):
            yield Edit(source.start(decorator), source.end(decorator), 0, source.code(decorator.func) + option, code)
        at = source.text.index(unit.name, source.text.index("def", source.start(node)) + 3)
        yield Edit(at, at + len(unit.name), 0, RNG, code)
        yield Edit(source.start(op.node), source.end(op.node), 0, f"return {self._maker}", code)
        last = unit.body[-1]
        if isinstance(last, ast.Expr) and isinstance(last.value, ast.Yield) and op.call is not None:
            yield Edit(source.end(op.call), source.end(last), 0, "", code)

    def _new_fixture(self, op: Op, option: str, source: Source) -> Iterator[Edit]:
        """A statement that seeded when its file was imported, as the fixture `rng`."""
        assert op.call is not None
        start, line = source.start(op.node), source.newline
        rest = source.text[source.end(op.call) : source.line_end(source.end(op.call))]
        end = source.end(op.call) + len(rest.rstrip("\r\n"))
        before, after = source.text[:start], source.text[end:]
        above = line * max(0, 2 - (len(before) - len(before.rstrip("\r\n"))) // len(line) + 1) if before.strip() else ""
        below = line * max(0, 3 - (len(after) - len(after.lstrip("\r\n"))) // len(line)) if after.strip() else ""
        head = f"{above}@{PYTEST}.fixture{option}{line}def {RNG}():{line}    return {self._maker}"
        yield Edit(start, source.end(op.node), 0, head, "VWG017")
        if below:
            yield Edit(end, end, 0, below, "VWG017")

    # Operations

    def _op(self, op: Op, unit: Unit, mode: str) -> Iterator[Edit]:
        if op.kind == "use":
            yield from self._use(op, unit, mode)
        elif op.kind == "seed" and mode != SHIM:
            yield from self._seed(op, unit)
        elif op.kind == "store" and mode == OWN:
            source = unit.module.source
            yield Edit(source.start(op.node), source.end(op.node), 0, RNG, "VWG015")
        elif op.kind == "api" and op.call is not None:
            yield from self._api(op, op.call, unit)

    def _use(self, op: Op, unit: Unit, mode: str) -> Iterator[Edit]:
        source = unit.module.source
        expression = self.expression(unit)
        if op.alias is not None and expression == RNG:
            if mode != SHIM and not (mode == OWN and op is self._first_alias(unit)):
                yield self._dropped(op.alias, unit)
            return
        if op.method:
            method = self._library.renamed.get(op.method, op.method)
            yield Edit(source.start(op.node), source.end(op.node), 0, f"{expression}.{method}", "VWG002")
            return
        yield from self._renamed(op, unit)
        if source.code(op.node) != expression:
            yield Edit(source.start(op.node), source.end(op.node), 0, expression, "VWG002")

    def _renamed(self, op: Op, unit: Unit) -> Iterator[Edit]:
        """Methods that an old kind of generator had by another name."""
        source, places = unit.module.source, self._solver.places[unit.module]
        method = places.parent[op.node]
        name = self._solver.flow.library.renamed.get(method.attr) if isinstance(method, ast.Attribute) else None
        if name is None:
            return
        end = source.end(method)
        yield Edit(end - len(method.attr), end, 0, name, "VWG106")  # type: ignore[attr-defined]
        call = places.parent.get(method)
        if isinstance(call, ast.Call) and call.func is method and method.attr in ("rand", "randn") and len(call.args) > 1:  # type: ignore[attr-defined]
            yield Edit(source.start(call.args[0]), source.start(call.args[0]), 0, "(", "VWG106")
            yield Edit(source.end(call.args[-1]), source.end(call.args[-1]), 0, ")", "VWG106")

    def _dropped(self, statement: ast.stmt, unit: Unit) -> Edit:
        """Remove ``rng = varwg.rng``, which would say ``rng = rng``."""
        source, places = unit.module.source, self._solver.places[unit.module]
        start, end = source.start(statement), source.end(statement)
        (owner, name), _ = places.step[statement]
        alone = not source.text[source.line_start(start) : start].strip() and not source.text[end : source.line_end(end)].strip()
        if alone and len(getattr(owner, name)) > 1:
            return Edit(source.line_start(start), source.line_end(end), 0, "", "VWG002")
        return Edit(start, end, 0, "pass", "VWG002")

    def _seed(self, op: Op, unit: Unit) -> Iterator[Edit]:
        source = unit.module.source
        assert op.call is not None
        start, end = source.start(op.node), source.end(op.node)
        expression = self.expression(unit)
        if self._rebinds(op, unit):
            code = "VWG008" if expression != RNG else "VWG004" if self._is_realisation(op, unit) else "VWG001"
            yield Edit(start, end, 0, f"{expression} = {self._maker}", code)
            return
        if self._library.reseeding:
            yield Edit(start, end, 0, f"{expression}.{self._library.reseeding}", "VWG003")
            return
        yield Edit(start, end, 0, f"{expression}.bit_generator.state = {self._maker}", "VWG003")
        after = source.end(op.call)
        yield Edit(after, after, 0, ".bit_generator.state", "VWG003")

    def _is_realisation(self, op: Op, unit: Unit) -> bool:
        return bool(op.where.loops) or (unit.kind == "function" and not self._solver.entries.kind(unit))

    def _rebinds(self, op: Op, unit: Unit) -> bool:
        """Whether seeding may bind the name anew; otherwise the generator that others hold is reset."""
        mode = self._solution.mode[unit]
        if op.where.nested or (op.scope is not None and op.scope.kind not in ("function", "module")):
            return False
        if mode == CLOSURE and unit.kind == "main":
            return not self._is_kept(self._solution.host_of(unit))
        if mode not in (OWN, SELF):
            return False
        if op is self._solution.leading.get(unit) and not op.where.loops:
            return True
        return not self._is_kept(unit)

    def _is_kept(self, unit: Unit) -> bool:
        """Whether anything that a unit reaches keeps hold of the generator object."""
        if unit not in self._keeps:
            self._keeps[unit] = self._holds(unit)
        return self._keeps[unit]

    def _holds(self, unit: Unit) -> bool:
        solution, solver = self._solution, self._solver
        reach = set(solver.graph.reach(unit))
        reach |= {guest for u in tuple(reach) for guest in solution.guests(u)}
        partials = set(solution.partials.values())
        keepers = self._keepers()
        for other in reach:
            if solution.mode.get(other, GLOBAL) == GLOBAL:
                continue
            if other in keepers or other in partials or (other.is_generator and other is not unit):
                return True
            if other is not unit and other in solution.host and solution.mode.get(solution.host_of(other)) != OWN:
                return True
            if any(
                op.kind == "use" and op.bare and not (op.alias is not None and self.expression(other) == RNG)
                for op in solver.ops(other)
            ):
                return True
            if solver.takes(other) and self._stores(other):
                return True
        return False

    def _stores(self, unit: Unit) -> bool:
        """Whether a function that takes `rng` already keeps it."""
        places = self._solver.places[unit.module]
        for node in ast.walk(unit.node):
            if isinstance(node, ast.Name) and node.id == RNG and isinstance(node.ctx, ast.Load):
                parent = places.parent[node]
                if not isinstance(parent, ast.Attribute) and not (isinstance(parent, ast.keyword) and parent.arg == RNG):
                    return True
        return False

    # Arguments

    def _signature(self, unit: Unit) -> Iterator[Edit]:
        source, node = unit.module.source, unit.node
        if isinstance(node, ast.Lambda):
            pieces, parameter = insertion.into_lambda(source, node), RNG
        else:
            assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            pieces = insertion.into_signature(source, node)
            if unit in self._solution.asks and not node.args.kwonlyargs and node.args.vararg is None and node.args.kwarg is None:
                pieces = tuple((offset, text.replace("*, ", "")) for offset, text in pieces)
            annotated = any(a.annotation is not None for a in unit.parameters())
            parameter = f"{RNG}: {NUMPY}.random.{self._library.kind}" if annotated else RNG
        for offset, text in pieces:
            yield Edit(offset, offset, 0, text.replace("{}", parameter), "VWG005")

    def _passing(self, call: ast.Call, unit: Unit, code: str) -> Iterator[Edit]:
        source = unit.module.source
        for offset, text in insertion.into_call(source, call):
            yield Edit(offset, offset, -source.start(call), text.replace("{}", f"rng={self.expression(unit)}"), code)

    def _binding(self, node: ast.AST, unit: Unit) -> Iterator[Edit]:
        source = unit.module.source
        made = self._solver.graph.partials.get(node)
        if made is not None:
            if not any(k.arg == RNG for k in made.keywords):
                yield from self._passing(made, unit, "VWG011")
            return
        start, end = source.start(node), source.end(node)
        yield Edit(start, start, _FIRST, f"{PARTIAL}(", "VWG011")
        yield Edit(end, end, -start, f", rng={self.expression(unit)})", "VWG011")

    def _api(self, op: Op, call: ast.Call, unit: Unit) -> Iterator[Edit]:
        source, expression = unit.module.source, self.expression(unit)
        if self._library.module:
            yield from self._giving(call, expression, unit)
            return
        old = [k for k in call.keywords if k.arg in ("random_state", "seed_before_sim")]
        if not old:
            yield from self._passing(call, unit, "VWG009")
            return
        statement = self._solver.places[unit.module].statement(call)
        assert statement is not None
        at = source.start(statement)
        arguments = sorted([*call.args, *call.keywords], key=source.start)
        for number, keyword in enumerate(old):
            said = self._said_before(keyword, expression, op, unit)
            if said:
                yield Edit(at, at, 0, f"{said}{source.newline}{source.indent(at)}", "VWG010")
            start, end = source.start(keyword), source.end(keyword)
            if not number:
                yield Edit(start, end, 0, f"rng={expression}", "VWG010")
                continue
            place = arguments.index(keyword)
            before = source.end(arguments[place - 1])
            yield Edit(before, end, 0, "", "VWG010")

    def _giving(self, call: ast.Call, expression: str, unit: Unit) -> Iterator[Edit]:
        """Give a function of another library the generator, in the place of None where that is written."""
        source, keyword = unit.module.source, self._library.keyword
        written = next((k.value for k in call.keywords if k.arg == keyword), None)
        if written is not None:
            yield Edit(source.start(written), source.end(written), 0, expression, "VWG009")
            return
        for offset, text in insertion.into_call(source, call):
            yield Edit(offset, offset, -source.start(call), text.replace("{}", f"{keyword}={expression}"), "VWG009")

    def _said_before(self, keyword: ast.keyword, expression: str, op: Op, unit: Unit) -> str:
        """What an old argument did, as a statement."""
        value = unit.module.source.code(keyword.value)
        if value == "None":
            return ""
        if keyword.arg == "random_state":
            return f"{expression}.bit_generator.state = {value}"
        fresh = f"{NUMPY}.random.default_rng({value})"
        if self._solution.mode[unit] == OWN and not op.where.nested and not self._is_kept(unit):
            return f"{expression} = {fresh}"
        return f"{expression}.bit_generator.state = {fresh}.bit_generator.state"

    # Making a generator

    def _creation(self, unit: Unit, mode: str) -> Iterator[Edit]:
        solver, source = self._solver, unit.module.source
        leading = self._solution.leading.get(unit)
        if mode == SHIM:
            if not any(op.alias for op in solver.ops(unit)) and solver._wants_generator(unit, self._solution):
                for edit in self._borrowed(unit, leading):
                    self.borrowed.append((edit.start, unit))
                    yield edit
            return
        if leading is not None and (leading.kind == "store" or self._rebinds(leading, unit)):
            return
        code = "VWG014" if solver.entries.kind(unit) in ("test", "fixture", "hook") else "VWG007"
        alias = self._first_alias(unit)
        if alias is not None:
            yield Edit(source.start(alias.node), source.end(alias.node), 0, f"{self._maker}()", code)
            return
        offset, text = self._place(unit, f"{RNG} = {self._maker}()")
        yield Edit(offset, offset, _FIRST, text, code)

    def _borrowed(self, unit: Unit, leading: Op | None) -> Iterator[Edit]:
        """The hidden generator itself, for as long as something else draws from it."""
        source = unit.module.source
        statement = f"{RNG} = {self._hidden(unit, leading)}"
        if leading is not None and leading.call is not None:
            after = source.end(leading.call)
            rest = source.text[after : source.line_end(after)]
            if not rest.strip() or rest.strip().startswith("#"):
                at = source.line_end(after)
                ended = source.text[:at].endswith(("\n", "\r"))
                indent = source.indent(source.start(leading.call))
                if source.text[source.line_start(source.start(leading.call)) : source.start(leading.call)].strip() == "":
                    new = f"{indent}{statement}{source.newline}" if ended else f"{source.newline}{indent}{statement}"
                    yield Edit(at, at, _FIRST, new, "VWG007")
                    return
            yield Edit(after, after, 0, f"; {statement}", "VWG007")
            return
        offset, text = self._place(unit, statement)
        yield Edit(offset, offset, _FIRST, text, "VWG007")

    def _hidden(self, unit: Unit, leading: Op | None) -> str:
        source = unit.module.source
        if self._library.hidden:
            return f"{NUMPY}.{self._library.hidden}"
        if leading is not None:
            code = source.code(leading.node)
            if code.endswith(".reseed"):
                return code.removesuffix("reseed") + "get_rng()"
        before = min((start for _, start in self._nodes(unit)), default=None) if unit.kind in ("module", "main") else None
        name = first_binding(unit.module, self._solver.flow.library.roots, before)
        return f"{name}.get_rng()" if name else f"{VARWG}.get_rng()"

    def _first_alias(self, unit: Unit) -> Op | None:
        """``rng = varwg.rng`` as a unit's first operation: where it makes its generator."""
        ops = sorted(self._nodes(unit), key=lambda n: n[1])
        aliases = [op for op in self._solver.ops(unit) if op.alias is not None and not op.where.nested and not op.where.loops]
        leading = self._solution.leading.get(unit)
        if leading is not None or not aliases or not ops:
            return None
        first = min(aliases, key=lambda op: unit.module.source.start(op.node))
        start = unit.module.source.start(first.alias or first.node)
        others = [w for node, _, w in self._placed(unit) if node is not first.node]
        return first if ops[0][1] >= start and all(self._where(first).dominates(w) for w in others) else None

    def _where(self, op: Op) -> Where:
        return op.where

    def _nodes(self, unit: Unit) -> list[tuple[ast.AST, int]]:
        return [(node, start) for node, start, _ in self._placed(unit)]

    def _placed(self, unit: Unit) -> list[tuple[ast.AST, int, Where]]:
        """All nodes for which a unit needs its generator."""
        solution, places = self._solution, self._solver.places[unit.module]
        if self._asked is None:
            self._asked = {}
            asked = [(u, call) for call, (u, _) in solution.calls.items()], [(u, node) for node, u in solution.partials.items()]
            for user, node in (*asked[0], *asked[1]):
                self._asked.setdefault(user, []).append(node)
        mine = {u for u in (unit, *solution.guests(unit)) if solution.mode.get(u, GLOBAL) != GLOBAL}
        nodes: list[ast.AST] = [op.node for u in mine for op in self._solver.ops(u)]
        nodes += [node for u in mine for node in self._asked.get(u, ())]
        source = unit.module.source
        return [(node, source.start(node), places.where(node, unit)) for node in nodes]

    def _place(self, unit: Unit, statement: str) -> tuple[int, str]:
        """Where a statement comes before all that needs it, and its text."""
        paths = [where.path for _, _, where in self._placed(unit) if where.path]
        source = unit.module.source
        best: ast.stmt | None = None
        for depth in range(min((len(p) for p in paths), default=0)):
            if len({p[depth][0] for p in paths}) > 1:
                break
            (owner, name), _ = paths[0][depth]
            if depth and not self._can_hold(owner, name):
                break
            block = getattr(owner, name)
            first = block[min(p[depth][1] for p in paths)]
            if not self._is_elif(first, unit) and not self._shares_line(block, owner, unit):
                best = first
            if len({p[depth] for p in paths}) > 1:
                break
        if best is None:
            raise ValueError(f"found no place for a generator in `{unit.name}`")
        start = min([source.start(best), *(source.start(d) - 1 for d in getattr(best, "decorator_list", ()))])
        if source.text[source.line_start(start) : start].strip():
            return start, f"{statement}; "
        indent = source.text[source.line_start(start) : start]
        return start, f"{statement}{source.newline}{indent}"

    def _can_hold(self, owner: ast.AST, name: str) -> bool:
        """Whether a block is run once when its unit is."""
        if isinstance(owner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            return False
        return not (isinstance(owner, (ast.For, ast.AsyncFor, ast.While)) and name == "body")

    def _is_elif(self, statement: ast.stmt, unit: Unit) -> bool:
        return unit.module.source.text.startswith("elif", unit.module.source.start(statement))

    def _shares_line(self, block: list[ast.stmt], owner: ast.AST, unit: Unit) -> bool:
        """Whether a block stands behind its colon."""
        source = unit.module.source
        start = min([source.start(block[0]), *(source.start(d) - 1 for d in getattr(block[0], "decorator_list", ()))])
        return not isinstance(owner, ast.Module) and bool(source.text[source.line_start(start) : start].strip())


def codes_needed(unit: Unit, solution: Solution, solver: Solver) -> set[str]:
    """The codes of the rules whose edits a unit needs."""
    known = getattr(solution, "_codes", None)
    if known is None:
        known = {}
        printer = Printer(solution, solver)
        for module in {u.module for u in solution.mode}:
            for owner, edit in printer.edits(module):
                known.setdefault(owner, set()).add(edit.code)
        solution._codes = known  # type: ignore[attr-defined]
    found: set[str] = known.get(unit, set())
    return found
