"""What a statistic is: a name, what it is called, its dimensions and unit, and how it is computed from a sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from varwg.arrays import FloatArray
from weathercop.validation.sample import Sample

#: Unit of a statistic that has that of its variable.
OWN_UNIT = ""


@dataclass(frozen=True)
class Statistic:
    """A statistic of daily weather.

    Attributes
    ----------
    name : str
        Name of the data variable in a validation Dataset.
    long_name : str
        What it is, in words, with the source of its definition where there are several.
    dims : tuple of str
        Names of the dimensions of what `compute` returns.
    units : str
        Unit; empty for that of the variable.
    compute : callable
        From a `Sample` to an array with these dimensions; NaN where it does not apply.
    location : bool
        Whether it is a value of the variable itself, whose zero may be arbitrary (as that of degC is).
    """

    name: str
    long_name: str
    dims: tuple[str, ...]
    units: str
    compute: Callable[[Sample], FloatArray]
    location: bool = False
