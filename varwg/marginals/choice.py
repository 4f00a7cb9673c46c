"""The choice between families by likelihood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from varwg.arrays import IntArray
from varwg.errors import FitError
from varwg.marginals.base import SeasonalMarginal
from varwg.marginals.beta import fit_beta
from varwg.marginals.gamma import fit_gamma
from varwg.marginals.kde import fit_kde
from varwg.marginals.kumaraswamy import fit_kumaraswamy
from varwg.marginals.lognormal import fit_lognormal
from varwg.marginals.normal import fit_normal
from varwg.marginals.recording import resolution
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.truncated_normal import fit_truncated_normal
from varwg.marginals.weibull import fit_weibull
from varwg.marginals.zero_inflated import fit_zero_inflated
from varwg.marginals.zero_inflated_bounded import fit_zero_inflated_bounded

Fit = Callable[[SeasonalSample], SeasonalMarginal]
#: Fewer values than this cannot stand for a year when families are compared.
_MIN_FOLD: Final = 300
#: A larger share of values at zero or below the threshold is a distribution of its own.
_DRY_SHARE: Final = 0.05
#: Scores that a simulation of some decades reaches.
_REACH: Final = 5.0
_POSITIVE: Final = (fit_lognormal, fit_weibull, fit_gamma)


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
    return (fit_truncated_normal, fit_kde) if has_lower or has_upper else (fit_normal, fit_kde)


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
