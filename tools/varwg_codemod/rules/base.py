"""What a rule is: a code, a name, and what it does, as its docstring shows it before and after."""

from typing import ClassVar


class Rule:
    """A rule; its docstring shows the code before and after.

    A rule that is not `safe` may change numbers or behaviour and is skipped with ``--safe-only``.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    safe: ClassVar[bool] = True
    rewrites: ClassVar[bool] = True
