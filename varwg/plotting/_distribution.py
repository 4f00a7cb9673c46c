"""Pictures of distributions: quantiles, exceedance, months, and the wind rose."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray, IntArray
from varwg._statistics import annual, gev_from_l_moments, gev_quantiles, running_mean, sorted_quantiles
from varwg.errors import DataError
from varwg.plotting import _style as style
from varwg.plotting._source import Series, series
from varwg.rain import exceedance, is_wet
from varwg.rain import spell_lengths as lengths_of

#: Values per violin are thinned to this many.
_MAX_PER_VIOLIN: Final = 4000


@style.picture
def qq(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Quantiles of the members (median and 90 % range) against those of the observations; returns figure and axes."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    values = np.sort(obs.pooled())
    levels = np.linspace(0.0, 1.0, values.size)
    low, median, high = sorted_quantiles(sorted_quantiles(sim.values, levels).T, style.BAND).T
    figure, axes = style.new_axes(ax, size=(3.8, 3.7))
    ends = [min(values[0], low.min()), max(values[-1], high.max())]
    axes.plot(ends, ends, color=style.OBSERVED, linewidth=1.0, label="equal")
    band, middle = style.band_labels(len(sim.values))
    axes.fill_between(values, low, high, color=style.SIMULATED, alpha=0.3, linewidth=0, label=band)
    axes.plot(values, median, ".", color=style.SIMULATED, markersize=3.5, label=middle)
    style.dress(axes, x=f"observed {obs.label}", y=f"simulated {sim.label}", title=obs.station)
    axes.set_aspect("equal", adjustable="datalim")
    style.legend(axes)
    return style.Picture(figure, axes)


@style.picture
def monthly_violins(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Distributions of each month, observed to the left and simulated to the right; wet days only for precipitation."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(5.2, 3.1))
    for source, side, colour, label in ((obs, "low", style.OBSERVED, "observed"), (sim, "high", style.SIMULATED, "simulated")):
        parts = [(month, _thinned(_month_values(source, month))) for month in range(12)]
        usable = [
            (month, np.log10(part) if source.is_rain else part) for month, part in parts if part.size > 2 and np.ptp(part) > 0
        ]
        if not usable:
            continue
        places, samples = zip(*usable, strict=True)
        violins = axes.violinplot(list(samples), list(places), widths=0.86, showextrema=False, points=80)
        for body, place in zip(violins["bodies"], places, strict=True):
            edge = body.get_paths()[0].vertices[:, 0]
            edge[:] = np.minimum(edge, place) if side == "low" else np.maximum(edge, place)
            body.set(facecolor=colour, edgecolor="none", alpha=0.55)
        axes.fill_between([], [], color=colour, alpha=0.55, linewidth=0, label=label)
        medians = [np.median(part) for part in samples]
        shift = -0.13 if side == "low" else 0.13
        axes.plot(np.asarray(places) + shift, medians, "_", color=colour, markersize=8, markeredgewidth=2.0)
    if obs.is_rain:
        _decades(axes)
    else:
        style.axis_from_zero(axes, obs.values)
    style.month_axis(axes)
    style.dress(axes, x="month", y=obs.label, title=f"{obs.station}{', wet days' if obs.is_rain else ''}", grid="y")
    style.legend(axes)
    return style.Picture(figure, axes)


@style.picture
def exceedance_curve(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Probability that a daily value is reached or exceeded, on a logarithmic axis (Weibull's plotting positions)."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(4.6, 3.3))
    probabilities = np.geomspace(0.5, 0.5 / sim.times.size, 160)
    low, median, high = sorted_quantiles(sorted_quantiles(sim.values, 1.0 - probabilities).T, style.BAND).T
    band, middle = style.band_labels(len(sim.values))
    axes.fill_between(100 * probabilities, low, high, color=style.SIMULATED, alpha=0.3, linewidth=0, label=band)
    axes.plot(100 * probabilities, median, color=style.SIMULATED, linewidth=1.4, label=middle)
    values, chances = exceedance(obs.values)
    rare = chances <= 0.5
    axes.plot(100 * chances[rare], values[rare], ".", color=style.OBSERVED, markersize=3.5, label="observed")
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.xaxis.set_major_formatter(_plain)
    style.dress(axes, x="probability of exceedance on a day (%)", y=obs.label, title=obs.station)
    style.legend(axes)
    return style.Picture(figure, axes)


def _month_values(source: Series, month: int) -> FloatArray:
    values = source.pooled(source.month == month)
    return values[is_wet(values)] if source.is_rain else values


def _thinned(values: FloatArray) -> FloatArray:
    return values[:: max(values.size // _MAX_PER_VIOLIN, 1)]


def _decades(axes: Any) -> None:
    """Ticks 1, 2, 5, 10, ... on an axis of logarithms."""
    low, high = axes.get_ylim()
    ticks = [factor * 10.0**power for power in range(-1, 4) for factor in (1, 2, 5)]
    inside = [tick for tick in ticks if low <= np.log10(tick) <= high]
    axes.set_yticks(np.log10(inside))
    axes.set_yticklabels([f"{tick:g}" for tick in inside])


def _plain(value: float, _: Any = None) -> str:
    return f"{value:g}"


_SECTORS: Final = 16
_CLASSES: Final = (0.0, 2.0, 4.0, 6.0, 8.0, 12.0, 500.0)
#: Directions are taken as unknown below this speed, m/s.
_CALM: Final = 0.2


@style.picture
def wind_rose(speed: ArrayLike, direction: ArrayLike, *, title: str = "", ax: Any = None) -> Any:
    """Frequency of the directions the wind blows from, by class of speed.

    Parameters
    ----------
    speed : array, shape (T,)
        m/s; see `varwg.meteo._wind.wind_polar` for components.
    direction : array, shape (T,)
        Degrees clockwise from north that the wind comes from.
    title : str
        Above the picture.
    ax : Axes with the polar projection, optional

    Raises
    ------
    DataError
        If no speed has a direction.
    """
    figure, axes = style.new_axes(ax, size=(5.4, 3.9), subplot_kw={"projection": "polar"})
    amounts, angles = np.broadcast_arrays(np.asarray(speed, dtype=np.float64), np.asarray(direction, dtype=np.float64))
    present = np.isfinite(amounts)
    blowing = present & np.isfinite(angles) & (amounts >= _CALM)
    if not blowing.any():
        raise DataError("no wind speed above 0.2 m/s has a direction, so there is no rose: check units and directions.")
    sector = np.round(angles[blowing] / (360.0 / _SECTORS)).astype(np.intp) % _SECTORS
    classes = np.digitize(amounts[blowing], _CLASSES) - 1
    shares = 100.0 * np.bincount(sector * 6 + np.clip(classes, 0, 5), minlength=6 * _SECTORS).reshape(_SECTORS, 6) / present.sum()
    bottoms = np.zeros(_SECTORS)
    for number, colour in enumerate(_colours()):
        axes.bar(np.arange(_SECTORS) * 2.0 * np.pi / _SECTORS, shares[:, number], width=0.34, bottom=bottoms, color=colour,
                 edgecolor="white", linewidth=0.4, label=_class_name(number))  # fmt: skip
        bottoms += shares[:, number]
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_xticks(np.arange(8) * np.pi / 4, ["N", "NE", "E", "SE", "S", "SW", "W", "NW"])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
    # Between the two neighbouring sectors that leave the most room for the numbers.
    emptiest = int(np.argmin(bottoms + np.roll(bottoms, -1)))
    axes.set_rlabel_position((emptiest + 0.5) * 360.0 / _SECTORS)
    from matplotlib.ticker import MaxNLocator

    axes.set_rticks([tick for tick in MaxNLocator(4).tick_values(0.0, bottoms.max()) if 0.0 < tick <= 1.1 * bottoms.max()])
    axes.spines["polar"].set_color(style.GRID)
    calm = 100.0 * (1.0 - blowing.sum() / present.sum())
    style.dress(axes, title=title or f"calm or variable: {calm:.0f} %")
    style.legend(axes, beside=True, title="speed (m s⁻¹)")
    return style.Picture(figure, axes)


def _colours() -> list[str]:
    """Light to dark, in steps that a grey print keeps."""
    return ["#C6DBEF", "#9ECAE1", "#6BAED6", "#3182BD", "#08519C", "#031E3E"]


def _class_name(number: int) -> str:
    low, high = _CLASSES[number], _CLASSES[number + 1]
    return f"above {low:g}" if number == 5 else f"{low:g} to {high:g}"


_MIN_MAXIMA: Final = 5


@style.picture
def return_levels(
    simulated: Any, observed: Any, variable: str, *, days: int = 1, station: str | None = None, ax: Any = None
) -> Any:
    """What is exceeded once in so many years.

    The annual maxima of the observations (Gringorten's plotting positions), and the generalised extreme value distributions
    fitted to those of each member by L-moments, as their median and 90 % range.

    Parameters
    ----------
    simulated, observed, variable, station
        See `varwg.plotting._source.series`.
    days : int
        Duration; sums of precipitation, means of other variables.
    ax : Axes, optional

    Raises
    ------
    DataError
        If there are fewer than five whole years.
    """
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(4.6, 3.3))
    maxima = np.sort(_maxima(obs, days)[0])
    maxima = maxima[np.isfinite(maxima)]
    observed_periods = 1.0 / (1.0 - (np.arange(1, maxima.size + 1) - 0.44) / (maxima.size + 0.12))
    shortest, longest = min(1.06, float(observed_periods[0])), max(100.0, 1.1 * float(observed_periods[-1]))
    periods = np.geomspace(shortest, longest, 60)
    curves = np.stack([_fitted(row, periods) for row in _maxima(sim, days)])
    low, median, high = sorted_quantiles(curves.T, style.BAND).T
    band, middle = style.band_labels(len(sim.values))
    axes.fill_between(periods, low, high, color=style.SIMULATED, alpha=0.3, linewidth=0, label=band)
    axes.plot(periods, median, color=style.SIMULATED, linewidth=1.5, label=middle)
    axes.plot(observed_periods, maxima, "o", color=style.OBSERVED, markersize=4, label="observed annual maxima")
    axes.set_xscale("log")
    axes.set_xticks([2, 5, 10, 20, 50, 100])
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlim(shortest**1.2 / 1.02, longest)
    what = f"{days}-day {'sum' if obs.is_rain else 'mean'} of " if days > 1 else ""
    style.dress(axes, x="return period (years)", y=f"{what}{obs.label}", title=obs.station)
    style.legend(axes)
    return style.Picture(figure, axes)


def _maxima(source: Series, days: int) -> FloatArray:
    values = np.full(source.values.shape, np.nan)
    values[:, days - 1 :] = running_mean(source.values, days) * (days if source.is_rain else 1)
    maxima = annual(values, source.times, largest=True)
    n_years = int(np.isfinite(maxima).sum(axis=1).min())
    if n_years < _MIN_MAXIMA:
        raise DataError(
            f"{source.name} at {source.station} has {n_years} whole years, but return levels need at least {_MIN_MAXIMA}: "
            "use more years, or draw the exceedance_curve."
        )
    return maxima


def _fitted(maxima: FloatArray, periods: FloatArray) -> FloatArray:
    return gev_quantiles(gev_from_l_moments(maxima[np.isfinite(maxima)]), 1.0 - 1.0 / periods)


@style.picture
def spell_lengths(simulated: Any, observed: Any, *, variable: str = "R", station: str | None = None, ax: Any = None) -> Any:
    """Share of dry and of wet spells that last at least so many days, on a logarithmic axis; figure and two axes."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(6.6, 3.1), columns=2, sharey=True)
    for panel, kind, name in zip(np.ravel(axes), (0, 1), ("dry", "wet"), strict=True):
        observed_lengths = lengths_of(obs.values[0])[kind]
        days = np.arange(1, max(observed_lengths.max(initial=1), 2) + 1)
        low, median, high = sorted_quantiles(_survival(sim, kind, days).T, style.BAND).T
        band, middle = style.band_labels(len(sim.values))
        panel.fill_between(days, low, high, color=style.SIMULATED, alpha=0.3, linewidth=0, label=band)
        panel.plot(days, median, color=style.SIMULATED, linewidth=1.5, label=middle)
        panel.plot(days, 100.0 * _at_least(observed_lengths, days), "o", color=style.OBSERVED, markersize=3.5, label="observed")
        panel.set_yscale("log")
        panel.set_ylim(100.0 * 0.5 / max(observed_lengths.size, 1), 130.0)
        panel.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        panel.xaxis.get_major_locator().set_params(integer=True)
        style.dress(panel, x=f"length of {name} spells (d)", title=obs.station if kind == 0 else "")
    style.dress(np.ravel(axes)[0], y="spells at least as long (%)")
    style.legend(np.ravel(axes)[0], across=np.ravel(axes))
    return style.Picture(figure, axes)


def _survival(source: Series, kind: int, days: IntArray) -> FloatArray:
    return 100.0 * np.stack([_at_least(lengths_of(row)[kind], days) for row in source.values])


def _at_least(lengths: IntArray, days: IntArray) -> FloatArray:
    shares = (lengths[:, None] >= days).mean(axis=0) if lengths.size else np.full(days.size, np.nan)
    return np.where(shares > 0.0, shares, np.nan)
