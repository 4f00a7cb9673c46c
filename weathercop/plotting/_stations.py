"""Pictures of several stations: the map, and correlations between stations and between variables."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import doy_index
from varwg._observations import Observations
from varwg._statistics import anomalies, correlations, mean_ranks
from varwg.errors import DataError
from varwg.io._layout import positions
from varwg.plotting import _style as style


@style.picture
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
    located = np.isfinite(longitude) & np.isfinite(latitude)
    if not located.any():
        raise DataError("no station has a latitude and a longitude, so there is no map: give coordinates with the observations.")
    x, y, heights = longitude[located], latitude[located], elevation[located]
    narrowing = max(float(np.cos(np.radians(y.mean()))), 0.05)
    least = _LEAST_SPAN if x.size > 1 else _SPAN_OF_ONE
    spans = max(1.35 * np.ptp(x), least / narrowing), max(1.35 * np.ptp(y), 0.7 * least)
    figure, axes = style.new_axes(ax, size=(5.6, float(np.clip(0.8 + 3.8 * spans[1] / (spans[0] * narrowing), 2.4, 5.6))))
    axes.set_xlim(0.5 * (x.min() + x.max() - spans[0]), 0.5 * (x.min() + x.max() + spans[0]))
    axes.set_ylim(0.5 * (y.min() + y.max() - spans[1]), 0.5 * (y.min() + y.max() + spans[1]))
    axes.set_aspect(1.0 / narrowing)
    if max(spans) >= _FINEST_OUTLINES:
        _draw_outlines(axes)
    axes.scatter(x, y, color=style.SOFT, s=60, edgecolor="white", zorder=3)
    high = np.isfinite(heights)
    if high.sum() > 1:
        dots = axes.scatter(x[high], y[high], c=heights[high], cmap="viridis", s=60, edgecolor="white", zorder=4)
        style.colour_bar(figure, dots, axes, "elevation (m)")
    width, height = style.room(axes)
    scale = min(width / (spans[0] * narrowing), height / spans[1])
    at = np.stack([x * narrowing * scale, y * scale], axis=1)
    centre = 0.5 * (at.min(axis=0) + at.max(axis=0))
    inside = style.Box.around(centre, spans[0] * narrowing * scale, spans[1] * scale)
    taken = [style.Box.around(place, 9.0, 9.0) for place in at] + inside.walls()
    for name, place, one, other in zip(np.array(names)[located], at, x, y, strict=True):
        half = 0.5 * style.text_width(name, style.TICK_SIZE) + 1.0
        shifts = [(side * (half + 5.0), up) for up in (6.0, -6.0, 0.0) for side in (1.0, -1.0)] + [(0.0, 11.0), (0.0, -11.0)]
        boxes = [style.Box.around(place + np.array(shift), 2.0 * half, 11.0) for shift in shifts]
        chosen = style.least_touching(boxes, taken)
        taken.append(boxes[chosen])
        axes.annotate(name, (one, other), xytext=shifts[chosen], textcoords="offset points", fontsize=style.TICK_SIZE,
                      ha="center", va="center", zorder=5)  # fmt: skip
    title = f"{x.size} stations" if x.size > 1 else f"{heights[0]:.0f} m above sea level" if high.any() else "1 station"
    without = f", {int((~located).sum())} more without a place" if not located.all() else ""
    style.dress(axes, x="longitude (°E)", y="latitude (°N)", title=title + without)
    return style.Picture(figure, axes)


def _draw_outlines(axes: Any) -> None:
    """Land and countries behind a map (Natural Earth, 1:110 million)."""
    from matplotlib.collections import PolyCollection

    with (files("weathercop") / "data" / "outlines.npz").open("rb") as file, np.load(file) as stored:
        rings = np.split(stored["points"] / 100.0, stored["starts"][1:])
    land = PolyCollection(rings, facecolor="#F5F4F0", edgecolor="#ABABAB", linewidth=0.6, zorder=0.5)
    axes.add_collection(land, autolim=False)


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


#: Degrees of latitude that a map shows at least, and that it has to show for outlines to be where they should.
_LEAST_SPAN: Final = 0.2
_SPAN_OF_ONE: Final = 8.0
_FINEST_OUTLINES: Final = 2.0
#: Stations or variables that colours and signs can tell apart, and those whose correlations are readable as numbers.
_MOST_NAMES: Final = 16
_MOST_NUMBERS: Final = 14
#: More members than this only make a picture slow.
_MAX_MEMBERS: Final = 100


def station_correlations(ensemble: Any, obs: Any, variable: str, *, ax: Any = None) -> Any:
    """Correlation of the anomalies of one variable between all stations: observed above the diagonal, simulated below.

    Parameters
    ----------
    ensemble : SimResult, or xarray.DataArray with dimensions (realization,) station, variable, time
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
    record = _observed(obs).select(stations, [variable])
    departures = anomalies(record.values[:, 0], record.doy)
    observed = correlations(departures, departures)
    simulated = anomalies(members[:, :, 0], days)
    label = f"correlation of {record.variables[0].long_name or variable}"
    return _matrix(observed, correlations(simulated, simulated).mean(axis=0), stations, label, "", ax)


def variable_correlations(ensemble: Any, obs: Any, station: str | None = None, *, ax: Any = None) -> Any:
    """Spearman's correlation between all variables at a station: observed above the diagonal, simulated below.

    Parameters as for `station_correlations`; the station is the first by default.
    """
    members, stations, names, _ = _simulated(ensemble, stations=None if station is None else [station])
    observed = mean_ranks(_observed(obs).select(stations[:1], names).values[0])
    simulated = mean_ranks(members[:, 0])
    mean_of_members = correlations(simulated, simulated).mean(axis=0)
    return _matrix(correlations(observed, observed), mean_of_members, names, "rank correlation", f"{stations[0]}, ", ax)


@style.picture
def correlation_scatter(ensemble: Any, obs: Any, *, ax: Any = None) -> Any:
    """Correlations of the simulation against those observed, one dot for each pair; figure and two axes.

    To the left pairs of stations, one colour for each variable; to the right pairs of variables (ranks), one colour for
    each station. Parameters as for `station_correlations`.
    """
    members, stations, names, days = _simulated(ensemble)
    record = _observed(obs).select(stations, names)
    if len(stations) == len(names) == 1:
        raise DataError(f"{names[0]} at {stations[0]} alone has no correlation to draw: take an ensemble of several.")
    figure, axes = style.new_axes(ax, size=(9.4, 3.7), columns=2)
    left, right = np.ravel(axes)
    pairs = np.triu_indices(len(stations), 1)
    for k, name in enumerate(names if len(stations) > 1 else ()):
        observed = anomalies(record.values[:, k], record.doy)
        simulated = anomalies(members[:, :, k], days)
        mean_of_members = correlations(simulated, simulated).mean(axis=0)
        _dots(left, correlations(observed, observed)[pairs], mean_of_members[pairs], k, name, len(names))
    pairs = np.triu_indices(len(names), 1)
    for s, name in enumerate(stations if len(names) > 1 else ()):
        observed, simulated = mean_ranks(record.values[s]), mean_ranks(members[:, s])
        mean_of_members = correlations(simulated, simulated).mean(axis=0)
        _dots(right, correlations(observed, observed)[pairs], mean_of_members[pairs], s, name, len(stations))
    for panel, title, alone in (
        (left, "pairs of stations", "one station"),
        (right, "pairs of variables (ranks)", "one variable"),
    ):
        _equal_axes(panel, alone)
        style.dress(panel, x="observed correlation (-)", y="simulated correlation (-)", title=title)
        style.legend(panel, beside=True)
    return style.Picture(figure, axes)


@style.picture
def correlation_dots(ensemble: Any, obs: Any, *, ax: Any = None) -> Any:
    """How much too high correlations of the simulation are: of pairs of stations and of variables, without names.

    Dots on the line of zero are right; along the diagonal of `correlation_scatter` the two kinds would hide each other.
    Parameters as for `station_correlations`; returns figure and axes.
    """
    members, stations, names, days = _simulated(ensemble)
    record = _observed(obs).select(stations, names)
    figure, axes = style.new_axes(ax, size=(4.2, 3.4))
    kinds = (
        ("variables (ranks)", mean_ranks(record.values), mean_ranks(members), "s", style.SCENARIO),
        ("stations", anomalies(np.swapaxes(record.values, 0, 1), record.doy), anomalies(np.swapaxes(members, 1, 2), days), "o",
         style.SIMULATED),
    )  # fmt: skip
    largest = 0.2
    for label, observed, simulated, marker, colour in kinds:
        one, other = np.triu_indices(observed.shape[1], 1)
        there = correlations(observed, observed)[:, one, other].ravel()
        difference = correlations(simulated, simulated).mean(axis=0)[:, one, other].ravel() - there
        if np.isfinite(difference).any():
            axes.plot(there, difference, marker, color=colour, markersize=3.5, markeredgewidth=0, alpha=0.6, label=label)
            largest = max(largest, 1.1 * float(np.nanmax(np.abs(difference))))
    axes.axhline(0.0, color=style.OBSERVED, linewidth=1.0, zorder=1)
    axes.set_xlim(-1.02, 1.02)
    axes.set_xticks([-1.0, -0.5, 0.0, 0.5, 1.0])
    axes.set_ylim(-largest, largest)
    if not axes.get_legend_handles_labels()[0]:
        _say(axes, "one variable, one station: no pairs")
    style.dress(axes, x="observed correlation (-)", y="simulated less observed (-)", title="correlations")
    style.legend(axes)
    return style.Picture(figure, axes)


def _equal_axes(panel: Any, alone: str) -> None:
    """The same limits on both axes, and the line on which dots should be; or a word on why there are none."""
    low, high = panel.dataLim.min.min(), panel.dataLim.max.max()
    if not np.isfinite([low, high]).all():
        _say(panel, f"{alone}: no pairs")
        low, high = 0.0, 1.0
    room = 0.04 * max(float(high - low), 0.1)
    ends = [low - room, high + room]
    panel.plot(ends, ends, color=style.OBSERVED, linewidth=1.0, zorder=1)
    panel.set_xlim(ends)
    panel.set_ylim(ends)


def _say(panel: Any, words: str) -> None:
    panel.text(0.04, 0.9, words, transform=panel.transAxes, fontsize=style.TICK_SIZE, color=style.SOFT)


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


def _dots(panel: Any, observed: FloatArray, simulated: FloatArray, number: int, name: str, n_names: int) -> None:
    """Pairs of one station or variable in a colour and sign of its own; of too many to be told apart in the same."""
    if n_names > _MOST_NAMES:
        number, name = 0, f"all {n_names}" if number == 0 else ""
    colour, marker = style.CYCLE[number % len(style.CYCLE)], "os^DvpX*"[number % 8]
    panel.plot(observed, simulated, marker, color=colour, markersize=5.0, markeredgewidth=0, alpha=0.8, label=name)


@style.picture
def _matrix(upper: FloatArray, lower: FloatArray, names: list[str], label: str, place: str, ax: Any) -> Any:
    n = len(names)
    if n < 2:
        raise DataError(f"{names[0]} alone has no correlation to draw: take an ensemble of several.")
    cell = 0.6 if n <= _MOST_NUMBERS else max(8.4 / n, 0.2)
    figure, axes = style.new_axes(ax, size=(2.6 + cell * n, 1.4 + 0.92 * cell * n))
    shown = np.where(np.triu(np.ones((n, n), dtype=np.bool_)), upper, lower)
    np.fill_diagonal(shown, np.nan)
    image = axes.imshow(shown, cmap=style.DIVERGING, vmin=-1.0, vmax=1.0)
    for row, column in np.ndindex(n, n) if n <= _MOST_NUMBERS else ():
        value = shown[row, column]
        colour = "white" if abs(value) > 0.6 else "black"
        # Without a sign where it is that of a zero; a dash where one of the two is not reported.
        text = f"{np.round(value, 2) + 0.0:.2f}" if np.isfinite(value) else "–" if row != column else ""
        axes.text(column, row, text, ha="center", va="center", fontsize=8.5, color=colour)
    axes.set_xticks(range(n), names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(n), names)
    style.dress(axes, title=f"{place}observed above, simulated below", grid="")
    axes.tick_params(length=0, labelsize=min(style.TICK_SIZE, 50.0 * cell))
    style.colour_bar(figure, image, axes, f"{label} (-)")
    return style.Picture(figure, axes)
