"""Values that expressions may have, as far as the codemod tells them apart."""

from dataclasses import dataclass
from typing import Any, Final

FUNC: Final = "function"  # what: Unit; origin: the expression that named it, None for the definition itself
CLASS: Final = "class"  # what: Class; origin as above
INST: Final = "instance"  # what: Class
BOUND: Final = "method"  # what: (Unit, receiver); origin as above
MODULE: Final = "module"  # what: Module
FOREIGN: Final = "foreign"  # what: dotted name of something outside of the program, imported
MADE: Final = "made"  # what: dotted name of the foreign callable (or package) that made it
GENERATOR: Final = "generator"  # the hidden generator; origin: the expression that reached it
PART: Final = "part"  # what: name of an attribute or method of the hidden generator; origin
CONTAINER: Final = "container"  # what: node of the elements; origin: the expression that made it
PARTIAL: Final = "partial"  # what: the call that made it
TEXT: Final = "text"  # what: the string
NOTHING: Final = "none"
UNKNOWN: Final = "unknown"
SUPER: Final = "super"  # what: (Class, instance or class value)
NAMES: Final = "names"  # what: Module, whose globals it are
MEMBER: Final = "member"  # what: (container value, name of a method)
PROPERTY: Final = "property"  # what: Unit of the getter

#: Values that nobody calls, and that hold nothing to call.
DULL: Final = frozenset({MADE, TEXT, NOTHING, FOREIGN, MODULE, NAMES, SUPER, MEMBER})


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """One value; equal ones are the same object."""

    kind: str
    what: Any = None
    origin: Any = None

    def __repr__(self) -> str:
        return f"{self.kind}({self.what!r})"


class Values:
    """Makes values, each only once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Value] = {}

    def get(self, kind: str, what: Any = None, origin: Any = None) -> Value:
        """The value of a kind."""
        key = (kind, what, id(origin) if origin is not None else None)
        value = self._known.get(key)
        if value is None:
            value = self._known[key] = Value(kind, what, origin)
        return value

    def all(self) -> list[Value]:
        """All values that were made."""
        return list(self._known.values())


MANY_TEXTS: Final = Value(TEXT, None)
MANY_OBJECTS: Final = Value(INST)  # origin of an inherited method: any object with such a base
ANYTHING: Final = Value(UNKNOWN)
NONE: Final = Value(NOTHING)
