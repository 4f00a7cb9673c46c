"""Pictures of several stations: the map, and correlations between stations and between variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import doy_index
from varwg._observations import Observations
from varwg._statistics import anomalies, correlations, mean_ranks
from varwg.errors import DataError
from varwg.io._layout import positions
from varwg.plotting import _style as style


def station_map(source: Any, *, ax: Any = None) -> Any:
    """Stations at their longitude and latitude, coloured by elevation; figure and axes.

    Parameters
    ----------
    source : Observations, MultisiteModel, Multisite, or xarray object with the coordinates latitude and longitude
        Where the stations are taken from.
    ax : Axes, optional

    Raises
    ------
    DataError
        If no station has a place.
    """
    names, longitude, latitude, elevation = _places(getattr(source, "observations", source))
    known = np.isfinite(longitude) & np.isfinite(latitude)
    if not known.any():
        raise DataError("no station has a latitude and a longitude, so there is no map: give coordinates with the observations.")
    centre = float(np.mean(latitude[known]))
    narrowing = max(np.cos(np.radians(centre)), 0.05)
    spans = np.ptp(longitude[known]) * narrowing + 0.1, np.ptp(latitude[known]) + 0.1
    figure, axes = style.new_axes(ax, size=(5.6, float(np.clip(1.1 + 3.9 * spans[1] / spans[0], 2.6, 5.6))))
    heights = np.where(np.isfinite(elevation), elevation, 0.0)[known]
    dots = axes.scatter(longitude[known], latitude[known], c=heights, cmap="viridis", s=70, edgecolor="white", zorder=3)
    for name, x, y in zip(np.array(names)[known], longitude[known], latitude[known], strict=True):
        axes.annotate(name, (x, y), xytext=(7, 5), textcoords="offset points", fontsize=9)
    axes.set_aspect(1.0 / narrowing, adjustable="datalim")
    axes.margins(0.25)
    if np.isfinite(elevation[known]).any():
        bar = figure.colorbar(dots, ax=axes, fraction=0.05, pad=0.03)
        bar.ax.tick_params(labelsize=8)
        bar.set_label("elevation (m)", fontsize=9)
        bar.outline.set_visible(False)
    style.dress(axes, x="longitude (°E)", y="latitude (°N)", title=f"{int(known.sum())} stations")
    return style.Picture(figure, axes)


def _places(source: Any) -> tuple[list[str], Any, Any, Any]:
    wanted = ("longitude", "latitude", "elevation")
    if hasattr(source, "site_values"):
        longitude, latitude, elevation = (source.site_values(what) for what in wanted)
        return list(source.stations), longitude, latitude, elevation
    if hasattr(source, "stations"):
        return list(source.stations), source.longitude, source.latitude, source.elevation
    names = [str(name) for name in source["station"].values]
    missing = np.full(len(names), np.nan)
    longitude, latitude, elevation = (source[what].values if what in source.coords else missing for what in wanted)
    return names, longitude, latitude, elevation


#: More members than this only make a picture slow.
_MAX_MEMBERS: Final = 100


def station_correlations(ensemble: Any, obs: Any, variable: str, *, ax: Any = None) -> Any:
    """Correlation of the anomalies of one variable between all stations: observed above the diagonal, simulated below.

    Parameters
    ----------
    ensemble : SimResult, or xarray.DataArray with dims (realization,) station, variable, time
        Simulated; the mean over the members (the first 100) is drawn.
    obs : Observations or Multisite
        With the same stations.
    variable : str
        Which.
    ax : Axes, optional

    Returns
    -------
    figure, axes
    """
    members, stations, _, days = _simulated(ensemble, variables=[variable])
    own = _observed(obs).select(stations, [variable])
    departures = anomalies(own.values[:, 0], own.doy)
    observed = correlations(departures, departures)
    simulated = anomalies(members[:, :, 0], days)
    label = f"correlation of {own.variables[0].long_name or variable}"
    return _matrix(observed, correlations(simulated, simulated).mean(axis=0), stations, label, ax)


def variable_correlations(ensemble: Any, obs: Any, station: str | None = None, *, ax: Any = None) -> Any:
    """Spearman's correlation between all variables at a station: observed above the diagonal, simulated below.

    Parameters as for `station_correlations`; the station is the first by default.
    """
    members, stations, names, _ = _simulated(ensemble, stations=None if station is None else [station])
    observed = mean_ranks(_observed(obs).select(stations[:1], names).values[0])
    simulated = mean_ranks(members[:, 0])
    label = f"rank correlation, {stations[0]}"
    return _matrix(correlations(observed, observed), correlations(simulated, simulated).mean(axis=0), names, label, ax)


def correlation_scatter(ensemble: Any, obs: Any, *, ax: Any = None) -> Any:
    """Correlations of the simulation against those observed, one dot for each pair; figure and two axes.

    To the left pairs of stations, one colour for each variable; to the right pairs of variables (ranks), one colour for
    each station. Parameters as for `station_correlations`.
    """
    members, stations, names, days = _simulated(ensemble)
    own = _observed(obs).select(stations, names)
    figure, axes = style.new_axes(ax, size=(8.4, 4.4), columns=2)
    left, right = np.ravel(axes)
    pairs = np.triu_indices(len(stations), 1)
    for k, name in enumerate(names):
        observed = anomalies(own.values[:, k], own.doy)
        simulated = anomalies(members[:, :, k], days)
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
        style.legend(panel, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=4, handletextpad=0.2, columnspacing=1.0)
    return style.Picture(figure, axes)


def correlation_dots(ensemble: Any, obs: Any, *, ax: Any = None) -> Any:
    """Both panels of `correlation_scatter` in one, without names: pairs of stations and pairs of variables; figure and axes."""
    members, stations, names, days = _simulated(ensemble)
    own = _observed(obs).select(stations, names)
    figure, axes = style.new_axes(ax, size=(3.8, 3.7))
    kinds = (
        ("stations", anomalies(np.swapaxes(own.values, 0, 1), own.doy), anomalies(np.swapaxes(members, 1, 2), days)),
        ("variables (ranks)", mean_ranks(own.values), mean_ranks(members)),
    )
    axes.plot([-1.0, 1.0], [-1.0, 1.0], color=style.OBSERVED, linewidth=1.0, zorder=1)
    for number, (label, observed, simulated) in enumerate(kinds):
        one, other = np.triu_indices(observed.shape[1], 1)
        there = correlations(observed, observed)[:, one, other].ravel()
        here = correlations(simulated, simulated).mean(axis=0)[:, one, other].ravel()
        axes.plot(there, here, "os"[number], color=style.CYCLE[number], markersize=4.5, alpha=0.8, label=label)
    axes.set_aspect("equal")
    axes.set_xlim(-1.0, 1.0)
    axes.set_ylim(-1.0, 1.0)
    style.dress(axes, x="observed correlation (-)", y="simulated (-)", title="correlations")
    style.legend(axes, loc="upper left", handletextpad=0.2)
    return style.Picture(figure, axes)


class _Simulated(NamedTuple):
    """Values (M, S, K, T), names of stations and variables, and rows of a seasonal table of the days."""

    values: FloatArray
    stations: list[str]
    names: list[str]
    days: IntArray


def _simulated(ensemble: Any, *, stations: Sequence[str] | None = None, variables: Sequence[str] | None = None) -> _Simulated:
    """The first members of an ensemble, or the only one of a simulation: all of it, or the named stations or variables."""
    array = getattr(ensemble, "sim_sea", ensemble)
    array = array.isel(realization=slice(_MAX_MEMBERS)) if "realization" in array.dims else array.expand_dims("realization")
    places, names = ([str(name) for name in array[dim].values] for dim in ("station", "variable"))
    rows = positions("station", places if stations is None else stations, places)
    columns = positions("variable", names if variables is None else variables, names)
    chosen = array.isel(station=rows, variable=columns).transpose("realization", "station", "variable", "time")
    values = np.asarray(chosen.values, dtype=np.float64)
    return _Simulated(values, [places[row] for row in rows], [names[k] for k in columns], doy_index(array["time"].values))


def _observed(obs: Any) -> Observations:
    return getattr(obs, "observations", obs)  # type: ignore[no-any-return]


def _dots(panel: Any, observed: FloatArray, simulated: FloatArray, pairs: Any, number: int, label: str) -> None:
    colour, marker = (
        style.CYCLE[number % len(style.CYCLE)],
        "os^DvpX*"[(number + number // len(style.CYCLE)) % 8],
    )
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
    return style.Picture(figure, axes)
