"""The pictures of a report as HTML: drawn one after the other, and put into the page as they are."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from html import escape
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import xarray as xr

from varwg.observations import Observations
from varwg.plotting.source import reported
from varwg.variables import Variable
from weathercop.model import MultisiteModel
from weathercop.validation.sample import is_rain
from weathercop.wording import words_of

#: Seven years hold at least five whole calendar years, even with a gap of one.
_DAYS_FOR_EXTREMES: Final = 7 * 366
#: Hours of more members than this only take memory.
_HOURLY_MEMBERS: Final = 5
#: Letters that a legend has room for.
_LONGEST_LABEL: Final = 28


def available() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


class ReportPictures:
    """Pictures of one station beside the observations.

    Parameters
    ----------
    simulated : xarray.DataArray, dims (realization, station, variable, time)
        The members at this station, in memory.
    observed : Observations
        Of all stations.
    station : str
        The station.
    model : MultisiteModel or None
        Where what was fitted is taken from.
    """

    def __init__(self, simulated: xr.DataArray, observed: Observations, station: str, model: MultisiteModel | None) -> None:
        from weathercop.plotting import Pictures

        self.simulated = simulated
        self.observed = observed
        self.station = station
        known = reported(observed, station)
        self.names = tuple(name for name in reported(simulated, station) if name in known)
        self.pictures = Pictures(simulated, observed, station=station, model=model)

    def weather(self) -> Iterator[tuple[str, str, str]]:
        """Anchor, heading and HTML of the course of one year, and of each variable."""
        text = "The first year; observed weather is not meant to be repeated."
        drawn = [_figure(text, self.pictures.meteogram(), wide=True)]
        if {"u", "v"} <= set(self.names):
            drawn.append(_figure("Observed wind.", self.pictures.wind_rose(observed=True)))
            drawn.append(_figure("Simulated wind.", self.pictures.wind_rose()))
        yield "weather", "Weather", _gallery(drawn)
        for variable in self.observed.variables:
            words = (variable.long_name or variable.name).capitalize()
            here = variable.name in self.names
            html = _gallery(self._of_variable(variable)) if here else f"<p>{escape(self.station)} does not report it.</p>"
            yield f"variable-{variable.name}", words, html

    def together(self, ensemble: xr.DataArray) -> str:
        """Correlations of stations and variables, and the map."""
        pictures = type(self.pictures)(ensemble, self.observed, station=self.station)
        drawn = [
            _figure("Correlations of all pairs.", pictures.correlation_scatter(), wide=True),
            _figure("Correlations of the variables.", pictures.variable_correlations()),
        ]
        if ensemble.sizes["station"] > 1:
            shown = [own.name for number, own in enumerate(self.observed.variables) if number == 0 or is_rain(own)]
            drawn += [_figure(f"Correlations of the stations: {name}.", pictures.station_correlations(name)) for name in shown]
        if (np.isfinite(self.observed.longitude) & np.isfinite(self.observed.latitude)).any():
            drawn.append(_figure("The stations.", pictures.station_map()))
        return _gallery(drawn)

    def hours(self, hourly: xr.DataArray) -> str:
        """The mean course of a day of each variable, of the first members."""
        few = hourly.isel(realization=slice(_HOURLY_MEMBERS)).sel(station=[self.station]).load()
        pictures = type(self.pictures)(few, self.observed.hourly, station=self.station)
        return _gallery(
            _figure(f"{(variable.long_name or variable.name).capitalize()} in the course of a day.", pictures.day_courses(name))
            for name, variable in zip(self.observed.names, self.observed.variables, strict=True)
            if name in self.names
        )

    def scenario(self, base: xr.DataArray) -> str:
        """Every variable beside that of the base."""
        pictures = type(self.pictures)(base.sel(station=[self.station]).load(), self.observed, station=self.station)
        words = words_of(str(self.simulated.attrs.get("scenario", "")))
        label = words if words != "none" and len(words) <= _LONGEST_LABEL else "scenario"
        return _gallery([
            _figure(f"{(variable.long_name or variable.name).capitalize()} without and with the scenario.",
                    pictures.scenario_change(self.simulated, variable.name, label=label), wide=True)
            for variable in self.observed.variables
            if variable.name in self.names
        ])  # fmt: skip

    def marginals(self, names: list[str]) -> str:
        """Quantiles of fitted marginals in the course of the year, and one month of each."""
        drawn = []
        for name in names:
            drawn.append(_figure(f"Quantiles of {name} in the course of the year.", self.pictures.seasonal_marginal(name)))
            drawn.append(_figure(f"Distribution of {name} in July.", self.pictures.marginal_fit(name)))
        return _gallery(drawn)

    def copulas(self) -> str:
        """Trees of the vine, dependence in the course of the year, and the copulas of the first tree."""
        return _gallery([
            _figure("The trees of the vine.", self.pictures.vine_trees(), wide=True),
            _figure("Dependence in the course of the year.", self.pictures.seasonal_tau(), wide=True),
            _figure("Copulas of the first tree.", self.pictures.copula_densities(trees=1), wide=True),
        ])  # fmt: skip

    def _of_variable(self, variable: Variable) -> Iterator[str]:
        pictures, name = self.pictures, variable.name
        yield _figure("Means of the months.", pictures.monthly_means(name))
        yield _figure("Distributions by month.", pictures.monthly_violins(name))
        if is_rain(variable):
            yield _figure("Wet days by month.", pictures.wet_fractions(name))
            yield _figure("Wet and dry spells.", pictures.spell_lengths(name))
        else:
            yield _figure("The annual cycle.", pictures.annual_cycle(name))
        yield _figure("Quantiles against quantiles.", pictures.qq(name))
        long_enough = min(self.observed.times.size, self.simulated.sizes["time"]) >= _DAYS_FOR_EXTREMES
        if variable.upper_bound == "none" and long_enough:
            yield _figure("Rare events.", pictures.return_levels(name))
        else:
            yield _figure("Probability of exceedance.", pictures.exceedance_curve(name))
        yield _figure("Memory of anomalies.", pictures.autocorrelation(name))
        yield _figure("Variance by period.", pictures.spectrum(name))


def _gallery(figures: Any) -> str:
    return f'<div class="pictures">{"".join(figures)}</div>'


def _figure(caption: str, drawn: tuple[Any, Any], *, wide: bool = False) -> str:
    """A figure with its caption; a wide one has a row of its own, and can be moved sideways where there is no room."""
    buffer = io.BytesIO()
    drawn[0].savefig(buffer, format="png", metadata={"Software": None})
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    words, kind = escape(caption), ' class="wide"' if wide else ""
    image = f'<img loading="lazy" alt="{words}" src="data:image/png;base64,{data}">'
    return f'<figure{kind}><div class="scroll">{image}</div><figcaption>{words}</figcaption></figure>'
