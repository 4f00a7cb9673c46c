"""The exceptions of both packages; every one says in one sentence what was found, what was expected and what to do."""

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


class VarwgError(Exception):
    """Base of all errors that the packages raise on purpose."""


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
