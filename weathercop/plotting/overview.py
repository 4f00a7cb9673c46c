"""One picture that sums up an ensemble: seasons, memory, dependence, extremes and the grades of all statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from varwg.observations import Observations
from varwg.plotting import style
from varwg.plotting.extremes import return_levels
from varwg.plotting.memory import autocorrelation
from varwg.plotting.seasons import annual_cycle, monthly_means
from weathercop.plotting.agreements import grade_bars
from weathercop.plotting.matrices import correlation_dots
from weathercop.validation import grade_shares
from weathercop.validation.sample import is_rain


def summary_picture(
    ensemble: xr.DataArray, obs: Observations, report: xr.Dataset, *, station: str | None = None, ax: Any = None
) -> Any:
    """Six panels: annual cycle, memory and grades above; months, extremes (of rain) and correlations below.

    Parameters
    ----------
    ensemble : xarray.DataArray, dims (realization, station, variable, time)
        The members.
    obs : Observations
        With its stations and variables, of at least five whole years.
    report : xarray.Dataset
        From `weathercop.validate`.
    station : str, optional
        The first by default.
    ax : array of six Axes, optional

    Returns
    -------
    figure, axes
    """
    names = [str(name) for name in ensemble["variable"].values]
    variables = obs.select(None, names).variables
    first = names[0]
    second = next((variable.name for variable in variables if is_rain(variable)), names[-1])
    figure, axes = style.new_axes(ax, size=(9.4, 5.6), rows=2, columns=3)
    panels = np.ravel(np.asarray(axes, dtype=object))
    site = str(ensemble["station"].values[0]) if station is None else station
    annual_cycle(ensemble, obs, first, station=site, ax=panels[0])
    autocorrelation(ensemble, obs, first, station=site, ax=panels[1])
    grade_bars(report, grouped=True, ax=panels[2])
    monthly_means(ensemble, obs, second, station=site, ax=panels[3])
    return_levels(ensemble, obs, second, station=site, ax=panels[4])
    correlation_dots(ensemble, obs, ax=panels[5])
    n_values = grade_shares(report).n_values
    titles = ("annual cycle", "memory", f"{n_values} statistics", "months", "extremes", "dependence")
    for panel, title in zip(panels, titles, strict=True):
        panel.set_title(title, fontsize=11, loc="left", pad=4.0)
    for panel in (panels[0], panels[3]):
        panel.get_legend().remove()
    for number, place in ((1, "upper right"), (4, "lower right"), (5, "upper left")):
        style.legend(panels[number], fontsize=7.5, handlelength=1.2, loc=place)
    style.legend(panels[2], fontsize=7.5, ncols=3, loc="lower right", bbox_to_anchor=(1.02, -0.42), handlelength=1.0)
    return figure, axes
