"""Gaussian series with a given covariance, by circulant embedding."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import fft

from varwg.arrays import FloatArray
from varwg.errors import DataError
from varwg.streams import require_generator

#: Negative eigenvalues smaller than this share of the largest are rounding and count as zero.
_ROUNDING: Final = 1e-10


def simulate_gaussian(autocovariance: FloatArray, n_series: int = 1, *, rng: np.random.Generator) -> FloatArray:
    """Stationary Gaussian series of mean zero whose covariance is exactly the given one.

    Circulant embedding (Dietrich and Newsam 1997, doi:10.1137/S1064827592240555): the n covariances are mirrored into
    the first row of a circulant matrix of 2 (n - 1), whose square root the Fourier transform gives.

    Parameters
    ----------
    autocovariance : array, shape (n,)
        Covariance at lags 0 to n - 1.
    n_series : int
        Number of independent series.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    array, shape (n_series, n)

    Raises
    ------
    DataError
        If `autocovariance` has fewer than two values or NaN, or its circulant embedding is not a covariance.
    """
    require_generator(rng)
    covariance = np.asarray(autocovariance, dtype=np.float64)
    eigenvalues = embedding_eigenvalues(covariance)
    n_steps = 2 * (covariance.size - 1)
    normal = rng.standard_normal((2, n_series, n_steps))
    spectrum = np.sqrt(eigenvalues / n_steps) * (normal[0] + 1j * normal[1])
    return np.asarray(fft.fft(spectrum, axis=1).real[:, : covariance.size], dtype=np.float64)


def embedding_eigenvalues(autocovariance: FloatArray) -> FloatArray:
    """Eigenvalues, shape (2 n - 2,), of the circulant matrix that embeds covariances at lags 0 to n - 1.

    Raises
    ------
    DataError
        As for `simulate_gaussian`.
    """
    covariance = np.asarray(autocovariance, dtype=np.float64)
    if covariance.ndim != 1 or covariance.size < 2 or not np.isfinite(covariance).all():
        raise DataError(
            f"autocovariance has shape {covariance.shape} or gaps, but two or more finite values (lags 0, 1, ...) are expected."
        )
    eigenvalues = fft.fft(np.concatenate([covariance, covariance[-2:0:-1]])).real
    if eigenvalues.min() < -_ROUNDING * eigenvalues.max():
        raise DataError(
            f"the circulant embedding of autocovariance has the eigenvalue {eigenvalues.min():.3g}, so it is no "
            "covariance: give more lags, until the covariance has died out, or a valid covariance function."
        )
    return np.maximum(eigenvalues, 0.0)
