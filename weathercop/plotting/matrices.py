"""Pictures of correlations between stations and between variables: matrices, and observed against simulated."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from varwg.arrays import FloatArray
from varwg.calendar import doy_index
from varwg.observations import Observations
from varwg.plotting import style
from varwg.statistics import anomalies, correlations, mean_ranks


def station_correlations(ensemble: Any, obs: Observations, variable: str, *, ax: Any = None) -> Any:
    """Correlation of the anomalies of one variable between all stations: observed above the diagonal, simulated below.

    Parameters
    ----------
    ensemble : xarray.DataArray, dims (realization,) station, variable, time
        Simulated; the mean over the members is drawn.
    obs : Observations
        With the same stations.
    variable : str
        Which.
    ax : Axes, optional

    Returns
    -------
    figure, axes
    """
    members, stations = _values(ensemble), [str(name) for name in ensemble["station"].values]
    column = [str(name) for name in ensemble["variable"].values].index(variable)
    own = obs.select(stations, [variable])
    departures = anomalies(own.values[:, 0], own.doy)
    observed = correlations(departures, departures)
    simulated = anomalies(members[:, :, column], doy_index(ensemble["time"].values))
    label = f"correlation of {own.variables[0].long_name or variable}"
    return _matrix(observed, correlations(simulated, simulated).mean(axis=0), stations, label, ax)


def variable_correlations(ensemble: Any, obs: Observations, station: str, *, ax: Any = None) -> Any:
    """Spearman's correlation between all variables at a station: observed above the diagonal, simulated below."""
    names = [str(name) for name in ensemble["variable"].values]
    members = _values(ensemble)[:, [str(name) for name in ensemble["station"].values].index(station)]
    observed = mean_ranks(obs.select([station], names).values[0])
    simulated = mean_ranks(members)
    label = f"rank correlation, {station}"
    return _matrix(correlations(observed, observed), correlations(simulated, simulated).mean(axis=0), names, label, ax)


def correlation_scatter(ensemble: Any, obs: Observations, *, ax: Any = None) -> Any:
    """Correlations of the simulation against those observed, one dot for each pair; figure and two axes.

    To the left pairs of stations, one colour for each variable; to the right pairs of variables (ranks), one colour for
    each station.
    """
    stations, names = ([str(name) for name in ensemble[dim].values] for dim in ("station", "variable"))
    members, own = _values(ensemble), obs.select(stations, names)
    figure, axes = style.new_axes(ax, size=(8.6, 4.2), columns=2)
    left, right = np.ravel(axes)
    pairs = np.triu_indices(len(stations), 1)
    for k, name in enumerate(names):
        observed = anomalies(own.values[:, k], own.doy)
        simulated = anomalies(members[:, :, k], doy_index(ensemble["time"].values))
        _dots(left, correlations(observed, observed), correlations(simulated, simulated).mean(axis=0), pairs, k, name)
    pairs = np.triu_indices(len(names), 1)
    for s, name in enumerate(stations):
        observed, simulated = mean_ranks(own.values[s]), mean_ranks(members[:, s])
        _dots(right, correlations(observed, observed), correlations(simulated, simulated).mean(axis=0), pairs, s, name)
    for panel, title in ((left, "pairs of stations"), (right, "pairs of variables (ranks)")):
        low, high = panel.dataLim.min.min(), panel.dataLim.max.max()
        ends = [low - 0.05, high + 0.05] if np.isfinite(low) and np.isfinite(high) else [0.0, 1.0]
        panel.plot(ends, ends, color=style.OBSERVED, linewidth=1.0, zorder=1)
        panel.set_aspect("equal")
        style.dress(panel, x="observed correlation (-)", y="simulated correlation (-)", title=title)
        style.legend(panel, loc="upper left", handletextpad=0.2)
    return figure, axes


def _values(ensemble: xr.DataArray) -> FloatArray:
    """Values (M, S, K, T)."""
    dims = ("realization", "station", "variable", "time")
    array = ensemble if "realization" in ensemble.dims else ensemble.expand_dims("realization")
    return np.asarray(array.transpose(*dims).values, dtype=np.float64)


def _dots(panel: Any, observed: FloatArray, simulated: FloatArray, pairs: Any, number: int, label: str) -> None:
    colour, marker = style.CYCLE[number % len(style.CYCLE)], "os^Dvp*"[number % 7]
    panel.plot(observed[pairs], simulated[pairs], marker, color=colour, markersize=5.5, alpha=0.85, label=label)


def _matrix(upper: FloatArray, lower: FloatArray, names: list[str], label: str, ax: Any) -> Any:
    n = len(names)
    figure, axes = style.new_axes(ax, size=(2.4 + 0.62 * n, 1.6 + 0.55 * n))
    shown = np.where(np.triu(np.ones((n, n), dtype=np.bool_)), upper, lower)
    np.fill_diagonal(shown, np.nan)
    image = axes.imshow(shown, cmap=style.DIVERGING, vmin=-1.0, vmax=1.0)
    for row, column in np.ndindex(n, n):
        if np.isfinite(shown[row, column]):
            colour = "white" if abs(shown[row, column]) > 0.6 else "black"
            text = f"{shown[row, column]:.2f}"
            axes.text(column, row, text, ha="center", va="center", fontsize=8.5, color=colour)
    axes.set_xticks(range(n), names, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(n), names)
    style.dress(axes, title="observed above, simulated below", grid="")
    axes.tick_params(length=0)
    bar = figure.colorbar(image, ax=axes, shrink=0.85)
    bar.set_label(f"{label} (-)", fontsize=9)
    bar.outline.set_visible(False)
    return figure, axes
