"""Recognising the old names in a syntax tree, and whether each can be rewritten where it stands."""

import libcst as cst
from libcst.metadata import Assignment, BaseAssignment, ClassScope, FunctionScope, ImportAssignment

from varwg_codemod.bindings import Bindings, package_of
from varwg_codemod.facts import OldName, Trouble, Where
from varwg_codemod.names import GENERATOR_METHODS, LEGACY_METHODS, OLD_NAMES, OLD_ROOTS, RNG
from varwg_codemod.syntax import Syntax

_PASS_GENERATOR = "pass a generator explicitly as `rng=`"


class Sites:
    """Finds uses of the old names in one file."""

    def __init__(self, syntax: Syntax, bindings: Bindings, path: str) -> None:
        self._syntax = syntax
        self._bindings = bindings
        self.in_default = 0
        package = package_of(path)
        functions = {s.name.value for s in syntax.module.body if isinstance(s, cst.FunctionDef)} & {"reseed", "get_rng"}
        self._defines = bool(package) and package[0] in OLD_ROOTS and bool(functions)
        self._exports = path.endswith("__init__.py") and bool(package) and package[0] in OLD_ROOTS

    def named(self, node: cst.Name | cst.Attribute, where: Where) -> OldName | None:
        """The old name that a name or attribute is, or None."""
        if isinstance(node, cst.Name) and self._is_bound_here(node):
            return None
        if self._defines and isinstance(node, cst.Name) and node.value in OLD_NAMES:
            return self._own_definition(node, where)
        name = self._bindings.old_name(self._bindings.ref(node))
        if name is None:
            return self._uncertain(node, where)
        if isinstance(node, cst.Attribute) and self._is_bound_here(node):
            return self._store(node, where, name)
        if name == "rng":
            return self._use(node, node, where)
        reason = f"`{self._syntax.code(node)}` is handed on without being called"
        advice = "hand on a Generator, or a function that takes one"
        return self._found("leave", node, where, name, Trouble("VWG108", reason, advice))

    def called(self, node: cst.Call, where: Where) -> OldName | None:
        """The use that a call of ``get_rng`` or ``reseed`` is, or None."""
        if not isinstance(node.func, (cst.Name, cst.Attribute)):
            return None
        if self._defines and isinstance(node.func, cst.Name):
            return None
        name = self._bindings.old_name(self._bindings.ref(node.func))
        if name == "get_rng" and not node.args:
            return self._use(node, node.func, where)
        if name == "reseed":
            return self._reseed(node, where)
        return None

    def imported(self, node: cst.ImportFrom, where: Where) -> list[OldName]:
        """Old names that a from-import binds (star imports are found by a rule of their own)."""
        if isinstance(node.names, cst.ImportStar):
            return []
        base = self._bindings.import_base(node)
        found = []
        for alias in node.names:
            if not isinstance(alias.name, cst.Name):
                continue
            name = self._bindings.old_name(("abs", f"{base}.{alias.name.value}"))
            if name is None:
                continue
            trouble = None
            if self._exports:
                trouble = Trouble("VWG111", f"the package itself offers `{name}`", "keep it only as a deprecated name")
            found.append(self._found("import", alias, where, name, trouble, harmless=True))
        return found

    def left(self, node: cst.CSTNode, where: Where, trouble: Trouble) -> OldName:
        """A site that a report-only rule has recognised."""
        docstring = isinstance(node, cst.SimpleString) and isinstance(self._syntax.parent(node), cst.Expr)
        harmless = docstring or trouble.code in {"VWG103", "VWG106", "VWG107"}
        return self._found("leave", node, where, "", trouble, harmless=harmless)

    def definitions(self, where: Where) -> tuple[OldName, ...]:
        """Where this file defines the old names itself."""
        if not self._defines:
            return ()
        found = []
        for assignment in self._module_assignments():
            node = assignment.node
            target = node.name if isinstance(node, cst.FunctionDef) else node
            name = assignment.name
            trouble = Trouble(
                "VWG111",
                f"`{name}` of the old API is defined here",
                "replace it by a deprecated shim, or delete it when nothing uses it any more",
            )
            found.append(self._found("leave", target, where, name, trouble, harmless=True))
        return tuple(found)

    def foreign_rng(self, node: cst.Name, at_module_level: bool) -> bool:
        """Whether this ``rng`` is something else than the old generator or the unit's parameter."""
        return any(
            not self._is_ours(assignment) and (at_module_level or not self._is_inner(assignment))
            for assignment in self._bindings.assignments(node)
        )

    def _module_assignments(self) -> list[Assignment]:
        scope = self._syntax.scope(self._syntax.module)
        if scope is None:
            return []
        return [a for name in sorted(OLD_NAMES) for a in scope[name] if isinstance(a, Assignment)]

    def _is_bound_here(self, node: cst.CSTNode) -> bool:
        """Whether a name or attribute is assigned to, deleted, or defined, not used."""
        parent = self._syntax.parent(node)
        if isinstance(parent, (cst.Param, cst.FunctionDef, cst.ClassDef, cst.AsName)):
            return parent.name is node
        if isinstance(parent, (cst.AssignTarget, cst.NamedExpr, cst.AnnAssign, cst.AugAssign, cst.For, cst.CompFor)):
            return parent.target is node
        return isinstance(parent, cst.Del)

    def _use(self, node: cst.BaseExpression, named: cst.CSTNode, where: Where) -> OldName:
        """The generator: a draw, or the object itself."""
        parent = self._syntax.parent(node)
        method = parent.attr.value if isinstance(parent, cst.Attribute) else None
        trouble = self._use_trouble(node, method)
        return OldName(
            kind="use" if trouble is None else "leave",
            spot=self._syntax.spot(node),
            where=where,
            name="rng",
            source=self._syntax.code(node),
            method=method,
            bare=self._is_bound_method(parent) if method is not None else not self._is_used_up(parent),
            alias=self._is_alias(node) or self._is_fallback(node),
            through_variable=self._is_variable(named),
            drop=self._droppable(node),
            trouble=trouble,
            harmless=trouble is not None and trouble.code == "VWG106",
        )

    def _is_bound_method(self, node: cst.CSTNode | None) -> bool:
        """Whether ``rng.normal`` or ``rng.bit_generator`` is not used up at once, so that it keeps hold of the generator."""
        parent = self._syntax.parent(node) if node is not None else None
        called = isinstance(parent, cst.Call) and parent.func is node
        return not called and not isinstance(parent, cst.Attribute)

    def _is_used_up(self, parent: cst.CSTNode | None) -> bool:
        """Whether the generator is only lent, as in ``stats.norm.rvs(size=3, random_state=varwg.rng)``."""
        call = self._syntax.parent(parent) if isinstance(parent, cst.Arg) else None
        return isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value == "rvs"

    def _use_trouble(self, node: cst.CSTNode, method: str | None) -> Trouble | None:
        if self.in_default:
            return Trouble(
                "VWG104",
                "a default argument holds the global generator",
                "make `rng` a keyword-only argument without a default",
            )
        if method is not None and method not in GENERATOR_METHODS and not method.startswith("_"):
            better = LEGACY_METHODS.get(method, "one of the methods of numpy.random.Generator")
            return Trouble("VWG106", f"a Generator has no `.{method}`", f"use `{better}`")
        if self._shadowed(node) or self._in_nested_class_body(node):
            return Trouble(
                "VWG108",
                "`rng` is another variable here",
                f"rename that variable, then {_PASS_GENERATOR}",
            )
        return None

    def _reseed(self, node: cst.Call, where: Where) -> OldName:
        trouble = self._reseed_trouble(node)
        return OldName(
            kind="reseed" if trouble is None else "leave",
            spot=self._syntax.spot(node.func),
            where=where,
            name="reseed",
            source=self._syntax.code(node.func),
            call_end=self._syntax.end(node),
            trouble=trouble,
        )

    def _reseed_trouble(self, node: cst.Call) -> Trouble | None:
        if not isinstance(self._syntax.parent(node), cst.Expr):
            reason = "the call of `reseed` is part of an expression"
            return Trouble("VWG115", reason, "make a Generator in a statement of its own")
        keywords = {a.keyword.value for a in node.args if a.keyword}
        if len(node.args) > 1 or any(a.star for a in node.args) or keywords - {"seed"}:
            reason = "`reseed` is called with arguments that default_rng does not take"
            return Trouble("VWG115", reason, "write `rng = np.random.default_rng(seed)`")
        if self._shadowed(node):
            return Trouble("VWG108", "`rng` is another variable here", "rename that variable, then seed a Generator")
        return None

    def _store(self, node: cst.Attribute, where: Where, name: str) -> OldName:
        """``varwg.rng = ...``: replacing the global generator itself."""
        parent = self._syntax.parent(node)
        statement = self._syntax.parent(parent) if parent is not None else None
        plain = isinstance(parent, cst.AssignTarget)
        single = isinstance(statement, cst.Assign) and len(statement.targets) == 1
        if name == "rng" and plain and single and not self._shadowed(node):
            return self._found("store", node, where, name, None)
        advice = "make one Generator and pass it on as `rng=`"
        return self._found("leave", node, where, name, Trouble("VWG108", "the global name itself is replaced", advice))

    def _uncertain(self, node: cst.Name | cst.Attribute, where: Where) -> OldName | None:
        """An old name that is shadowed, or bound in more than one way."""
        last = node.value if isinstance(node, cst.Name) else node.attr.value
        if isinstance(node, cst.Name):
            candidates = {self._bindings.old_name(ref) for ref in self._bindings.refs(node)}
            certain = candidates - {None}
        else:
            certain = {last} if last in OLD_NAMES and self._looks_old(node.value) else set()
        if not certain:
            return None
        reason = f"`{self._syntax.code(node)}` is shadowed here, or bound in more than one way"
        advice = f"if it is the global generator, {_PASS_GENERATOR}"
        return self._found("leave", node, where, last, Trouble("VWG108", reason, advice))

    def _looks_old(self, node: cst.BaseExpression) -> bool:
        """Whether what stands before ``.rng`` is called like one of the old packages."""
        if isinstance(node, cst.Attribute):
            return node.attr.value in OLD_ROOTS and self._bindings.ref(node) is None
        if not isinstance(node, cst.Name):
            return False
        refs = self._bindings.refs(node)
        if refs and all(ref and ref[0] == "abs" and ref[1].split(".")[0] not in OLD_ROOTS for ref in refs):
            return False
        bound_old = any(ref and ref[0] == "abs" and ref[1] in OLD_ROOTS for ref in refs)
        about_varwg = "varwg" in self._syntax.text or "weathercop" in self._syntax.text
        return bound_old or (node.value in OLD_ROOTS and about_varwg)

    def _own_definition(self, node: cst.Name, where: Where) -> OldName | None:
        """A use of an old name in the very module that defines it."""
        if where.unit in {"reseed", "get_rng"}:
            return None
        scope = self._syntax.scope(node)
        if scope is None or node.value not in {a.name for a in self._module_assignments()}:
            return None
        if not all(a.scope is scope.globals for a in scope[node.value]):
            return None
        reason = f"`{node.value}` of the old API is used in the module that defines it"
        trouble = Trouble("VWG111", reason, "take a keyword-only `rng` instead")
        return self._found("leave", node, where, node.value, trouble)

    def _found(
        self,
        kind: str,
        node: cst.CSTNode,
        where: Where,
        name: str,
        trouble: Trouble | None,
        harmless: bool = False,
    ) -> OldName:
        source = self._syntax.code(node)
        spot = self._syntax.spot(node)
        return OldName(kind, spot, where, name, source, trouble=trouble, harmless=harmless)

    def _is_variable(self, node: cst.CSTNode) -> bool:
        """Whether a name is a variable of the module that holds the generator, not an old name itself."""
        if not isinstance(node, cst.Name):
            return False
        return not any(isinstance(a, ImportAssignment) for a in self._bindings.assignments(node))

    def _is_alias(self, node: cst.CSTNode) -> bool:
        """Whether this is the value in ``rng = varwg.rng``."""
        assign = self._syntax.parent(node)
        if not isinstance(assign, cst.Assign) or len(assign.targets) != 1:
            return False
        target = assign.targets[0].target
        return isinstance(target, cst.Name) and target.value == RNG and not self._in_class_body(target)

    def _in_class_body(self, node: cst.CSTNode) -> bool:
        """Whether a name is looked up in the body of a class itself, not in one of its methods."""
        return isinstance(self._syntax.scope(node), ClassScope)

    def _is_fallback(self, node: cst.CSTNode) -> bool:
        """Whether this is the second choice in ``rng = rng or varwg.rng`` and the like."""
        choice = self._syntax.parent(node)
        assign = self._syntax.parent(choice) if isinstance(choice, (cst.BooleanOperation, cst.IfExp)) else None
        if not isinstance(assign, cst.Assign) or len(assign.targets) != 1 or assign.value is not choice:
            return False
        target = assign.targets[0].target
        others = [getattr(choice, name) for name in ("body", "orelse", "left", "right") if hasattr(choice, name)]
        named = [o for o in others if isinstance(o, cst.Name) and o.value == RNG]
        return isinstance(target, cst.Name) and target.value == RNG and bool(named) and node in others

    def _in_nested_class_body(self, node: cst.CSTNode) -> bool:
        """Whether ``rng = varwg.rng`` is in the body of a class in a function: Python would not see the function's `rng`."""
        assign = self._syntax.parent(node)
        target = assign.targets[0].target if isinstance(assign, cst.Assign) else None
        scope = self._syntax.scope(target) if isinstance(target, cst.Name) and target.value == RNG else None
        return isinstance(scope, ClassScope) and scope.parent is not scope.globals

    def _droppable(self, node: cst.CSTNode) -> tuple[int, int] | None:
        """The whole line of ``rng = varwg.rng``, if nothing else is on it."""
        if not self._is_alias(node):
            return None
        line = self._syntax.parent(self._syntax.parent(node) or node)
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            return None
        block = self._syntax.parent(line)
        if line.trailing_whitespace.comment is not None or len(getattr(block, "body", ())) < 2:
            return None
        start = self._syntax.start(line)
        return self._syntax.line_start(start), self._syntax.after_line(self._syntax.end(line))

    def _shadowed(self, node: cst.CSTNode) -> bool:
        """Whether ``rng`` at this place is a variable between here and the unit's own body."""
        return any(
            self._is_inner(assignment) and not self._is_ours(assignment) for assignment in self._bindings.visible(RNG, node)
        )

    def _is_ours(self, assignment: BaseAssignment) -> bool:
        """Whether an assignment binds ``rng`` to the old generator, or is the unit's parameter."""
        if isinstance(assignment, ImportAssignment):
            return self._bindings.old_name(self._bindings.assigned_ref(assignment, RNG)) == "rng"
        if not isinstance(assignment, Assignment):
            return True
        if isinstance(assignment.node, cst.Param):
            return not self._is_inner(assignment)
        value = self._bindings.assigned_value(assignment.node)
        if isinstance(value, cst.Call) and not value.args:
            return self._bindings.old_name(self._bindings.ref(value.func)) == "get_rng"
        return value is not None and self._bindings.old_name(self._bindings.ref(value)) == "rng"

    def _is_inner(self, assignment: BaseAssignment) -> bool:
        """Whether an assignment is in a function or comprehension inside the unit."""
        scope = assignment.scope
        if scope is scope.globals:
            return False
        if not isinstance(scope, FunctionScope):
            return True
        outer = scope.parent
        while outer is not outer.globals:
            if isinstance(outer, FunctionScope):
                return True
            outer = outer.parent
        return False
