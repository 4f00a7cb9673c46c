"""What is known of the class of an expression's value, and of the elements if it is a container."""

import re
from collections.abc import Iterable, Iterator, Sequence

import libcst as cst
from libcst.metadata import Access, Assignment

from varwg_codemod.bindings import Bindings
from varwg_codemod.facts import Ref, TypeRef

_DEPTH = 6
_MOST_ELEMENTS = 50
_FOREIGN: TypeRef = ("foreign", "")
# Expressions that give numbers, arrays, texts and containers, never an object of a user's class.
_VALUES = (
    cst.BaseNumber,
    cst.BaseString,
    cst.BinaryOperation,
    cst.Comparison,
    cst.Dict,
    cst.BaseComp,
    cst.List,
    cst.Set,
    cst.Tuple,
    cst.UnaryOperation,
)
_DISPLAYS = (cst.List, cst.Tuple, cst.Set)
_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.GeneratorExp)
_LISTS = frozenset({"list", "tuple", "set", "frozenset", "deque", "sequence", "iterable", "iterator", "collection"})
_DICTS = frozenset({"dict", "mapping", "mutablemapping", "defaultdict", "ordereddict"})
# Functions that give the elements of their argument once more, and methods that put one in.
_SAME_ELEMENTS = frozenset(
    {"list", "tuple", "set", "sorted", "reversed", "iter", "tqdm.tqdm", "tqdm.auto.tqdm", "collections.deque"}
)
_EMPTY = frozenset({"list", "dict", "set", "collections.deque", "collections.OrderedDict"})
_PUTTING = frozenset({"append", "add", "appendleft", "insert"})
_PUTTING_ALL = frozenset({"extend", "extendleft", "update"})
_FILLING = r"\b{0}(?:\.(?:append|appendleft|add|insert|extend|update|setdefault)\b|\[[^\]]*\]\s*=[^=])"


class Values(Bindings):
    """Describes the classes of values in one file; `varwg_codemod.receivers` looks them up in the whole program."""

    def type_of(self, node: cst.CSTNode | None, depth: int = _DEPTH) -> TypeRef | None:
        """A description from which the class of an expression's value may be found out."""
        if node is None or depth == 0:
            return None
        if isinstance(node, cst.Await):
            return self.type_of(node.expression, depth - 1)
        if isinstance(node, cst.NamedExpr):
            return self.type_of(node.value, depth - 1)
        if isinstance(node, cst.IfExp):
            return self._union([node.body, node.orelse], depth)
        if isinstance(node, cst.Call):
            return self._type_of_call(node, depth)
        if isinstance(node, cst.Attribute):
            inner = self.type_of(node.value, depth - 1)
            return ("attribute", (inner, node.attr.value)) if inner is not None else None
        if isinstance(node, cst.Subscript):
            inner = self.type_of(node.value, depth - 1)
            # What is in a container made here may well be of a class of the API.
            return ("item", inner) if inner not in {None, _FOREIGN} else None
        if isinstance(node, cst.Name):
            return self._type_of_name(node, depth)
        return self._type_of_display(node, depth) if isinstance(node, _VALUES) else None

    def _type_of_display(self, node: cst.BaseExpression, depth: int) -> TypeRef | None:
        """Numbers and texts are of no class of interest; containers written out may hold objects that are."""
        form = "dict" if isinstance(node, (cst.Dict, cst.DictComp)) else "list"
        if isinstance(node, _DISPLAYS) and len(node.elements) <= _MOST_ELEMENTS:
            found = [self.type_of(e.value, depth - 1) if isinstance(e, cst.Element) else None for e in node.elements]
        elif isinstance(node, cst.Dict) and len(node.elements) <= _MOST_ELEMENTS:
            found = [self.type_of(e.value, depth - 1) if isinstance(e, cst.DictElement) else None for e in node.elements]
        elif isinstance(node, _COMPREHENSIONS):
            found = [self.type_of(node.elt, depth - 1)]
        elif isinstance(node, cst.DictComp):
            found = [self.type_of(node.value, depth - 1)]
        else:
            return _FOREIGN
        return _container(form, found)

    def _type_of_call(self, node: cst.Call, depth: int) -> TypeRef | None:
        if isinstance(node.func, cst.Name) and node.func.value == "super":
            cls = self.enclosing_class(node)
            return ("super", cls) if cls else None
        ref = self.ref(node.func)
        if ref is not None and ref[0] == "abs" and ref[1] in _EMPTY and not node.args:
            return ("dict" if "dict" in ref[1].lower() else "list"), ()
        if ref is not None and ref[0] == "abs" and ref[1] in _SAME_ELEMENTS and node.args:
            inner = self.type_of(node.args[0].value, depth - 1)
            return ("list", (("each", inner),)) if inner not in {None, _FOREIGN} else _FOREIGN
        if ref is not None:
            return "call", ref
        if isinstance(node.func, cst.Attribute):
            inner = self.type_of(node.func.value, depth - 1)
            return ("result", (inner, node.func.attr.value)) if inner is not None else None
        return None

    def _type_of_name(self, node: cst.Name, depth: int) -> TypeRef | None:
        found: list[TypeRef | None] = []
        for assignment in self.assignments(node):
            target = assignment.node if isinstance(assignment, Assignment) else None
            if isinstance(target, cst.Param):
                found.append(self._type_of_parameter(target))
            elif isinstance(target, (cst.FunctionDef, cst.ClassDef)) or target is None:
                ref = self.assigned_ref(assignment, node.value)
                found.append(("object", ref) if ref else None)
            elif not self._is_none(target):
                kind = self._type_of_target(target, depth)
                found.append(kind)
                if kind is not None and kind[0] in {"list", "dict"} and isinstance(assignment, Assignment):
                    found += self._put_into(assignment.references, depth)
        return _merge(found)

    def _type_of_target(self, target: cst.CSTNode, depth: int) -> TypeRef | None:
        """The class of what an assignment, a loop or ``with`` binds to a name."""
        loop: cst.CSTNode | None = target
        while isinstance(loop, (cst.Name, cst.Tuple, cst.List, cst.Element)):
            loop = self._syntax.parent(loop)
        if isinstance(loop, (cst.For, cst.CompFor)):
            return self._looped(loop.target, loop.iter, target, depth)
        if isinstance(loop, cst.AssignTarget) and loop.target is not target:
            return self._unpacked(loop, target, depth)
        return self.type_of(self._bound_value(target), depth - 1)

    def _unpacked(self, pattern: cst.AssignTarget, target: cst.CSTNode, depth: int) -> TypeRef | None:
        """The class of one of the names in ``a, b = x, y``, and in ``a, b = values``."""
        assign, names = self._syntax.parent(pattern), pattern.target
        if not isinstance(assign, cst.Assign) or not isinstance(names, (cst.Tuple, cst.List)):
            return None
        at = next((i for i, e in enumerate(names.elements) if e.value is target), None)
        if at is None or any(isinstance(e, cst.StarredElement) for e in names.elements):
            return None
        values = assign.value.elements if isinstance(assign.value, (cst.Tuple, cst.List)) else ()
        if len(values) == len(names.elements):
            return self.type_of(values[at].value, depth - 1) if isinstance(values[at], cst.Element) else None
        inner = self.type_of(assign.value, depth - 1)
        return ("item", inner) if inner is not None else None

    def _looped(self, pattern: cst.CSTNode, values: cst.BaseExpression, target: cst.CSTNode, depth: int) -> TypeRef | None:
        """The class of one of the names that ``for pattern in values`` binds."""
        if pattern is target:
            inner = self.type_of(values, depth - 1)
            return ("each", inner) if inner is not None else None
        if not isinstance(pattern, (cst.Tuple, cst.List)) or not isinstance(values, cst.Call):
            return None
        at = next((i for i, e in enumerate(pattern.elements) if self._is_within(target, e)), 0)
        part = pattern.elements[at].value
        ref = self.ref(values.func)
        if ref == ("abs", "enumerate") and values.args:
            return self._looped(part, values.args[0].value, target, depth) if at == 1 else _FOREIGN
        if ref == ("abs", "zip") and at < len(values.args):
            return self._looped(part, values.args[at].value, target, depth)
        if isinstance(values.func, cst.Attribute) and values.func.attr.value == "items" and at == 1 and part is target:
            inner = self.type_of(values.func.value, depth - 1)
            return ("item", inner) if inner is not None else None
        return None

    def _is_within(self, node: cst.CSTNode, outer: cst.CSTNode) -> bool:
        current: cst.CSTNode | None = node
        while current is not None and current is not outer:
            current = self._syntax.parent(current)
        return current is outer

    def _put_into(self, references: Iterable[Access], depth: int) -> Iterator[TypeRef | None]:
        """What is put into a container later on: ``name.append(value)``, ``name[key] = value``."""
        for access in references:
            found = self.put_in(access.node, depth)
            if found is not None:
                yield found
            elif self._is_filled_elsewhere(access.node):
                yield None

    def put_in(self, node: cst.CSTNode, depth: int = _DEPTH) -> TypeRef | None:
        """If something is put into what a node names: a container of that."""
        parent = self._syntax.parent(node)
        if isinstance(parent, cst.Subscript) and parent.value is node:
            value = self.assigned_value(parent)
            return ("dict", (self.type_of(value, depth - 1),)) if value is not None else None
        call = self._syntax.parent(parent) if isinstance(parent, cst.Attribute) and parent.value is node else None
        if not isinstance(parent, cst.Attribute) or not isinstance(call, cst.Call) or call.func is not parent or not call.args:
            return None
        if parent.attr.value in _PUTTING:
            return "list", (self.type_of(call.args[-1].value, depth - 1),)
        if parent.attr.value in _PUTTING_ALL:
            inner = self.type_of(call.args[-1].value, depth - 1)
            return "list", (("each", inner) if inner is not None else None,)
        return None

    def _is_filled_elsewhere(self, node: cst.CSTNode) -> bool:
        """Whether a container is given to a function of this file that puts something into it."""
        argument = self._syntax.parent(node)
        call = self._syntax.parent(argument) if argument is not None else None
        if not isinstance(argument, cst.Arg) or not isinstance(call, cst.Call) or not isinstance(call.func, cst.Name):
            return False
        keyword, place = argument.keyword, call.args.index(argument)
        for assignment in self.assignments(call.func):
            function = assignment.node if isinstance(assignment, Assignment) else None
            if isinstance(function, cst.FunctionDef):
                names = [p.name.value for p in (*function.params.posonly_params, *function.params.params)]
                name = keyword.value if keyword is not None else names[place] if place < len(names) else ""
                if name and re.search(_FILLING.format(re.escape(name)), self._syntax.code(function.body)):
                    return True
        return False

    def _is_none(self, target: cst.CSTNode) -> bool:
        value = self.assigned_value(target)
        return isinstance(value, cst.Name) and value.value == "None"

    def _bound_value(self, target: cst.CSTNode) -> cst.CSTNode | None:
        parent = self._syntax.parent(target)
        if isinstance(parent, cst.AsName):
            item = self._syntax.parent(parent)
            return item.item if isinstance(item, cst.WithItem) else None
        return self.assigned_value(target)

    def _type_of_parameter(self, param: cst.Param) -> TypeRef | None:
        function = self._function_of(param)
        if function is None:
            return None
        if param.annotation is not None:
            found = self._annotated(param.annotation.annotation)
            if found is not None:
                return found
        cls = self.enclosing_class(function)
        params = [*function.params.posonly_params, *function.params.params]
        if cls and params and params[0] is param and not _is_static(function):
            return "self", cls
        return "parameter", (self.qualified(function), param.name.value)

    def type_of_annotation(self, node: cst.Annotation) -> TypeRef | None:
        """The class of what an annotated variable holds."""
        return self._annotated(node.annotation)

    def _annotated(self, node: cst.BaseExpression) -> TypeRef | None:
        """The class that an annotation tells, several of them, or those of the elements of a container."""
        if isinstance(node, cst.SimpleString):
            try:
                node = cst.parse_expression(str(node.evaluated_value))
            except cst.ParserSyntaxError:
                return None
            ref = self._by_text(node)
            return ("instance", ref) if ref is not None else None
        if isinstance(node, cst.BinaryOperation):
            return self._any_of([node.left, node.right])
        if isinstance(node, cst.Subscript):
            return self._annotated_subscript(node)
        ref = self.ref(node)
        return ("instance", ref) if ref is not None else None

    def _any_of(self, nodes: Iterable[cst.BaseExpression]) -> TypeRef | None:
        rest = [n for n in nodes if not (isinstance(n, cst.Name) and n.value == "None")]
        return _merge([self._annotated(n) for n in rest])

    def _annotated_subscript(self, node: cst.Subscript) -> TypeRef | None:
        """``Optional[A]``, ``list[A]``, ``dict[str, A]``."""
        ref = self.ref(node.value)
        name = ref[1].rsplit(".", 1)[-1].lower() if ref is not None else ""
        inner = [e.slice.value for e in node.slice if isinstance(e.slice, cst.Index)]
        if name in {"optional", "union", "final", "annotated"}:
            return self._any_of(inner[:1] if name == "annotated" else inner)
        if name in _LISTS:
            return "list", (self._annotated(inner[0]),)
        return ("dict", (self._annotated(inner[1]),)) if name in _DICTS and len(inner) == 2 else None

    def _by_text(self, node: cst.BaseExpression) -> Ref | None:
        """A reference from an annotation in quotes, looked up in the module's scope."""
        if isinstance(node, cst.Attribute):
            base = self._by_text(node.value)
            return (base[0], f"{base[1]}.{node.attr.value}") if base else None
        if not isinstance(node, cst.Name):
            return None
        scope = self._syntax.scope(self._syntax.module)
        found = {self.assigned_ref(a, node.value) for a in (scope[node.value] if scope else ())}
        return found.pop() if len(found) == 1 else None

    def _union(self, nodes: Iterable[cst.CSTNode], depth: int) -> TypeRef | None:
        return _merge([self.type_of(node, depth - 1) for node in nodes])

    def _function_of(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        current: cst.CSTNode | None = node
        while current is not None and not isinstance(current, (cst.FunctionDef, cst.Lambda)):
            current = self._syntax.parent(current)
        return current if isinstance(current, cst.FunctionDef) else None


def _container(form: str, found: Sequence[TypeRef | None]) -> TypeRef:
    """A container, of no interest if none of its elements can be."""
    elements = tuple(dict.fromkeys(found))
    return _FOREIGN if set(elements) == {_FOREIGN} else (form, elements)


def _is_static(function: cst.FunctionDef) -> bool:
    return any(isinstance(d.decorator, cst.Name) and d.decorator.value == "staticmethod" for d in function.decorators)


def _merge(found: Iterable[TypeRef | None]) -> TypeRef | None:
    """All the possibilities; None if one of them is unknown."""
    every = tuple(dict.fromkeys(found))
    if not every or None in every:
        return None
    return every[0] if len(every) == 1 else ("union", every)
