"""From the text of one file to its facts: units, old names, calls, references, imports."""
# ruff: noqa: N802 - LibCST dictates the names of the visiting methods

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import libcst as cst
from libcst.metadata import Assignment, ClassScope

from varwg_codemod.descriptions import Descriptions, may_be_in_run
from varwg_codemod.facts import (
    Block,
    Call,
    Class,
    ModuleFacts,
    OldName,
    Reference,
    TypeRef,
    Unit,
    Where,
)
from varwg_codemod.imports import import_names, imports_of
from varwg_codemod.names import LIBRARY_ROOTS, RNG
from varwg_codemod.patterns import Pattern
from varwg_codemod.sites import Sites
from varwg_codemod.syntax import Syntax
from varwg_codemod.unit_facts import describe_unit, is_main_guard
from varwg_codemod.values import Values

MODULE = "<module>"
MAIN = "<main>"


def scan(text: str, path: str, patterns: Sequence[Pattern], offered: Mapping[str, str] | None = None) -> ModuleFacts:
    """Find everything in one file that the planning needs.

    Parameters
    ----------
    text
        The source, without a byte-order mark.
    path
        The file's path with forward slashes; its directories tell the package.
    patterns
        Finders of sites that are only ever reported.
    offered
        Dotted names under which other files offer the old names, and which those are.

    Raises
    ------
    libcst.ParserSyntaxError
        If the text is not valid Python.
    """
    syntax = Syntax(text)
    scanner = _Scanner(syntax, path, patterns, offered or {})
    syntax.module.visit(scanner)
    return scanner.facts()


class _Scanner(cst.CSTVisitor):
    """Walks a file once, knowing at each node which unit, statement and loop it is in."""

    def __init__(self, syntax: Syntax, path: str, patterns: Sequence[Pattern], offered: Mapping[str, str]) -> None:
        super().__init__()
        self._syntax = syntax
        self._path_name = path
        self._bindings = Values(syntax, path, offered)
        self._patterns = patterns
        self._sites = Sites(syntax, self._bindings, path)
        self._described = Descriptions(syntax, self._bindings)
        self._unit = MODULE
        self._path: list[tuple[int, int]] = []
        self._loops: list[int] = []
        self._nested = 0
        self._moment: int | None = None
        self._units: list[Unit] = [Unit(MODULE, "module", None, syntax.spot(syntax.module))]
        self._classes: list[Class] = []
        self._old: list[OldName] = []
        self._calls: list[Call] = []
        self._references: list[Reference] = []
        self._blocks: list[Block] = []
        self._attributes: dict[str, list[tuple[str, TypeRef]]] = {}
        self._annotated: dict[tuple[str, str], TypeRef] = {}
        self._rng_classes: set[str] = set()
        self._foreign: set[str] = set()
        self._returns: dict[str, list[tuple[int, TypeRef | None]]] = {}
        self._generators: set[str] = set()
        self._imports: list[cst.Import | cst.ImportFrom] = []
        self._relevant = bool(offered) or any(root in syntax.text for root in LIBRARY_ROOTS)

    def facts(self) -> ModuleFacts:
        """Everything found."""
        imports = import_names(self._syntax, self._bindings, self._imports, self._path_name)
        units = tuple(self._completed(unit) for unit in self._units)
        classes = tuple(
            Class(
                c.name,
                c.bases,
                c.methods,
                tuple(self._attributes_of(c.name)),
                c.name in self._rng_classes,
            )
            for c in self._classes
        )
        about = imports_of(self._syntax, self._bindings, self._earliest_need())
        definitions = self._sites.definitions(Where(MODULE, (), (), False, 0))
        return ModuleFacts(
            path=self._path_name,
            newline=self._syntax.newline,
            units=units,
            classes=classes,
            old_names=(*self._old, *definitions),
            calls=tuple(self._calls),
            references=tuple(self._references),
            blocks=tuple(self._blocks),
            imports=imports,
            bindings=about.bindings,
            numpy_name=about.numpy_name,
            numpy_conflict=about.numpy_conflict,
            partial_name=about.partial_name,
            import_anchor=about.anchor,
        )

    def _attributes_of(self, cls: str) -> Iterator[tuple[str, TypeRef]]:
        """Attributes with their classes; what a declaration says counts more than what is stored."""
        for (owner, name), kind in self._annotated.items():
            if owner == cls:
                yield name, kind
        yield from ((name, kind) for name, kind in self._attributes.get(cls, ()) if (cls, name) not in self._annotated)

    def _earliest_need(self) -> int | None:
        """Offset of the first thing at module level that may need a generator."""
        old = [name.spot.start for name in self._old if name.where.unit == MODULE and name.kind != "import"]
        calls = [c.spot.start for c in self._calls if c.where.unit == MODULE and c.target and may_be_in_run(c.target)]
        return min([*old, *calls], default=None)

    def _completed(self, unit: Unit) -> Unit:
        """A unit with what only its body tells."""
        returns = self._returns.get(unit.name, [])
        return replace(
            unit,
            foreign_rng=unit.name in self._foreign,
            generator=unit.name in self._generators,
            early_exit=min((offset for offset, _ in returns), default=None),
            returns=tuple(kind for _, kind in returns if kind is not None),
        )

    # Statements and blocks

    def visit_Module(self, node: cst.Module) -> bool:
        self._statements(node, node.body)
        return False

    def visit_IndentedBlock(self, node: cst.IndentedBlock) -> bool:
        self._statements(node, node.body)
        return False

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> bool:
        if len(node.body) == 1:
            return True
        self._statements(node, node.body, one_line=True)
        return False

    def visit_SimpleStatementSuite(self, node: cst.SimpleStatementSuite) -> bool:
        self._statements(node, node.body, one_line=True)
        return False

    def _statements(self, node: cst.CSTNode, body: Sequence[cst.CSTNode], one_line: bool = False) -> None:
        number = len(self._blocks)
        starts = tuple(self._statement_start(statement) for statement in body)
        first = starts[0] if starts else 0
        indent = self._syntax.text[self._syntax.line_start(first) : first]
        loops, nested = tuple(self._loops), bool(self._nested)
        self._blocks.append(Block(starts, "" if one_line else indent, loops, nested, one_line))
        for index, statement in enumerate(body):
            if is_main_guard(statement) and self._unit == MODULE and not self._path:
                self._main_block(statement, (number, index))
                continue
            self._path.append((number, index))
            statement.visit(self)
            self._path.pop()

    def _statement_start(self, statement: cst.CSTNode) -> int:
        decorators = getattr(statement, "decorators", ())
        return self._syntax.start(decorators[0] if decorators else statement)

    def _main_block(self, statement: cst.If, place: tuple[int, int]) -> None:
        if all(unit.name != MAIN for unit in self._units):
            self._units.append(Unit(MAIN, "main block", None, self._syntax.spot(statement)))
        self._path.append(place)
        statement.test.visit(self)
        self._unit = MAIN
        statement.body.visit(self)
        self._unit = MODULE
        if statement.orelse is not None:
            statement.orelse.visit(self)
        self._path.pop()

    # Definitions

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        for decorator in node.decorators:
            decorator.visit(self)
        self._sites.in_default += 1
        node.params.visit(self)
        self._sites.in_default -= 1
        if node.returns is not None:
            node.returns.visit(self)
        if self._unit in {MODULE, MAIN} and not self._nested_in_function(node):
            self._unit_body(node)
        else:
            with self._inside(node):
                node.body.visit(self)
        return False

    def _nested_in_function(self, node: cst.CSTNode) -> bool:
        parent = self._syntax.parent(node)
        while parent is not None:
            if isinstance(parent, (cst.FunctionDef, cst.Lambda)):
                return True
            parent = self._syntax.parent(parent)
        return False

    def _unit_body(self, node: cst.FunctionDef) -> None:
        name = self._bindings.qualified(node)
        same = sum(unit.name.split("#")[0] == name for unit in self._units)
        name = f"{name}#{same + 1}" if same else name
        outer = self._unit, self._path, self._loops, self._nested
        self._unit, self._path, self._loops, self._nested = name, [], [], 0
        self._units.append(describe_unit(self._syntax, self._bindings, node, name))
        node.body.visit(self)
        self._unit, self._path, self._loops, self._nested = outer

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        for part in (*node.decorators, *node.bases, *node.keywords):
            part.visit(self)
        name = self._bindings.qualified(node)
        methods = tuple(s.name.value for s in node.body.body if isinstance(s, cst.FunctionDef))
        bases = tuple(ref for a in node.bases if (ref := self._bindings.ref(a.value)) is not None)
        self._classes.append(Class(name, bases, methods))
        with self._inside(node, deferred=False):
            node.body.visit(self)
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        self._sites.in_default += 1
        node.params.visit(self)
        self._sites.in_default -= 1
        with self._inside(node):
            node.body.visit(self)
        return False

    @contextmanager
    def _inside(self, node: cst.CSTNode, deferred: bool = True) -> Iterator[None]:
        outer = self._moment
        if deferred and outer is None:
            self._moment = self._first_use(node)
        self._nested += 1
        yield
        self._nested -= 1
        self._moment = outer

    def _first_use(self, node: cst.CSTNode) -> int:
        """Offset at which a nested function can be called first: where its name is used first."""
        start = self._syntax.start(node)
        if not isinstance(node, cst.FunctionDef) or node.decorators:
            return start
        uses = [
            self._syntax.start(access.node)
            for assignment in self._bindings.visible(node.name.value, node.name)
            if isinstance(assignment, Assignment) and assignment.node is node
            for access in assignment.references
            if isinstance(access.node, cst.Name)
        ]
        return min(uses, default=start)

    # Loops

    def visit_For(self, node: cst.For) -> bool:
        node.iter.visit(self)
        node.target.visit(self)
        self._looped(node, [node.body])
        if node.orelse is not None:
            node.orelse.visit(self)
        return False

    def visit_While(self, node: cst.While) -> bool:
        self._looped(node, [node.test, node.body])
        if node.orelse is not None:
            node.orelse.visit(self)
        return False

    def _looped(self, node: cst.CSTNode, parts: Sequence[cst.CSTNode]) -> None:
        self._loops.append(self._syntax.start(node))
        for part in parts:
            part.visit(self)
        self._loops.pop()

    def visit_ListComp(self, node: cst.ListComp) -> bool:
        return self._comprehension(node, [node.elt], node.for_in)

    def visit_SetComp(self, node: cst.SetComp) -> bool:
        return self._comprehension(node, [node.elt], node.for_in)

    def visit_GeneratorExp(self, node: cst.GeneratorExp) -> bool:
        return self._comprehension(node, [node.elt], node.for_in)

    def visit_DictComp(self, node: cst.DictComp) -> bool:
        return self._comprehension(node, [node.key, node.value], node.for_in)

    def _comprehension(self, node: cst.CSTNode, parts: Sequence[cst.CSTNode], for_in: cst.CompFor) -> bool:
        for_in.iter.visit(self)
        inner = (*for_in.ifs, *([for_in.inner_for_in] if for_in.inner_for_in else ()))
        self._looped(node, [*inner, *parts])
        return False

    # Expressions

    def visit_Return(self, node: cst.Return) -> None:
        if not self._nested:
            found = self._syntax.start(node), self._bindings.type_of(node.value)
            self._returns.setdefault(self._unit, []).append(found)

    def visit_Yield(self, node: cst.Yield) -> None:
        if not self._nested:
            self._generators.add(self._unit)
            if isinstance(node.value, cst.BaseExpression):
                found = self._syntax.end(node), self._bindings.type_of(node.value)
                self._returns.setdefault(self._unit, []).append(found)

    def visit_Global(self, node: cst.Global) -> None:
        self._declared(node)

    def visit_Nonlocal(self, node: cst.Nonlocal) -> None:
        self._declared(node)

    def _declared(self, node: cst.Global | cst.Nonlocal) -> None:
        """``global rng``: the name cannot be a parameter or a local variable as well."""
        if any(item.name.value == RNG for item in node.names) and self._unit not in {MODULE, MAIN}:
            self._foreign.add(self._unit)

    def visit_Import(self, node: cst.Import) -> bool:
        self._imports.append(node)
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        self._imports.append(node)
        self._patterned(node)
        self._old += self._sites.imported(node, self._where(node))
        return False

    def visit_Annotation(self, node: cst.Annotation) -> bool:
        return False

    def visit_Param(self, node: cst.Param) -> bool:
        if node.default is not None:
            node.default.visit(self)
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:
        node.value.visit(self)
        return False

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        self._patterned(node)

    def visit_Subscript(self, node: cst.Subscript) -> None:
        self._patterned(node)

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        if self._site(node) or self._patterned(node):
            return False
        self._attribute_set(node)
        if not self._is_called(node):
            self._refer(node)
        node.value.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:
        if self._syntax.scope(node) is None:
            return
        if self._site(node) or self._patterned(node):
            return
        if node.value == RNG and self._sites.foreign_rng(node, self._unit in {MODULE, MAIN}):
            self._foreign.add(self._unit)
        if not self._is_called(node):
            self._refer(node)

    def visit_Call(self, node: cst.Call) -> bool:
        if self._call_site(node):
            return False
        if self._patterned(node):
            for part in (node.func, *node.args):
                part.visit(self)
            return False
        self._record_call(node)
        return True

    # Recording

    def _where(self, node: cst.CSTNode) -> Where:
        moment = self._syntax.start(node) if self._moment is None else self._moment
        nested = bool(self._nested)
        return Where(self._unit, tuple(self._path), tuple(self._loops), nested, moment)

    def _site(self, node: cst.Name | cst.Attribute) -> bool:
        found = self._sites.named(node, self._where(node))
        if found is not None:
            self._old.append(found)
        return found is not None

    def _call_site(self, node: cst.Call) -> bool:
        """``get_rng()`` and ``reseed(...)``: sites that are calls."""
        found = self._sites.called(node, self._where(node))
        if found is None:
            return False
        self._old.append(found)
        for argument in node.args:
            argument.visit(self)
        return True

    def _patterned(self, node: cst.CSTNode) -> bool:
        """Let the report-only rules look at a node."""
        if not self._relevant:
            return False
        for pattern in self._patterns:
            trouble = pattern.leave(self._syntax, self._bindings, node)
            if trouble is not None:
                self._old.append(self._sites.left(node, self._where(node), trouble))
                return True
        return False

    def _is_called(self, node: cst.CSTNode) -> bool:
        parent = self._syntax.parent(node)
        return isinstance(parent, cst.Call) and parent.func is node

    def _record_call(self, node: cst.Call) -> None:
        self._calls.append(self._described.call(node, self._where(node)))

    def _attribute_set(self, node: cst.Attribute) -> None:
        """Remember the class of what is stored in ``self.name``, or put into the container that it is."""
        value, put = self._bindings.assigned_value(node), self._bindings.put_in(node)
        if not isinstance(node.value, cst.Name) or (value is None and put is None):
            return
        owner = self._bindings.type_of(node.value)
        if owner is None or owner[0] != "self":
            return
        cls = str(owner[1])
        if node.attr.value == RNG and put is None:
            self._rng_classes.add(cls)
        kind = self._bindings.type_of(value) if put is None else ("put", put)
        if kind is not None and not (isinstance(value, cst.Name) and value.value == "None"):
            self._attributes.setdefault(cls, []).append((node.attr.value, kind))

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        """Remember the class of an attribute that is declared in the body of a class, as in dataclasses."""
        if isinstance(node.target, cst.Name) and isinstance(self._syntax.scope(node.target), ClassScope):
            cls, kind = self._bindings.enclosing_class(node), self._bindings.type_of_annotation(node.annotation)
            if cls is not None and kind is not None:
                self._annotated[cls, node.target.value] = kind

    def _refer(self, node: cst.Name | cst.Attribute) -> None:
        reference = self._described.reference(node, self._where(node))
        if reference is not None:
            self._references.append(reference)
