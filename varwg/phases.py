"""Phase randomisation: new series with the spectra, and so the memory and the correlations, of given ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import fft

from varwg.arguments import number_array
from varwg.arrays import FloatArray
from varwg.errors import DataError
from varwg.streams import require_generator


def phase_randomize(
    series: FloatArray, *, rng: np.random.Generator, keep_periods: Sequence[tuple[float, float]] = ()
) -> tuple[FloatArray, FloatArray]:
    """Turn the phases of all series by the same random angles (Prichard and Theiler 1994, Phys. Rev. Lett. 73, 951).

    Parameters
    ----------
    series : array, shape (D, T)
        Series without NaN.
    rng : numpy.random.Generator
        Source of the angles.
    keep_periods : sequence of (shortest, longest), optional
        Bands of periods, in time steps, that keep the phases of the data; ends included.

    Returns
    -------
    randomized : array, shape (D, T)
        Series with the same means, autocovariances and cross-covariances on the ring of T steps.
    phases : array, shape (T // 2 + 1,)
        The angles, for `turn_phases`.

    Raises
    ------
    DataError
        If a value is missing or a band of periods is not positive and increasing.
    """
    phases = draw_phases(np.shape(series)[-1], rng=rng, keep_periods=keep_periods)
    return turn_phases(series, phases), phases


def draw_phases(n_steps: int, *, rng: np.random.Generator, keep_periods: Sequence[tuple[float, float]] = ()) -> FloatArray:
    """Angles uniform on [0, 2 pi) for the frequencies k / n of a real series: zero at k = 0, at Nyquist and where kept.

    Parameters
    ----------
    n_steps : int
        Length n of the series.
    rng : numpy.random.Generator
        Source of the angles; the same number is drawn whatever is kept.
    keep_periods : sequence of (shortest, longest), optional
        Bands of periods, in time steps, whose angle is zero.

    Returns
    -------
    array, shape (n // 2 + 1,)

    Raises
    ------
    DataError
        If a band is not positive and increasing.
    """
    require_generator(rng)
    phases = rng.uniform(0.0, 2.0 * np.pi, n_steps // 2 + 1)
    phases[0] = 0.0
    if n_steps % 2 == 0:
        phases[-1] = 0.0
    cycles = np.arange(phases.size)
    bands = number_array(keep_periods, "keep_periods")
    if bands.size and (bands.ndim != 2 or bands.shape[1] != 2):
        raise DataError(f"keep_periods is {keep_periods!r}, but a list of bands (shortest, longest) is expected: [(360, 370)].")
    for shortest, longest in bands.reshape(-1, 2):
        if not 0.0 < shortest <= longest:
            raise DataError(
                f"keep_periods holds ({shortest}, {longest}), but a band is (shortest, longest) period in time steps."
            )
        phases[(cycles * shortest <= n_steps) & (cycles * longest >= n_steps)] = 0.0
    return phases


def turn_phases(series: FloatArray, phases: FloatArray) -> FloatArray:
    """Add angles to the phases of all series; zeros give the series back.

    Parameters
    ----------
    series : array, shape (D, T)
        Series without NaN.
    phases : array, shape (T // 2 + 1,)
        Angle of each frequency, from `draw_phases`.

    Raises
    ------
    DataError
        If a value is missing or `phases` has another length.
    """
    values = np.asarray(series, dtype=np.float64)
    n_steps = values.shape[-1]
    if np.shape(phases) != (n_steps // 2 + 1,):
        raise DataError(f"phases has shape {np.shape(phases)}, but a series of {n_steps} needs {(n_steps // 2 + 1,)}.")
    if not np.isfinite(values).all():
        raise DataError(f"series has {np.sum(~np.isfinite(values))} missing or infinite values: infill them first.")
    return np.asarray(fft.irfft(fft.rfft(values) * np.exp(1j * phases), n=n_steps), dtype=np.float64)
