"""The marginal of a variable at a station: which family, named or chosen, and its fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import N_DOYS
from varwg._variables import Variable
from varwg.errors import FitError
from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._bounded import fit_beta, fit_kumaraswamy
from varwg.marginals._inflated import fit_kde
from varwg.marginals._kernel import Standard, standard_form
from varwg.marginals._normal import fit_censored_normal, fit_normal, fit_truncated_normal
from varwg.marginals._positive import fit_exponential, fit_gamma, fit_lognormal, fit_weibull
from varwg.marginals._sample import SeasonalSample, TailShape, resolution
from varwg.marginals._seasonal import seasonal_moments
from varwg.marginals._sinh_arcsinh import fit_sinh_arcsinh
from varwg.marginals._tabulated import Tabulated, node_scores, tabulate
from varwg.marginals._zero_inflated import fit_zero_inflated, fit_zero_inflated_bounded

Fit = Callable[[SeasonalSample], SeasonalMarginal]
#: Fewer values than this cannot stand for a year when families are compared.
_MIN_FOLD: Final = 300
#: A larger share of values at zero or below the threshold is a distribution of its own.
_DRY_SHARE: Final = 0.05
#: Scores that a simulation of some decades reaches.
_REACH: Final = 5.0
_POSITIVE: Final = (fit_lognormal, fit_weibull, fit_gamma)
#: Before the names of families of scipy.stats.
PREFIX: Final = "scipy:"
#: Values on a bound are taken this far inside in standard form, because densities may be infinite or zero there.
_INSIDE: Final = 1e-3


def fit_auto(sample: SeasonalSample) -> SeasonalMarginal:
    """The family, among those that suit the bounds and the dry days of the sample, that predicts best.

    Families are fitted to the odd years and judged by their likelihood in the even ones, and the other way round, so
    that a kernel density is compared fairly with two parameters. Records of less than two years are described by a
    kernel density (or a zero-inflated one).
    """
    candidates = _candidates(sample)
    odd = _year_numbers(sample.doy) % 2 == 1
    if len(candidates) == 1 or min(odd.sum(), (~odd).sum()) < _MIN_FOLD:
        return candidates[-1](sample)
    parts = ((sample.part(odd), sample.part(~odd)), (sample.part(~odd), sample.part(odd)))
    likelihoods = [sum(_predicted(fit, here, there) for here, there in parts) for fit in candidates]
    return candidates[int(np.argmax(likelihoods))](sample)


def _predicted(fit: Fit, here: SeasonalSample, there: SeasonalSample) -> float:
    """Log-likelihood of one half of a record under the fit to the other, -inf if the family does not suit it."""
    try:
        return log_likelihood(fit(here), there)
    except FitError:
        return -np.inf


def _candidates(sample: SeasonalSample) -> tuple[Fit, ...]:
    """Families that suit a sample; the last is the most flexible."""
    has_lower, has_upper = bool(np.isfinite(sample.lower).all()), bool(np.isfinite(sample.upper).all())
    if (sample.lower == 0.0).all() and float(np.mean(sample.dry())) > _DRY_SHARE:
        return (fit_zero_inflated_bounded,) if has_upper else (fit_zero_inflated,)
    if has_lower and has_upper:
        return fit_beta, fit_kumaraswamy, fit_truncated_normal, fit_kde
    if has_lower and (sample.lower == 0.0).all():
        return *_POSITIVE, fit_truncated_normal, fit_kde
    return (fit_truncated_normal, fit_kde) if has_lower or has_upper else (fit_sinh_arcsinh, fit_kde)


def _year_numbers(doy: IntArray) -> IntArray:
    """Number of the year of each value: the calendar begins anew where the row falls."""
    return np.concatenate([[0], np.cumsum(np.diff(doy) < 0)]).astype(np.intp)


def log_likelihood(marginal: SeasonalMarginal, sample: SeasonalSample) -> float:
    """Sum of the logarithms of the probabilities of the cells [x - h/2, x + h/2] that the values were recorded in.

    Probabilities of cells, unlike densities, also hold for a mass at a bound and at dry, and are therefore comparable
    between all families. h is the resolution of the record, at least a thousandth of its standard deviation.
    """
    half = 0.5 * max(resolution(sample.values), 1e-3 * float(sample.values.std()))
    above, below = sample.values + half, sample.values - half
    mass = marginal.cdf(above, sample.doy) - marginal.cdf(below, sample.doy)
    return float(np.log(np.maximum(mass, 1e-12)).sum())


def fit_unbounded(sample: SeasonalSample) -> SeasonalMarginal:
    """The sinh-arcsinh distribution, or the normal one where that does as well.

    Raises
    ------
    FitError
        If there is a bound.
    """
    if np.isfinite(sample.lower).any() or np.isfinite(sample.upper).any():
        raise FitError(f"{sample.where}: the marginal 'sinh_arcsinh' is for values without bounds: choose the marginal 'kde'.")
    return fit_sinh_arcsinh(sample)


def fit_normal_within(sample: SeasonalSample) -> SeasonalMarginal:
    """The normal distribution, or the most likely of those that keep the bounds where it would reach beyond one.

    Vapour pressure in winter is nearer to zero than five of its standard deviations.
    """
    fitted = fit_normal(sample)
    reach = _REACH * fitted.scale
    inside = (fitted.location - reach >= sample.lower) & (fitted.location + reach <= sample.upper)
    if sample.known or inside.all():
        return fitted
    zero_bounded = (sample.lower == 0.0).all() and not np.isfinite(sample.upper).any()
    candidates = (*_POSITIVE, fit_truncated_normal) if zero_bounded else (fit_truncated_normal, fit_kde)
    possible = []
    for fit in candidates:
        try:
            possible.append(fit(sample))
        except FitError:
            continue
    return max(possible, key=lambda marginal: log_likelihood(marginal, sample)) if possible else fit_kde(sample)


def fit_auto_positive(sample: SeasonalSample) -> SeasonalMarginal:
    """The most likely of lognormal, Weibull and gamma, all with the same seasonal mean and standard deviation.

    Raises
    ------
    FitError
        If there are negative values.
    """
    fitted = [fit(sample) for fit in _POSITIVE]
    return max(fitted, key=lambda marginal: log_likelihood(marginal, sample))


#: Fewer values than this do not determine a seasonal distribution.
MIN_VALUES: Final = 100
#: Harmonics of seasonal means, spreads and frequencies; months are kept beyond them, see `seasonal.monthly_correction`.
FOURIER_ORDER: Final = 4
#: Half-width in days of the windows of the year.
SEASON_WINDOW: Final = 15


@dataclass(frozen=True)
class Family:
    """A family by name: how it is fitted, and which of its parameters can be given instead of estimated."""

    name: str
    fit: Fit
    can_be_given: tuple[str, ...] = ()


FAMILIES: Final = (
    Family("normal", fit_normal_within, ("location", "scale")),
    Family("sinh_arcsinh", fit_unbounded, ("location", "scale")),
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
    window: int = SEASON_WINDOW,
    fourier_order: int | None = None,
    known: Mapping[str, FloatArray] | None = None,
    tail: TailShape | None = None,
) -> SeasonalMarginal:
    """Seasonal marginal distribution of one variable at one station.

    Parameters
    ----------
    values : array, shape (T,)
        Physical values, NaN where missing.
    doy : array of int, shape (T,)
        Rows 0 to 365, from `varwg._calendar.doy_index`.
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
    tail : TailShape, optional
        Shape of the tail of rain, from `tail_shapes` of several stations; of these values alone unless given.

    Raises
    ------
    FitError
        If the family is unknown, there are too few values or they do not vary, or they do not fit the family.
    """
    where = f"{variable.name} at {station}" if station else variable.name
    family = _family(variable.marginal, where)
    fixed = _known(known or {}, family, where)
    used, rows = _usable(np.asarray(values, dtype=np.float64), np.asarray(doy, dtype=np.intp), where)
    high = np.full(N_DOYS, variable.upper) if upper is None else _table(upper, "upper bound", where)
    low = np.full(N_DOYS, variable.lower)
    order = FOURIER_ORDER if fourier_order is None else fourier_order
    sample = SeasonalSample(used, rows, low, high, variable.threshold, window, order, where, fixed, tail)
    return family.fit(sample)


def _family(name: str, where: str) -> Family:
    if name.startswith(PREFIX):
        return Family(name, partial(fit_scipy, family=name))
    matching = [family for family in FAMILIES if family.name == name]
    if not matching:
        names = ", ".join(family.name for family in FAMILIES)
        raise FitError(f"{where}: there is no marginal {name!r}; choose one of {names} or 'scipy:' and a name there.")
    return matching[0]


def _known(tables: Mapping[str, FloatArray], family: Family, where: str) -> tuple[tuple[str, FloatArray], ...]:
    """The given parameters as arrays, checked."""
    parts = []
    for name, table in tables.items():
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


def fit_scipy(sample: SeasonalSample, family: str) -> Tabulated:
    """The distribution called `family` ("scipy:" and its name in scipy.stats) by maximum likelihood.

    The shape parameters are the same all year; the season is in the location and scale of the standard form that the
    distribution is fitted to: the standardised anomaly for a distribution on the real line, the value relative to the
    seasonal mean for one on (0, inf), the position between the bounds for one on (0, 1).

    Raises
    ------
    FitError
        If scipy.stats has no such distribution, or it cannot be fitted to these values.
    """
    distribution = _distribution(sample, family)
    form = _form(sample, distribution)
    values = (sample.values - form.origin[sample.doy]) / form.scale[sample.doy]
    fixed: dict[str, float] = {}
    if form.lower == 0.0:
        values = np.clip(values, _INSIDE, form.upper - _INSIDE)
        fixed = {"floc": 0.0, "fscale": 1.0} if np.isfinite(form.upper) else {"floc": 0.0}
    try:
        parameters = distribution.fit(values, **fixed)
    except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
        raise FitError(f"{sample.where}: {family!r} cannot be fitted ({error}); choose another marginal.") from error
    quantiles = form.origin[:, None] + form.scale[:, None] * _quantiles(distribution, parameters, sample, family)
    names = [*(distribution.shapes or "").replace(",", " ").split(), "loc", "scale"]
    tables = [(name, np.full(N_DOYS, value)) for name, value in zip(names, parameters, strict=True)]
    return tabulate(
        family,
        quantiles,
        sample,
        tables,
        lower=sample.lower if np.isfinite(sample.lower).all() else None,
        upper=sample.upper if np.isfinite(sample.upper).all() else None,
    )


def _distribution(sample: SeasonalSample, family: str) -> Any:
    from scipy import stats

    distribution = getattr(stats, family.removeprefix(PREFIX), None)
    if not isinstance(distribution, stats.rv_continuous):
        raise FitError(
            f"{sample.where}: scipy.stats has no continuous distribution {family.removeprefix(PREFIX)!r}; write the "
            "marginal like 'scipy:genextreme'."
        )
    return distribution


def _form(sample: SeasonalSample, distribution: Any) -> Standard:
    """The standard form that suits both the support of the distribution and the bounds of the variable."""
    mean, sd = seasonal_moments(sample.values, sample.doy, sample.window, sample.order)
    nowhere = np.full(N_DOYS, np.inf)
    lower = sample.lower if distribution.a == 0.0 else -nowhere
    upper = sample.upper if distribution.a == 0.0 and distribution.b == 1.0 else nowhere
    return standard_form(mean, sd, lower, upper)


def _quantiles(distribution: Any, parameters: tuple[float, ...], sample: SeasonalSample, family: str) -> FloatArray:
    """Quantiles in standard form at the nodes of a table, from the nearer tail, shape (N,)."""
    scores = node_scores()[0]
    low = scores < 0.0
    lower = distribution.ppf(special.ndtr(scores[low]), *parameters)
    upper = distribution.isf(special.ndtr(-scores[~low]), *parameters)
    quantiles = np.concatenate([lower, upper])
    if not np.isfinite(quantiles).all():
        raise FitError(f"{sample.where}: {family!r} fitted to these values has no finite quantiles; choose another.")
    return quantiles
