"""Pictures of fitted marginals: the distribution of a season over its data, and quantiles in the course of the year."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray
from varwg._calendar import N_DOYS, doy_index
from varwg._site_model import SiteModel
from varwg._variables import Variable
from varwg.errors import DataError
from varwg.marginals._base import SeasonalMarginal
from varwg.plotting import _style as style
from varwg.plotting._source import Series, series

_LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Quantiles that a standard deviation is computed from.
_N_PROBABILITIES: Final = 400


def marginal_of(model: Any, variable: str, station: str | None = None) -> SeasonalMarginal:
    """The marginal of a variable in a fitted model of one station or of several, or of a generator that has such a model.

    Raises
    ------
    DataError
        If there is none.
    """
    fitted = getattr(model, "model", model)
    names, stations = fitted.variable_names, fitted.stations
    place = station if station is not None else stations[0]
    if variable not in names or place not in stations:
        raise DataError(f"the model has {', '.join(names)} at {', '.join(stations)}, but {variable} at {place} is asked for.")
    rows = fitted.marginals if isinstance(fitted, SiteModel) else fitted.marginals[stations.index(place)]
    marginal: SeasonalMarginal | None = rows[names.index(variable)]
    if marginal is None:
        raise DataError(f"{place} does not report {variable}, so that no marginal was fitted there.")
    return marginal


@style.picture
def marginal_fit(model: Any, observed: Any, variable: str, *, month: int = 7, station: str | None = None, ax: Any = None) -> Any:
    """Distribution function of one month, fitted and observed; figure and axes.

    Parameters
    ----------
    model : SiteModel, MultisiteModel, VarWG or Multisite
        What the marginal is taken from.
    observed : see `varwg.plotting._source.series`
        The observations.
    variable, station : str
        Whose marginal.
    month : int
        1 (January) to 12.
    ax : Axes, optional

    Raises
    ------
    DataError
        If the model has no such marginal, or the month no values.
    """
    obs, marginal = series(observed, variable, station), marginal_of(model, variable, station)
    inside = (obs.month == month - 1) & np.isfinite(obs.values[0])
    if not inside.any():
        raise DataError(f"{obs.name} at {obs.station} has no values in month {month}: choose a month from 1 to 12 with values.")
    values, doy = np.sort(obs.values[0, inside]), doy_index(obs.times[inside])
    figure, axes = style.new_axes(ax, size=(4.4, 3.3))
    axes.step(
        values, (np.arange(values.size) + 0.5) / values.size, where="mid", color=style.OBSERVED, linewidth=1.6, label="observed"
    )
    grid = np.linspace(values[0], values[-1] + 0.05 * np.ptp(values), 200)
    fitted = marginal.cdf(grid[:, None], np.unique(doy)[None, :]).mean(axis=1)
    axes.plot(grid, fitted, color=style.SIMULATED, linewidth=1.6, label=f"fitted ({family_words(marginal.family)})")
    axes.set_ylim(0.0, 1.02)
    style.dress(axes, x=obs.label, y="probability of less (-)", title=f"{obs.station}, {style.MONTHS[month - 1]}")
    style.legend(axes)
    return style.Picture(figure, axes)


@style.picture
def seasonal_marginal(model: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Fitted quantiles in the course of the year over all observed values; figure and axes.

    Parameters
    ----------
    model, observed, variable, station
        As for `marginal_fit`.
    ax : Axes, optional
    """
    obs, marginal = series(observed, variable, station), marginal_of(model, variable, station)
    figure, axes = style.new_axes(ax, size=(5.2, 3.3))
    days = np.arange(N_DOYS)
    low, lower, median, upper, high = (marginal.from_scores(np.full(N_DOYS, special.ndtri(q)), days) for q in _LEVELS)
    _dots(axes, obs)
    axes.fill_between(days, low, high, color=style.SIMULATED, alpha=0.2, linewidth=0, label="fitted, 5 to 95 %")
    axes.fill_between(days, lower, upper, color=style.SIMULATED, alpha=0.4, linewidth=0, label="25 to 75 %")
    axes.plot(days, median, color=style.SIMULATED, linewidth=1.8, label="median")
    if obs.is_rain:
        top = 1.6 * float(np.max(high))
        axes.set_ylim(0.0, top)
        beyond = int(np.sum(obs.values[0] > top))
        if beyond:
            most = style.quantity(f"{beyond} values above, up to {np.nanmax(obs.values[0]):.3g}", obs.units)
            axes.text(0.99, 0.98, most, transform=axes.transAxes, ha="right", va="top", fontsize=style.LEGEND_SIZE)
    style.month_axis(axes, style.MONTH_MIDDLES)
    axes.set_xlim(0, N_DOYS - 1)
    style.dress(axes, x="month", y=obs.label, title=f"{obs.station}, {family_words(marginal.family)} marginal")
    style.legend(axes)
    return style.Picture(figure, axes)


@style.picture
def seasonal_parameters(model: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Parameters of a fitted marginal in the course of the year, a panel for each; figure and axes.

    The mean, the standard deviation, the probability of a dry (or sunless) day where there are such days, and the
    parameters of the family that are none of these.

    Parameters
    ----------
    model : SiteModel, MultisiteModel, VarWG or Multisite
        What the marginal is taken from.
    variable, station : str
        Whose marginal.
    ax : array of Axes, optional
        At least one for each parameter.

    Raises
    ------
    DataError
        If the model has no such marginal.
    """
    marginal, treated = marginal_of(model, variable, station), _variable(model, variable)
    tables = _parameters(marginal, style.pretty_units(treated.units) or "-")
    columns = min(len(tables), 2)
    rows = -(-len(tables) // columns)
    figure, axes = style.new_axes(ax, size=(3.5 * columns, 0.4 + 2.0 * rows), rows=rows, columns=columns, squeeze=False)
    panels = np.ravel(np.asarray(axes, dtype=object))
    for unused in panels[len(tables) :]:
        unused.set_axis_off()
    for panel, (label, values) in zip(panels, tables, strict=False):
        panel.plot(np.arange(N_DOYS), values, color=style.SIMULATED, linewidth=1.7)
        style.month_axis(panel, style.MONTH_MIDDLES)
        panel.set_xlim(0, N_DOYS - 1)
        style.dress(panel, x="month", y=label)
    place = station or getattr(getattr(model, "model", model), "stations", ("",))[0]
    title = f"{place}, {treated.long_name or variable}: {family_words(marginal.family)}"
    style.dress(panels[0], title=title.removeprefix(", "))
    return style.Picture(figure, panels[: len(tables)])


def _parameters(marginal: SeasonalMarginal, unit: str) -> list[tuple[str, FloatArray]]:
    """Labels and seasonal tables (366,)."""
    days = np.arange(N_DOYS)
    probabilities = (np.arange(_N_PROBABILITIES) + 0.5) / _N_PROBABILITIES
    values = marginal.from_scores(special.ndtri(probabilities)[:, None], days[None, :])
    curves = [(f"mean ({unit})", marginal.mean()), (f"sd ({unit})", values.std(axis=0))]
    dry = special.ndtr(marginal.threshold_scores())
    if np.any(dry > 0.0):
        curves.append(("probability of dry (-)", dry))
    table = getattr(marginal, "parameters", np.empty((N_DOYS, 0)))
    parameters = list(zip(getattr(marginal, "parameter_names", ()), table.T, strict=True))
    parameters += [
        (name, getattr(marginal, name)) for name in ("location", "scale", "skewness", "tail") if hasattr(marginal, name)
    ]
    in_unit = () if "log" in marginal.family else ("location", "loc", "scale", "bandwidth")
    labelled = [(f"{name} ({unit if name in in_unit else '-'})", row) for name, row in parameters]
    return curves + [(label, row) for label, row in labelled if not any(np.allclose(row, shown) for _, shown in curves)]


def _variable(model: Any, name: str) -> Variable:
    fitted = getattr(model, "model", model)
    variables: tuple[Variable, ...] = fitted.variables
    return next(variable for variable in variables if variable.name == name)


def _dots(axes: Any, obs: Series) -> None:
    values: FloatArray = obs.values[0]
    axes.plot(doy_index(obs.times), values, ".", color=style.SOFT, markersize=1.6, alpha=0.5, rasterized=True)


def family_words(family: str) -> str:
    """Name of a family of marginals as people write it."""
    return {"kde": "kernel density"}.get(family, family.replace("_", "-"))
