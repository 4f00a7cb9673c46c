"""The exceptions of both packages; every one says in one sentence what was found, what was expected and what to do."""

from typing import Final

__all__ = [
    "ConditionError",
    "DataError",
    "ExecutorError",
    "FitError",
    "MemberError",
    "ModelFileError",
    "ReproductionError",
    "RngError",
    "ScenarioError",
    "SeedError",
    "StoreError",
    "UnitError",
    "VarwgError",
]


#: Signs of a message that are told at most, most of them of its beginning, where it says what is wrong.
_LONGEST: Final = 4000
_LAST: Final = 1000


def printable(text: str) -> str:
    """A text for people: what controls a terminal is written as escapes, line breaks and tabs stay, and a long one has no middle.

    Cells and names of files from strangers get into messages, which end with what to do.
    """
    text = "".join(
        sign if sign.isprintable() or sign in "\n\t" else sign.encode("unicode_escape").decode()
        for sign in (text if len(text) <= _LONGEST else text[:_LONGEST] + text[-_LONGEST:])
    )
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - _LAST - 5]} ... {text[-_LAST:]}"


class VarwgError(Exception):
    """Base of all errors that the packages raise on purpose; their messages can be shown on any terminal (`printable`)."""

    def __init__(self, *parts: object) -> None:
        super().__init__(*(printable(part) if isinstance(part, str) else part for part in parts))


class DataError(VarwgError, ValueError):
    """Observations that cannot be used as they are."""


class UnitError(DataError):
    """A unit that is missing, unknown or contradicted by the values."""


class FitError(VarwgError, ValueError):
    """A model that cannot be estimated from the data given."""


class ScenarioError(VarwgError, ValueError):
    """A scenario that is impossible or not supported by the model."""


class RngError(VarwgError, TypeError):
    """Something that is not a usable source of random numbers."""


class SeedError(RngError, ValueError):
    """A seed of the right type with a value that cannot seed anything."""


class ModelFileError(VarwgError, ValueError):
    """A file that does not hold a model this version can read."""


class StoreError(VarwgError, ValueError):
    """An ensemble directory that cannot be written, resumed or opened."""


class ReproductionError(StoreError):
    """A member file whose values its own attributes do not reproduce."""


class ConditionError(ScenarioError):
    """Conditions that cannot be met, or not within the budget."""


class MemberError(VarwgError, RuntimeError):
    """A member that could not be computed; the cause is chained."""


class ExecutorError(VarwgError, RuntimeError):
    """An executor whose workers do not see the file that holds the model."""


def __dir__() -> list[str]:
    return sorted(__all__)
