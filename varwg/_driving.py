"""What drives the autoregression of a site: Gaussian innovations, residuals (random phases, or as given), or given variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import fft

from varwg._arguments import number_array
from varwg._arrays import FloatArray, IntArray
from varwg._scores.amount_noise import add_amount_noise
from varwg._scores.normal_scores import infill_scores, latent_scores
from varwg.errors import DataError, ScenarioError
from varwg.models._base import rows_before, table_rows
from varwg.models._simulation import BURN_IN, replay
from varwg.streams import Streams, require_generator

if TYPE_CHECKING:
    from varwg._site_model import SiteModel
from varwg._trend import TrendOnDays


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


#: Name of the stream of Gaussian innovations.
INNOVATIONS: Final = "innovations"


@dataclass(frozen=True, eq=False)
class Driven:
    """Scores of the autoregression and the noise of rain amounts that goes with them.

    Attributes
    ----------
    scores : array, shape (K, T)
        Normal scores, without the noise of amounts.
    noise : array, shape (M, T)
        Noise of the amounts of each of the model's noisy variables.
    phases : array, shape (B, F)
        Random phases that were used; empty where there were none.
    """

    scores: FloatArray
    noise: FloatArray
    phases: FloatArray


#: Fewest years whose residuals say something of slow changes.
_FEWEST_YEARS: Final = 5
_DAYS_OF_A_YEAR: Final = 365


def by_innovations(model: SiteModel, doy: IntArray, *, streams: Streams) -> Driven:
    """Gaussian innovations, white but for periods above a year, where they have the power of the record's residuals.

    An autoregression of few days knows nothing of what differs from year to year. Of the last wave the share counts that
    is slower, so that short members vary as stretches of long ones.
    """
    autoregression = model.autoregression
    factors = np.asarray(np.linalg.cholesky(autoregression.covariances), dtype=np.float64)
    rows = table_rows(autoregression, doy.size, doy)
    rows = np.concatenate([rows_before(autoregression, rows, BURN_IN), rows])
    waves = fft.rfft(streams.generator(INNOVATIONS).standard_normal((autoregression.n_variables, rows.size)))
    powers, directions = _slow_powers(_white_residuals(model, factors))
    share = np.clip(rows.size / _DAYS_OF_A_YEAR + 0.5 - np.arange(waves.shape[1]), 0.0, 1.0)
    slow = waves[:, share > 0.0]
    gains = np.sqrt(1.0 + (powers[:, None] - 1.0) * share[: slow.shape[1]])
    waves[:, : slow.shape[1]] = directions @ (gains * (directions.T @ slow))
    coloured = np.einsum("tij,jt->it", factors[rows], fft.irfft(waves, n=rows.size))
    scores = replay(autoregression, coloured, doy=rows if len(factors) > 1 else None)[:, BURN_IN:]
    return Driven(scores, _noise(model, doy.size, streams), np.empty((0, 0)))


def _slow_powers(white: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Principal powers (K,) that white residuals (K, T) have at periods above a year, in those at all, and directions (K, K).

    The covariance of slow waves is that of noise, and as much of its distance to that as chance is not expected to give it
    (as of James and Stein; Efron and Morris 1973, J. Am. Stat. Assoc. 68, 117). It is one for all waves: where they grow the
    slower they are, years differ by up to a quarter too little; weighted as means of a year see them, seasons so much too far.
    """
    n_variables, n_days = white.shape
    n_waves = n_days // _DAYS_OF_A_YEAR - 1
    noise = np.eye(n_variables)
    if n_waves + 1 < _FEWEST_YEARS:
        return np.ones(n_variables), noise
    waves = fft.rfft(white)[:, 1 : n_waves + 1]
    excess = (waves @ waves.conj().T).real / (n_waves * n_days) - noise
    chance = n_variables * (n_variables + 1) / (2.0 * n_waves)
    powers, directions = np.linalg.eigh(noise + max(1.0 - chance / np.sum(excess**2), 0.0) * excess)
    return np.asarray(np.maximum(powers, 0.0)), np.asarray(directions)


def by_residuals(model: SiteModel, residuals: FloatArray, doy: IntArray, *, streams: Streams) -> Driven:
    """Given residuals, shape (K, T), or (K + M, T) with the noise of amounts below; they start from nothing."""
    rows = number_array(residuals, "residuals", error=ScenarioError)
    n_variables, n_noisy = model.autoregression.n_variables, len(model.noisy)
    if rows.shape not in ((n_variables, doy.size), (n_variables + n_noisy, doy.size)) or not np.isfinite(rows).all():
        raise ScenarioError(
            f"residuals have shape {rows.shape} or gaps, but {n_variables} variables (with {n_noisy} rows of noise or "
            f"without) on {doy.size} days are expected: pass model.residuals, or a part of its days."
        )
    noise = rows[n_variables:] if len(rows) > n_variables or not n_noisy else _noise(model, doy.size, streams)
    return Driven(replay(model.autoregression, rows[:n_variables], doy=doy), noise, np.empty((0, 0)))


def by_phases(
    model: SiteModel,
    doy: IntArray,
    *,
    phases: FloatArray | None = None,
    keep_periods: Sequence[tuple[float, float]] = (),
    streams: Streams,
) -> Driven:
    """The residuals of the record with random phases, in blocks as long as the record.

    Residuals are white, so that the seams between blocks cannot be seen. They are whitened by the covariance of their
    own day of the year before, and coloured by that of the simulated day after. Their mean, which has no phase, is left out.

    Parameters
    ----------
    model : SiteModel
        What is simulated.
    doy : array of int, shape (T,)
        Day of the year of the simulated days.
    phases : array, shape (B, F), optional
        Phases to use again, for B = ceil(T / n) blocks of the n days of the record.
    keep_periods : sequence of (shortest, longest)
        Bands of periods in days that keep the phases of the record.
    streams : Streams
        Streams of the call.
    """
    autoregression = model.autoregression
    if phases is None:
        used = _new_phases(model, doy.size, keep_periods, streams)
    else:
        used = _checked_phases(model, doy.size, np.atleast_2d(number_array(phases, "rphases", error=ScenarioError)))
    factors = np.asarray(np.linalg.cholesky(autoregression.covariances), dtype=np.float64)
    white = _white_residuals(model, factors)
    blocks = [turn_phases(white, row) for row in used]
    rows = table_rows(autoregression, doy.size, doy)
    rows = np.concatenate([rows_before(autoregression, rows, BURN_IN), rows])
    # A block is periodic: its end leads up to its beginning.
    run_up = np.take(blocks[0], np.arange(-BURN_IN, 0), axis=1, mode="wrap")
    driving = np.concatenate([run_up, *blocks], axis=1)[:, : rows.size]
    coloured = np.einsum("tij,jt->it", factors[rows], driving)
    scores = replay(autoregression, coloured, doy=rows if len(factors) > 1 else None)[:, BURN_IN:]
    return Driven(scores, _noise(model, doy.size, streams), used)


def _phases_shape(model: SiteModel, n_days: int) -> tuple[int, int]:
    """Number of blocks, and of phases in each."""
    return -(-n_days // model.n_days), model.n_days // 2 + 1


def _new_phases(model: SiteModel, n_days: int, keep_periods: Sequence[tuple[float, float]], streams: Streams) -> FloatArray:
    """Phases of all blocks, shape (B, F), each from a stream of its own."""
    blocks = range(_phases_shape(model, n_days)[0])
    sources = (streams.generator("phases", block) for block in blocks)
    return np.array([draw_phases(model.n_days, rng=source, keep_periods=keep_periods) for source in sources])


def _checked_phases(model: SiteModel, n_days: int, phases: FloatArray) -> FloatArray:
    shape = _phases_shape(model, n_days)
    if phases.shape != shape or not np.isfinite(phases).all():
        raise ScenarioError(
            f"rphases have shape {phases.shape}, but {n_days} days from a record of {model.n_days} need {shape} finite "
            "phases: use those of a simulation with the same model and length."
        )
    return phases


def _white_residuals(model: SiteModel, factors: FloatArray) -> FloatArray:
    """Residuals of the record with mean zero and unit covariance, shape (K, T)."""
    residuals = model.autoregression.residuals
    rows = table_rows(model.autoregression, model.n_days, model.doy)
    white = np.linalg.solve(factors[rows], residuals.T[:, :, None])[:, :, 0].T
    return np.asarray(white - white.mean(axis=1, keepdims=True), dtype=np.float64)


def by_given(
    model: SiteModel,
    values: Mapping[int, FloatArray],
    external: FloatArray,
    doy: IntArray,
    trend: TrendOnDays | None = None,
    *,
    streams: Streams,
) -> Driven:
    """Conditional on the values (T,) of some variables, by index: the others are drawn jointly, given all days of these.

    `external` (K, T) is the response to external variables, which is no part of the scores that are returned.
    """
    rows = sorted(values)
    factors = None if trend is None else trend.exceedance_factors()
    latent = latent_scores(
        np.array([values[row] if trend is None else trend.of_record(values[row], 0, row) for row in rows]),
        [model.marginals[row] for row in rows],
        [model.variables[row] for row in rows],
        doy,
        rng=streams.generator("dry days"),
        exceedance=None if factors is None else factors[0, rows],
    )
    scores = np.full((len(model.variables), doy.size), np.nan)
    scores[rows] = latent.scores - external[rows]
    completed = infill_scores(scores, model.autoregression, rng=streams.generator(INNOVATIONS), doy=doy)
    return Driven(completed, _noise(model, doy.size, streams), np.empty((0, 0)))


def with_noise(
    model: SiteModel,
    scores: FloatArray,
    noise: FloatArray,
    doy: IntArray,
    rows: Sequence[int],
    trend: TrendOnDays | None = None,
) -> FloatArray:
    """Scores (K, T) with the noise of amounts (M, T) added in those of `rows` that are noisy."""
    noisy = scores.copy()
    for amounts, series in zip(model.noisy, noise, strict=True):
        if amounts.series in rows:
            row, threshold = amounts.series, amounts.threshold[doy]
            if trend is not None:
                threshold = trend.scores_on_days(threshold, 0, row)
            noisy[row] = add_amount_noise(scores[row], threshold, amounts.signal, series)
    return noisy


def _noise(model: SiteModel, n_days: int, streams: Streams) -> FloatArray:
    """Independent noise of amounts, shape (M, T)."""
    drawn = [streams.generator("amounts", noisy.series).standard_normal(n_days) for noisy in model.noisy]
    return np.array(drawn).reshape(len(model.noisy), n_days)
