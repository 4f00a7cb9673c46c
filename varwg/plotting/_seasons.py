"""Pictures of the year: annual cycle, months, wet fractions, and what a scenario changed in them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

import numpy as np

from varwg._arrays import FloatArray
from varwg._calendar import N_DOYS, doy_index
from varwg._statistics import masked_mean, sorted_quantiles
from varwg.errors import DataError
from varwg.plotting import _style as style
from varwg.plotting._source import Series, series
from varwg.rain import WET_THRESHOLD, is_wet

#: Axes of a stress test in words.
_AXES: Final = MappingProxyType({"dt": "change of temperature (K)", "dp": "factor of precipitation"})
#: Where on these axes nothing is changed.
_UNCHANGED: Final = MappingProxyType({"dt": 0.0, "dp": 1.0})
#: Half-width in days of the running mean over days of the year.
_SMOOTHING: Final = 7


@style.picture
def monthly_means(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Mean of each calendar month: 90 % range and median of the members, and the observations; figure and axes."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(4.6, 3.1))
    _months(axes, _monthly(sim, sim.values), _monthly(obs, obs.values)[0])
    if obs.is_rain:
        axes.set_ylim(bottom=0.0)
    style.dress(axes, x="month", y=f"mean {obs.label}", title=obs.station)
    style.legend(axes)
    return style.Picture(figure, axes)


@style.picture
def wet_fractions(simulated: Any, observed: Any, *, variable: str = "R", station: str | None = None, ax: Any = None) -> Any:
    """Share of days of each calendar month with at least 1 mm; as `monthly_means`."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(4.6, 3.1))
    states = [100.0 * np.where(np.isfinite(source.values), is_wet(source.values), np.nan) for source in (sim, obs)]
    _months(axes, _monthly(sim, states[0]), _monthly(obs, states[1])[0])
    axes.set_ylim(bottom=0.0)
    style.dress(axes, x="month", y="wet days (% of days)", title=f"{obs.station}, days with at least {WET_THRESHOLD:g} mm")
    style.legend(axes)
    return style.Picture(figure, axes)


@style.picture
def annual_cycle(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Median and 5 to 95 % range of the daily values of each day of the year, smoothed over two weeks; figure and axes."""
    figure, axes = style.new_axes(ax, size=(5.4, 3.2))
    for source, colour, label in ((simulated, style.SIMULATED, "simulated"), (observed, style.OBSERVED, "observed")):
        drawn = series(source, variable, station)
        low, median, high = _daily_quantiles(drawn).T
        days = np.arange(N_DOYS)
        if colour == style.SIMULATED:
            axes.fill_between(days, low, high, color=colour, alpha=0.25, linewidth=0, label=f"{label} 5 to 95 %")
        else:
            axes.plot(days, low, color=colour, linewidth=1.0, linestyle=style.DASHES, label=f"{label} 5 to 95 %")
            axes.plot(days, high, color=colour, linewidth=1.0, linestyle=style.DASHES)
        axes.plot(days, median, color=colour, linewidth=1.8, label=f"{label} median")
    style.month_axis(axes, style.MONTH_MIDDLES)
    axes.set_xlim(0, N_DOYS - 1)
    style.axis_from_zero(axes, drawn.values)
    style.dress(axes, x="month", y=drawn.label, title=drawn.station)
    style.legend(axes)
    return style.Picture(figure, axes)


def _months(axes: Any, members: FloatArray, observed: FloatArray) -> None:
    low, median, high = sorted_quantiles(members.T, style.BAND).T
    places = np.arange(12)
    band, middle = style.band_labels(len(members))
    if len(members) > 1:
        axes.bar(places, high - low, bottom=low, width=0.7, color=style.SIMULATED, alpha=0.3, label=band)
    axes.hlines(median, places - 0.35, places + 0.35, color=style.SIMULATED, linewidth=2.0, label=middle)
    axes.plot(places, observed, "o", color=style.OBSERVED, markersize=4.5, label="observed")
    drawn = np.concatenate([low, high, median, observed])
    drawn = drawn[np.isfinite(drawn)]
    if drawn.size:
        room = 0.08 * max(float(np.ptp(drawn)), 1e-9)
        axes.set_ylim(drawn.min() - room, drawn.max() + room)
    style.month_axis(axes)


def _monthly(source: Series, values: FloatArray) -> FloatArray:
    """Means (M, 12)."""
    parts = [values[:, source.month == month] for month in range(12)]
    return np.stack([masked_mean(part, np.isfinite(part)) for part in parts], axis=1)


def _daily_quantiles(source: Series) -> FloatArray:
    """Quantiles (366, 3) of the values within a week of each day of the year."""
    doy = doy_index(source.times)
    quantiles = np.empty((N_DOYS, 3))
    for day in range(N_DOYS):
        distance = np.abs(doy - day)
        quantiles[day] = sorted_quantiles(source.pooled(np.minimum(distance, N_DOYS - distance) <= _SMOOTHING), style.BAND)
    width = 2 * _SMOOTHING + 1
    padded = np.concatenate([quantiles[-_SMOOTHING:], quantiles, quantiles[:_SMOOTHING]])
    return np.stack([np.convolve(column, np.full(width, 1.0 / width), mode="valid") for column in padded.T], axis=1)


@style.picture
def scenario_change(
    base: Any, scenario: Any, variable: str, *, station: str | None = None, label: str = "scenario", ax: Any = None
) -> Any:
    """Monthly means of both, and the distributions of their daily values.

    Parameters
    ----------
    base, scenario : see `varwg.plotting._source.series`
        Simulations without and with the scenario.
    variable, station : str
        What to show.
    label : str
        What to call the scenario.
    ax : array of two Axes, optional

    Returns
    -------
    figure, axes
    """
    parts = ((series(base, variable, station), style.SIMULATED, "unperturbed"),
             (series(scenario, variable, station), style.SCENARIO, label))  # fmt: skip
    figure, axes = style.new_axes(ax, size=(7.0, 3.2), columns=2)
    left, right = np.ravel(axes)
    span = [min(p[0].pooled().min() for p in parts), max(p[0].pooled().max() for p in parts)]
    for (members, colour, name), dashes in zip(parts, ("-", (0, (4, 1.5))), strict=True):
        low, median, high = sorted_quantiles(_monthly_members(members).T, style.BAND).T
        if len(members.values) > 1:
            left.fill_between(range(12), low, high, color=colour, alpha=0.25, linewidth=0, label=f"{name}: 90 % of members")
        label = f"{name}: median" if len(members.values) > 1 else name
        left.plot(range(12), median, "o", linestyle=dashes, color=colour, markersize=3.5, linewidth=1.5, label=label)
        shares, edges = np.histogram(members.pooled(), bins=50, range=(span[0], span[1]))
        right.stairs(100.0 * shares / max(shares.sum(), 1), edges, color=colour, linestyle=dashes, linewidth=1.5, label=name)
    style.month_axis(left)
    style.dress(left, x="month", y=f"mean {parts[0][0].label}", title=f"{parts[0][0].station}, means of months")
    style.dress(right, x=parts[0][0].label, y="share of days in a class (%)", title="daily values")
    style.legend(left, across=(left, right))
    if parts[0][0].is_rain:
        right.set_yscale("log")
        right.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return style.Picture(figure, axes)


@style.picture
def response_surface(surface: Any, response: str | None = None, *, station: str | None = None, ax: Any = None) -> Any:
    """Median response of members to each cell of a stress test with two axes; the unchanged climate is outlined.

    Parameters
    ----------
    surface : Dataset
        What `stress` returns.
    response, station : str, optional
        What to show; the first by default.
    ax : Axes, optional

    Returns
    -------
    figure, axes
    """
    from matplotlib.patches import Rectangle

    name = str(next(iter(surface.data_vars))) if response is None else response
    values = surface[name]
    if "station" in values.dims:
        values = values.sel(station=station) if station is not None else values.isel(station=0)
    table = values.median("realization")
    if table.ndim != 2:
        raise DataError(f"the stress test has the axes {', '.join(map(str, table.dims))}, but two are needed for a picture.")
    first, second = (str(dim) for dim in table.dims)
    figure, axes = style.new_axes(ax, size=(5.0, 3.6))
    mesh = axes.pcolormesh(table[second].values, table[first].values, table.values, shading="nearest", cmap="viridis")
    contours = axes.contour(table[second].values, table[first].values, table.values, colors="white", linewidths=0.8)
    axes.clabel(contours, fontsize=7)
    style.colour_bar(figure, mesh, axes, str(values.attrs.get("long_name", name)))
    steps = [np.gradient(table[dim].values)[0] for dim in (second, first)]
    unchanged = [_UNCHANGED.get(dim, np.nan) for dim in (second, first)]
    if all(at in table[dim].values for at, dim in zip(unchanged, (second, first), strict=True)):
        corner = [at - step / 2 for at, step in zip(unchanged, steps, strict=True)]
        axes.add_patch(Rectangle((corner[0], corner[1]), *steps, fill=False, edgecolor="white", linewidth=1.8))
    place = str(values["station"].item()) if "station" in values.coords else ""
    style.dress(axes, x=_AXES.get(second, second), y=_AXES.get(first, first), title=place, grid="")
    return style.Picture(figure, axes)


def _monthly_members(source: Series) -> FloatArray:
    parts = [source.values[:, source.month == month] for month in range(12)]
    return np.stack([masked_mean(part, np.isfinite(part)) for part in parts], axis=1)
