"""Noise of wet-day amounts: what a day's rain does not share with its neighbours in time and space.

Whether it rains is far more alike on neighbouring days and at neighbouring stations than how much it rains. One normal
score per day cannot have both memories. So a score z above its threshold b says that a day is wet, and on a wet day its
amount's score w' = r w + sqrt(1 - r^2) e is only partly, by the signal r, determined by w, the place of z in the wet part
of the distribution: w = Phi^-1((Phi(z) - Phi(b)) / (1 - Phi(b))). The rest e is noise with a (short) memory of its own.
Neither the frequency of wet days nor the distribution of amounts depends on r. (A nugget effect, as in geostatistics:
Cressie 1993, section 2.3.1.)
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, correlation_matrix
from varwg._ranks import RANK_MARGIN

#: Smallest and largest signal that is estimated; nearer to 1 the steps of the sampler would be too small to leave again.
_SIGNAL_RANGE: Final = (0.3, 0.98)


def wet_scores(scores: FloatArray, threshold: FloatArray) -> FloatArray:
    """Place w of scores z above their thresholds b in the wet part, as a standard normal score."""
    return _places(scores, special.log_ndtr(-threshold))


def scores_of_wet(wet: FloatArray, threshold: FloatArray) -> FloatArray:
    """Scores z, above their thresholds b, of places w in the wet part; undoes `wet_scores`."""
    return _scores_of_places(wet, threshold, special.log_ndtr(-threshold))


def _places(scores: FloatArray, log_wet: FloatArray) -> FloatArray:
    """As `wet_scores`, from the logarithm of the wet part."""
    log_above = special.log_ndtr(-scores) - log_wet
    return np.asarray(-special.ndtri_exp(np.minimum(log_above, -RANK_MARGIN)), dtype=np.float64)


def _scores_of_places(wet: FloatArray, threshold: FloatArray, log_wet: FloatArray) -> FloatArray:
    """As `scores_of_wet`, from the logarithm of the wet part."""
    scores = -special.ndtri_exp(special.log_ndtr(-wet) + log_wet)
    return np.asarray(np.maximum(scores, np.nextafter(threshold, np.inf)))


def add_amount_noise(scores: FloatArray, threshold: FloatArray, signal: float, noise: FloatArray) -> FloatArray:
    """Scores of amounts from scores without noise: the last step of a simulation before physical values.

    Parameters
    ----------
    scores : array, shape (..., T)
        Latent scores; those above `threshold` are wet.
    threshold : array, shape (T,)
        Score above which amounts are noisy.
    signal : float
        r; 1 leaves the scores as they are.
    noise : array, shape (..., T)
        e, standard normal.

    Returns
    -------
    array, shape (..., T)
        Scores in which those below the threshold keep their bits and the others stay above it.
    """
    if signal >= 1.0:
        return scores
    result = np.array(scores, order="C")
    # Places rather than a mask, which NumPy follows more slowly than it computes.
    wet = np.flatnonzero(scores > threshold)
    days = wet % threshold.size
    log_wet = special.log_ndtr(-threshold).take(days)
    mixed = signal * _places(result.take(wet), log_wet) + np.sqrt(1.0 - signal**2) * np.ravel(noise).take(wet)
    result.reshape(-1)[wet] = _scores_of_places(mixed, threshold.take(days), log_wet)
    return result


def amount_noise(scores: FloatArray, latent: FloatArray, threshold: FloatArray, signal: float) -> FloatArray:
    """The noise e that turns latent scores into those of the observed amounts; NaN where there is no amount.

    Parameters
    ----------
    scores : array, shape (T,)
        Scores of the observed values, NaN where missing.
    latent : array, shape (T,)
        The same without noise, as `varwg._scores.completion.complete_amounts` gives them.
    threshold : array, shape (T,)
        Score above which amounts are noisy.
    signal : float
        r, below 1.
    """
    noise = np.full(scores.shape, np.nan)
    wet = np.isfinite(scores) & (scores > threshold)
    observed, without = wet_scores(scores[wet], threshold[wet]), wet_scores(latent[wet], threshold[wet])
    noise[wet] = (observed - signal * without) / np.sqrt(1.0 - signal**2)
    return noise


def redraw_without_noise(
    scores: FloatArray,
    amounts: FloatArray,
    threshold: FloatArray,
    signal: float,
    mean: FloatArray,
    sd: float,
    *,
    rng: np.random.Generator,
) -> FloatArray:
    """One Metropolis-Hastings step for scores of wet days, given their amounts and what the other scores say.

    The proposal is the posterior that the amount alone gives; the ratio of the normal distribution with `mean` and `sd`
    to the standard normal one decides on it (Hastings 1970, doi:10.1093/biomet/57.1.97).

    Parameters
    ----------
    scores : array, shape (n,)
        Present scores z, above their thresholds.
    amounts : array, shape (n,)
        Scores w' of the amounts within the wet part.
    threshold : array, shape (n,)
        Thresholds b.
    signal : float
        r.
    mean : array, shape (n,)
        Mean of each score given all others.
    sd : float
        Its standard deviation.
    rng : numpy.random.Generator
        Source of the proposals and decisions.

    Returns
    -------
    array, shape (n,)
    """
    proposed_wet = signal * amounts + np.sqrt(1.0 - signal**2) * rng.standard_normal(amounts.size)
    proposed = scores_of_wet(proposed_wet, threshold)

    def log_ratio(z: FloatArray) -> FloatArray:
        return 0.5 * (z**2 - ((z - mean) / sd) ** 2)

    accepted = -rng.standard_exponential(amounts.size) < log_ratio(proposed) - log_ratio(scores)
    return np.where(accepted, proposed, scores)


def estimate_signal(wet: FloatArray, amounts: FloatArray) -> float:
    """r from places w in the wet part and scores w' of the amounts: their correlation, kept inside (0.3, 0.98)."""
    return float(np.clip(correlation_matrix(np.stack([wet, amounts]))[0, 1], *_SIGNAL_RANGE))
