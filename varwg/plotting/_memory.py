"""Pictures of memory: autocorrelation, cross-correlation and spectra of anomalies."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import doy_index
from varwg._statistics import anomalies, autocorrelations, correlations, power_spectrum, sorted_quantiles
from varwg.plotting import _style as style
from varwg.plotting._source import Series, series

#: Bins of a spectrum for each factor of ten in frequency.
_BINS_PER_DECADE: Final = 12


@style.picture
def autocorrelation(
    simulated: Any, observed: Any, variable: str, *, n_lags: int = 20, station: str | None = None, ax: Any = None
) -> Any:
    """Autocorrelation of anomalies from the mean annual cycle at lags 1 to `n_lags` days; figure and axes."""
    figure, axes = style.new_axes(ax, size=(4.6, 3.1))
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    lags = np.arange(1, n_lags + 1)
    _band(axes, lags, autocorrelations(_anomalies(sim), lags.tolist()))
    axes.plot(
        lags, autocorrelations(_anomalies(obs), lags.tolist())[0], "o", color=style.OBSERVED, markersize=4, label="observed"
    )
    axes.axhline(0.0, color=style.SOFT, linewidth=0.8)
    axes.xaxis.get_major_locator().set_params(integer=True)
    style.dress(axes, x="lag (d)", y="autocorrelation (-)", title=f"{obs.station}, {obs.long_name or obs.name}")
    style.legend(axes)
    return style.Picture(figure, axes)


@style.picture
def cross_correlation(
    simulated: Any, observed: Any, variable: str, other: str, *, n_lags: int = 7, station: str | None = None, ax: Any = None
) -> Any:
    """Correlation of the anomalies of `variable` with those of `other` so many days before (or, below zero, after)."""
    figure, axes = style.new_axes(ax, size=(4.6, 3.1))
    lags = np.arange(-n_lags, n_lags + 1)
    courses = []
    for source in (simulated, observed):
        one, two = series(source, variable, station), series(source, other, station)
        courses.append(_lagged(_anomalies(one), _anomalies(two), lags))
    _band(axes, lags, courses[0])
    axes.plot(lags, courses[1][0], "o", color=style.OBSERVED, markersize=4, label="observed")
    axes.axhline(0.0, color=style.SOFT, linewidth=0.8)
    axes.axvline(0.0, color=style.SOFT, linewidth=0.8)
    names = [part.long_name or part.name for part in (one, two)]
    style.dress(
        axes, x=f"days by which {names[1]} is earlier (d)", y="correlation (-)", title=f"{one.station}, {' and '.join(names)}"
    )
    style.legend(axes)
    return style.Picture(figure, axes)


@style.picture
def spectrum(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Spectrum of anomalies over periods: variance for each octave, as 90 % range and median of members; figure and axes."""
    figure, axes = style.new_axes(ax, size=(4.6, 3.3))
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    periods, power = _octaves(_anomalies(sim))
    _band(axes, periods, power)
    periods, power = _octaves(_anomalies(obs))
    axes.plot(periods, power[0], "o", color=style.OBSERVED, markersize=3.5, label="observed")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.invert_xaxis()
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    style.dress(axes, x="period (d)", y=f"variance per octave ({style.squared_units(obs.units)})",
                title=f"{obs.station}, {obs.long_name or obs.name}")  # fmt: skip
    style.legend(axes)
    return style.Picture(figure, axes)


def _anomalies(source: Series) -> FloatArray:
    return anomalies(source.values, doy_index(source.times))


def _band(axes: Any, places: FloatArray | IntArray, members: FloatArray) -> None:
    low, median, high = sorted_quantiles(members.T, style.BAND).T
    band, middle = style.band_labels(len(members))
    axes.fill_between(places, low, high, color=style.SIMULATED, alpha=0.3, linewidth=0, label=band)
    axes.plot(places, median, color=style.SIMULATED, linewidth=1.5, label=middle)


def _lagged(one: FloatArray, two: FloatArray, lags: IntArray) -> FloatArray:
    """Correlations (M, lags) of one[t] with two[t - lag]."""
    rows = []
    for lag in lags:
        late = one[:, lag:] if lag >= 0 else one[:, :lag]
        early = two[:, : two.shape[1] - lag] if lag >= 0 else two[:, -lag:]
        rows.append(correlations(late[:, None], early[:, None])[:, 0, 0])
    return np.stack(rows, axis=1)


def _octaves(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Periods (B,) and mean variance per octave (M, B) in bins of equal width in the logarithm of frequency."""
    power = power_spectrum(values)
    frequency = np.arange(1, power.shape[-1]) / values.shape[-1]
    edges = np.geomspace(frequency[0] * 0.9, 0.5001, max(int(_BINS_PER_DECADE * np.log10(0.5 / frequency[0])), 2))
    place = np.digitize(frequency, edges) - 1
    periods, powers = [], []
    for number in range(edges.size - 1):
        inside = place == number
        if inside.any():
            periods.append(1.0 / np.exp(np.log(frequency[inside]).mean()))
            density = power[:, 1:][:, inside].mean(axis=1) * values.shape[-1]
            powers.append(density * np.log(2.0) / periods[-1])
    return np.array(periods), np.stack(powers, axis=1)
