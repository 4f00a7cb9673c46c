"""Every family, one entry each."""

from __future__ import annotations

from typing import Final

from varwg.errors import FitError
from weathercop.copulas._archimedean import AliMikhailHaq, Clayton, Frank, GumbelBarnett
from weathercop.copulas._base import Family
from weathercop.copulas._bb import BB1, BB7
from weathercop.copulas._elliptical import Gaussian, Independence, Student
from weathercop.copulas._nelsen import Nelsen10, Nelsen12, Nelsen13, Nelsen14
from weathercop.copulas._plackett import Plackett
from weathercop.copulas._upper_tail import Gumbel, Joe

#: Every family, in the order in which equal candidates win.
FAMILIES: Final[tuple[Family, ...]] = (
    Independence(),
    Gaussian(),
    Frank(),
    Plackett(),
    Clayton(),
    Gumbel(),
    Joe(),
    AliMikhailHaq(),
    GumbelBarnett(),
    Nelsen10(),
    Nelsen12(),
    Nelsen13(),
    Nelsen14(),
    Student(),
    BB1(),
    BB7(),
)


def find_family(name: str) -> Family:
    """The family called `name`.

    Raises
    ------
    FitError
        If there is none; the message names those there are.
    """
    for family in FAMILIES:
        if family.name == name:
            return family
    names = ", ".join(family.name for family in FAMILIES)
    raise FitError(f"there is no copula family {name!r}; choose from {names}.")
