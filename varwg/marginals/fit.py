"""From a series of values to the seasonal marginal distribution that its variable asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from varwg.arrays import FloatArray, IntArray
from varwg.calendar import N_DOYS
from varwg.errors import FitError
from varwg.marginals.base import SeasonalMarginal
from varwg.marginals.beta import fit_beta
from varwg.marginals.censored_normal import fit_censored_normal
from varwg.marginals.choice import Fit, fit_auto, fit_auto_positive, fit_normal_within
from varwg.marginals.exponential import fit_exponential
from varwg.marginals.gamma import fit_gamma
from varwg.marginals.kde import fit_kde
from varwg.marginals.kumaraswamy import fit_kumaraswamy
from varwg.marginals.lognormal import fit_lognormal
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.scipy_family import PREFIX, fit_scipy
from varwg.marginals.truncated_normal import fit_truncated_normal
from varwg.marginals.weibull import fit_weibull
from varwg.marginals.zero_inflated import fit_zero_inflated
from varwg.marginals.zero_inflated_bounded import fit_zero_inflated_bounded
from varwg.variables import Variable

#: Fewer values than this do not determine a seasonal distribution.
MIN_VALUES: Final = 100
#: Harmonics of seasonal means, spreads and frequencies; months are kept beyond them, see `seasonal.monthly_correction`.
FOURIER_ORDER: Final = 4


@dataclass(frozen=True)
class Family:
    """A family by name: how it is fitted, and which of its parameters can be given instead of estimated."""

    name: str
    fit: Fit
    can_be_given: tuple[str, ...] = ()


FAMILIES: Final = (
    Family("normal", fit_normal_within, ("location", "scale")),
    Family("lognormal", fit_lognormal),
    Family("weibull", fit_weibull, ("shape",)),
    Family("gamma", fit_gamma, ("shape",)),
    Family("exponential", fit_exponential, ("scale",)),
    Family("beta", fit_beta),
    Family("kumaraswamy", fit_kumaraswamy),
    Family("truncated_normal", fit_truncated_normal),
    Family("censored_normal", fit_censored_normal),
    Family("kde", fit_kde),
    Family("zero_inflated", fit_zero_inflated),
    Family("zero_inflated_bounded", fit_zero_inflated_bounded),
    Family("auto_positive", fit_auto_positive),
    Family("auto", fit_auto),
)


def fit_marginal(
    values: FloatArray,
    doy: IntArray,
    variable: Variable,
    *,
    upper: FloatArray | None = None,
    station: str = "",
    window: int = 15,
    fourier_order: int | None = None,
    known: Mapping[str, FloatArray] | None = None,
) -> SeasonalMarginal:
    """Seasonal marginal distribution of one variable at one station.

    Parameters
    ----------
    values : array, shape (T,)
        Physical values, NaN where missing.
    doy : array of int, shape (T,)
        Rows 0 to 365, from `varwg.calendar.doy_index`.
    variable : Variable
        Its family (`marginal`: a name in `FAMILIES`, or "scipy:" and a name in scipy.stats), bounds and threshold.
    upper : array, shape (366,), optional
        Upper bound of each row (potential radiation, day length); None for `variable.upper`.
    station : str
        Name of the station, for messages.
    window : int
        Half-width in days of the windows of the year; wider where a window holds too few values.
    fourier_order : int, optional
        Number of harmonics, 4 unless given.
    known : mapping of str to array, shape (366,), optional
        Parameters that are known functions of the day of the year instead of estimated.

    Raises
    ------
    FitError
        If the family is unknown, there are too few values or they do not vary, or they do not fit the family.
    """
    where = f"{variable.name} at {station}" if station else variable.name
    family = _family(variable.marginal, where)
    given = _known(known or {}, family, where)
    used, rows = _usable(np.asarray(values, dtype=np.float64), np.asarray(doy, dtype=np.intp), where)
    high = np.full(N_DOYS, variable.upper) if upper is None else _table(upper, "upper bound", where)
    low = np.full(N_DOYS, variable.lower)
    order = FOURIER_ORDER if fourier_order is None else fourier_order
    sample = SeasonalSample(used, rows, low, high, variable.threshold, window, order, where, given)
    return family.fit(sample)


def _family(name: str, where: str) -> Family:
    if name.startswith(PREFIX):
        return Family(name, partial(fit_scipy, family=name))
    found = [family for family in FAMILIES if family.name == name]
    if not found:
        names = ", ".join(family.name for family in FAMILIES)
        raise FitError(f"{where}: there is no marginal {name!r}; choose one of {names} or 'scipy:' and a name there.")
    return found[0]


def _known(known: Mapping[str, FloatArray], family: Family, where: str) -> tuple[tuple[str, FloatArray], ...]:
    """The given parameters as arrays, checked."""
    parts = []
    for name, table in known.items():
        if name not in family.can_be_given:
            raise FitError(
                f"{where}: the parameter {name!r} of the marginal {family.name!r} cannot be given; those that can are "
                f"{', '.join(family.can_be_given) or 'none'}."
            )
        parts.append((name, _table(table, f"parameter {name!r}", where)))
    return tuple(parts)


def _table(values: FloatArray, what: str, where: str) -> FloatArray:
    """`values` as a seasonal table."""
    table = np.asarray(values, dtype=np.float64)
    if table.shape != (N_DOYS,) or not np.isfinite(table).all():
        raise FitError(
            f"{where}: the {what} has shape {table.shape} and {np.isfinite(table).sum()} finite values, but one finite "
            f"value for each of the {N_DOYS} days of a leap year is needed."
        )
    return table


def _usable(values: FloatArray, doy: IntArray, where: str) -> tuple[FloatArray, IntArray]:
    finite = np.isfinite(values)
    used = values[finite]
    if used.size < MIN_VALUES:
        raise FitError(
            f"{where}: {used.size} of {values.size} values are present, but a seasonal distribution needs at least "
            f"{MIN_VALUES}; leave the variable out or supply a longer record."
        )
    if used.min() == used.max():
        raise FitError(f"{where}: all {used.size} values are {used[0]:g}, but a distribution needs values that vary.")
    return used, doy[finite]
