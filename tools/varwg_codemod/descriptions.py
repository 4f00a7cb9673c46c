"""Describing calls, and functions that are named without being called."""

import libcst as cst

from varwg_codemod import insertion
from varwg_codemod.facts import Call, OldArgument, Ref, Reference, TypeRef, Where
from varwg_codemod.names import HARMLESS_ROOTS, PARTIAL, RNG
from varwg_codemod.syntax import Syntax
from varwg_codemod.values import Values

_OLD_ARGUMENTS = frozenset({"random_state", "seed_before_sim"})


class Descriptions:
    """Turns nodes of one file into facts."""

    def __init__(self, syntax: Syntax, bindings: Values) -> None:
        self._syntax = syntax
        self._bindings = bindings

    def call(self, node: cst.Call, where: Where) -> Call:
        """What a call calls, and where a keyword fits in."""
        target = self._bindings.ref(node.func)
        method, receiver = None, None
        if target is None:
            method, receiver = self._method_called(node.func)
        keywords = tuple(a.keyword.value if a.keyword else a.star for a in node.args)
        return Call(
            where=where,
            spot=self._syntax.spot(node),
            target=target,
            receiver=receiver,
            method=method,
            keywords=keywords,
            insertions=insertion.into_call(self._syntax, node),
            source=self._syntax.code(node.func),
            arguments=tuple(self._bindings.type_of(a.value) for a in node.args),
            old_arguments=self._old_arguments(node),
        )

    def _method_called(self, func: cst.BaseExpression) -> tuple[str | None, TypeRef | None]:
        """The method that a call runs, and the object it is called on."""
        made = self._own_class(func)
        if made is not None:
            return "__init__", made
        if isinstance(func, cst.Attribute):
            return func.attr.value, self._bindings.type_of(func.value)
        return None, self._bindings.type_of(func) if isinstance(func, cst.Name) else None

    def _own_class(self, func: cst.BaseExpression) -> TypeRef | None:
        """The class, in ``cls()`` of a class method, ``self.__class__()`` and ``type(self)()``."""
        if isinstance(func, cst.Attribute) and func.attr.value == "__class__":
            func = func.value
        elif isinstance(func, cst.Call) and self._bindings.ref(func.func) == ("abs", "type") and len(func.args) == 1:
            func = func.args[0].value
        found = self._bindings.type_of(func) if isinstance(func, cst.Name) else None
        return found if found is not None and found[0] == "self" else None

    def _old_arguments(self, node: cst.Call) -> tuple[OldArgument, ...]:
        found = []
        for index, argument in enumerate(node.args):
            if argument.keyword is None or argument.keyword.value not in _OLD_ARGUMENTS:
                continue
            start, end = self._syntax.start(argument), self._syntax.end(argument)
            if index + 1 < len(node.args):
                remove = start, self._syntax.start(node.args[index + 1])
            elif index:
                remove = self._syntax.end(node.args[index - 1]), end
            else:
                remove = start, self._syntax.end(node) - 1
            value = self._syntax.code(argument.value)
            spot = self._syntax.spot(argument)
            found.append(OldArgument(argument.keyword.value, remove, value, spot))
        return tuple(found)

    def reference(self, node: cst.Name | cst.Attribute, where: Where) -> Reference | None:
        """Which function is named without being called, and who gets it; None if it cannot be one of the program."""
        ref = self._bindings.ref(node)
        receiver: TypeRef | None = None
        method = None
        if ref is None and isinstance(node, cst.Attribute):
            receiver, method = self._bindings.type_of(node.value), node.attr.value
        if (ref is None and receiver is None) or (ref and not may_be_in_run(ref)):
            return None
        given_to, given_ref, partial = self._receiver_of(node)
        if given_to == "store":
            return None
        return Reference(
            where=where,
            spot=self._syntax.spot(node),
            target=ref,
            receiver=receiver,
            method=method,
            given_to=given_to,
            given_ref=given_ref,
            partial=partial,
            source=self._syntax.code(node),
        )

    def _receiver_of(self, node: cst.CSTNode) -> tuple[str, Ref | None, tuple[tuple[int, str], ...] | None]:
        """What is done with a function that is named without being called."""
        parent = self._syntax.parent(node)
        if isinstance(parent, cst.Attribute):
            return "attribute", None, None
        if isinstance(parent, (cst.AssignTarget, cst.Del)):
            return "store", None, None
        if isinstance(parent, cst.Decorator):
            return "decorator", None, None
        if not isinstance(parent, cst.Arg):
            return "", None, None
        call = self._syntax.parent(parent)
        if not isinstance(call, cst.Call):
            return "", None, None
        parallel = any(a.keyword is not None and a.keyword.value == "workers" for a in call.args)
        ref = None if parallel else self._bindings.ref(call.func)
        name = call.func.attr.value if isinstance(call.func, cst.Attribute) else "call"
        name = call.func.value if isinstance(call.func, cst.Name) else name
        first = bool(call.args) and call.args[0] is parent
        if ref is not None and ref[1] in PARTIAL and first:
            bound = {a.keyword.value for a in call.args if a.keyword}
            pieces = () if RNG in bound else insertion.into_call(self._syntax, call)
            return name, ref, pieces
        return name, ref, None


def may_be_in_run(ref: Ref) -> bool:
    """Whether a reference can be to a function of the program, not of a well-known library."""
    return ref[0] == "here" or ("." in ref[1] and ref[1].split(".")[0] not in HARMLESS_ROOTS)
