"""Any continuous distribution of scipy.stats, made seasonal by location and scale."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray
from varwg._calendar import N_DOYS
from varwg.errors import FitError
from varwg.marginals._kernel import Standard, standard_form
from varwg.marginals._sample import SeasonalSample
from varwg.marginals._seasonal import seasonal_moments
from varwg.marginals._tabulated import Tabulated, node_scores, tabulate

PREFIX: Final = "scipy:"
#: Values on a bound are taken this far inside in standard form, because densities may be infinite or zero there.
_INSIDE: Final = 1e-3


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
