"""Standard-normal scores of observed series, complete and, for rain, split into what neighbours share and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from varwg.arrays import FloatArray, IntArray, readonly_floats
from varwg.calendar import N_DOYS
from varwg.marginals.base import SeasonalMarginal
from varwg.rain.amount_noise import amount_noise
from varwg.scores.completion import complete_amounts, complete_scores
from varwg.variables import Variable

#: Amounts recorded as exactly the limit of noise have scores this far below its score, so that rounding moves none across.
_MARGIN: Final = 1e-9
#: Rounds of completion; where there is hardly any rain, its correlations take longer to be found.
_SWEEPS: Final = 80
_SWEEPS_DRY: Final = 200
_MOSTLY_DRY: Final = 0.9


@dataclass(frozen=True, eq=False)
class NoisyAmounts:
    """How noisy the amounts of one series are.

    Attributes
    ----------
    series : int
        Number of the series.
    signal : float
        Share r of the amount's score that its latent score determines; 1 is no noise.
    threshold : array, shape (366,)
        Score above which amounts are noisy.
    """

    series: int
    signal: float
    threshold: FloatArray


@dataclass(frozen=True, eq=False)
class LatentScores:
    """Complete scores of N series on T days.

    Attributes
    ----------
    scores : array, shape (N, T)
        Standard-normal scores without gaps; those of noisy amounts without their noise.
    noisy : tuple of NoisyAmounts
        The M series whose amounts are noisy.
    noise : array, shape (M, T)
        Their noise, complete.
    """

    scores: FloatArray
    noisy: tuple[NoisyAmounts, ...]
    noise: FloatArray


def latent_scores(
    values: FloatArray,
    marginals: Sequence[SeasonalMarginal],
    variables: Sequence[Variable],
    doy: IntArray,
    *,
    rng: np.random.Generator,
) -> LatentScores:
    """Scores of all series, complete.

    Parameters
    ----------
    values : array, shape (N, T)
        Physical values of N series (variables, stations, or both), NaN where missing.
    marginals : sequence of SeasonalMarginal
        The distribution of each series.
    variables : sequence of Variable
        What each series is.
    doy : array of int, shape (T,)
        Day of the year of each value.
    rng : numpy.random.Generator
        Draws the scores of dry days, below their threshold, of gaps, and what is noise in amounts.

    Returns
    -------
    LatentScores
    """
    scores = np.array([marginal.to_scores(row, doy) for marginal, row in zip(marginals, values, strict=True)])
    upper, lower, threshold = (np.full(values.shape, limit) for limit in (np.inf, -np.inf, -np.inf))
    noisy = tuple(row for row, variable in enumerate(variables) if np.isfinite(variable.noisy_above))
    tables = {row: _noise_threshold(marginals[row], variables[row]) for row in noisy}
    for row, marginal in enumerate(marginals):
        censored = marginal.is_censored(values[row], doy)
        upper[row, censored] = marginal.threshold_scores()[doy[censored]]
        capped = marginal.is_capped(values[row], doy)
        lower[row, capped] = marginal.cap_scores()[doy[capped]]
    for row, table in tables.items():
        threshold[row] = table[doy]
    mostly_dry = np.isfinite(upper).mean(axis=1).max() > _MOSTLY_DRY
    completion = complete_amounts(
        scores, upper, threshold, noisy, lower=lower, rng=rng, n_sweeps=_SWEEPS_DRY if mostly_dry else _SWEEPS
    )
    amounts = tuple(
        NoisyAmounts(row, float(completion.signal[row]), readonly_floats(tables[row]))
        for row in noisy
        if completion.signal[row] < 1.0
    )
    return LatentScores(completion.scores, amounts, _noise(scores, upper, completion.scores, threshold, amounts, rng))


def _noise_threshold(marginal: SeasonalMarginal, variable: Variable) -> FloatArray:
    limit = marginal.to_scores(np.full(N_DOYS, variable.noisy_above), np.arange(N_DOYS))
    return np.maximum(limit + _MARGIN, marginal.threshold_scores())


def _noise(
    scores: FloatArray,
    upper: FloatArray,
    latent: FloatArray,
    threshold: FloatArray,
    amounts: tuple[NoisyAmounts, ...],
    rng: np.random.Generator,
) -> FloatArray:
    """Noise of all noisy series; on days without an amount it is drawn to go with the days and series around."""
    if not amounts:
        return np.empty((0, scores.shape[1]))
    known = np.where(np.isfinite(upper), np.nan, scores)
    parts = [amount_noise(known[a.series], latent[a.series], threshold[a.series], a.signal) for a in amounts]
    return complete_scores(np.array(parts), np.full((len(parts), scores.shape[1]), np.inf), rng=rng)
