"""Pictures as methods: one object that knows what was simulated, what was observed, and maybe what was fitted."""

from __future__ import annotations

from typing import Any, Self

from varwg.errors import DataError, FitError
from varwg.meteo._wind import wind_polar
from varwg.plotting import _courses as courses
from varwg.plotting import _courses as hourly
from varwg.plotting import _distribution as distribution
from varwg.plotting import _distribution as extremes
from varwg.plotting import _distribution as spells
from varwg.plotting import _distribution as wind
from varwg.plotting import _marginals as marginals
from varwg.plotting import _memory as memory
from varwg.plotting import _seasons as scenarios
from varwg.plotting import _seasons as seasons
from varwg.plotting._source import series


class Pictures:
    """Pictures of simulated weather beside observations; every method returns figure and axes and can draw on given axes.

    Parameters
    ----------
    simulated : see `varwg.plotting._source.series`, or None
        A simulation or an ensemble; not needed for pictures of observations and models.
    observed : see `varwg.plotting._source.series`
        The observations.
    station : str, optional
        Station of all pictures; the first by default.
    model : SiteModel or MultisiteModel, optional
        Needed for pictures of what was fitted.

    Raises
    ------
    DataError, FitError
        From a method, if what it draws was not given.
    """

    def __init__(self, simulated: Any, observed: Any, *, station: str | None = None, model: Any = None) -> None:
        self._simulated = simulated
        self.observed = observed
        self.station = station
        self._model = model

    def __repr__(self) -> str:
        pictures = [name for name in dir(type(self)) if name[0] != "_" and name not in ("at", "model", "simulated")]
        return f"Pictures{f' of {self.station}' if self.station else ''}: call one of {', '.join(pictures)}."

    @property
    def simulated(self) -> Any:
        """What was simulated."""
        if self._simulated is None:
            raise DataError("there is no simulation to draw: pass one, as in plot(result) or Pictures(result, observations).")
        return self._simulated

    @property
    def model(self) -> Any:
        """What was fitted."""
        if self._model is None:
            raise FitError("there is no fitted model to draw: call fit() first, or pass model=... to Pictures.")
        return self._model

    def at(self, station: str) -> Self:
        """The same pictures of another station."""
        return type(self)(self._simulated, self.observed, station=station, model=self._model)

    def meteogram(self, *, start: object = None, n_days: int = 365, ax: Any = None) -> Any:
        """See `varwg.plotting.meteogram`."""
        return courses.meteogram(self.simulated, self.observed, station=self.station, start=start, n_days=n_days, ax=ax)

    def qq(self, variable: str, *, ax: Any = None) -> Any:
        """See `varwg.plotting.qq`."""
        return distribution.qq(self.simulated, self.observed, variable, station=self.station, ax=ax)

    def monthly_violins(self, variable: str, *, ax: Any = None) -> Any:
        """See `varwg.plotting.monthly_violins`."""
        return distribution.monthly_violins(self.simulated, self.observed, variable, station=self.station, ax=ax)

    def exceedance_curve(self, variable: str, *, ax: Any = None) -> Any:
        """See `varwg.plotting.exceedance_curve`."""
        return distribution.exceedance_curve(self.simulated, self.observed, variable, station=self.station, ax=ax)

    def monthly_means(self, variable: str, *, ax: Any = None) -> Any:
        """See `varwg.plotting.monthly_means`."""
        return seasons.monthly_means(self.simulated, self.observed, variable, station=self.station, ax=ax)

    def wet_fractions(self, variable: str = "R", *, ax: Any = None) -> Any:
        """See `varwg.plotting.wet_fractions`."""
        return seasons.wet_fractions(self.simulated, self.observed, variable=variable, station=self.station, ax=ax)

    def annual_cycle(self, variable: str, *, ax: Any = None) -> Any:
        """See `varwg.plotting.annual_cycle`."""
        return seasons.annual_cycle(self.simulated, self.observed, variable, station=self.station, ax=ax)

    def spell_lengths(self, variable: str = "R", *, ax: Any = None) -> Any:
        """See `varwg.plotting.spell_lengths`."""
        return spells.spell_lengths(self.simulated, self.observed, variable=variable, station=self.station, ax=ax)

    def return_levels(self, variable: str, *, days: int = 1, ax: Any = None) -> Any:
        """See `varwg.plotting.return_levels`."""
        return extremes.return_levels(self.simulated, self.observed, variable, days=days, station=self.station, ax=ax)

    def autocorrelation(self, variable: str, *, n_lags: int = 20, ax: Any = None) -> Any:
        """See `varwg.plotting.autocorrelation`."""
        return memory.autocorrelation(self.simulated, self.observed, variable, n_lags=n_lags, station=self.station, ax=ax)

    def cross_correlation(self, variable: str, other: str, *, n_lags: int = 7, ax: Any = None) -> Any:
        """See `varwg.plotting.cross_correlation`."""
        return memory.cross_correlation(
            self.simulated, self.observed, variable, other, n_lags=n_lags, station=self.station, ax=ax
        )

    def spectrum(self, variable: str, *, ax: Any = None) -> Any:
        """See `varwg.plotting.spectrum`."""
        return memory.spectrum(self.simulated, self.observed, variable, station=self.station, ax=ax)

    def day_courses(self, variable: str, *, ax: Any = None) -> Any:
        """See `varwg.plotting.day_courses`; what was simulated has to be sub-daily."""
        return hourly.day_courses(self.simulated, self.observed, variable, station=self.station, ax=ax)

    def scenario_change(self, scenario: Any, variable: str, *, label: str = "scenario", ax: Any = None) -> Any:
        """See `varwg.plotting.scenario_change`; what was simulated is the base."""
        return scenarios.scenario_change(self.simulated, scenario, variable, station=self.station, label=label, ax=ax)

    def wind_rose(self, *, observed: bool = False, ax: Any = None) -> Any:
        """See `varwg.plotting.wind_rose`: of the components u and v that were simulated (or observed)."""
        source = self.observed if observed else self.simulated
        east, north = (series(source, name, self.station) for name in ("u", "v"))
        polar = wind_polar(east.values.ravel(), north.values.ravel())
        title = f"{east.station}, {'observed' if observed else 'simulated'}"
        return wind.wind_rose(polar.speed, polar.direction, title=title, ax=ax)

    def marginal_fit(self, variable: str, *, month: int = 7, ax: Any = None) -> Any:
        """See `varwg.plotting.marginal_fit`."""
        return marginals.marginal_fit(self.model, self.observed, variable, month=month, station=self.station, ax=ax)

    def seasonal_marginal(self, variable: str, *, ax: Any = None) -> Any:
        """See `varwg.plotting.seasonal_marginal`."""
        return marginals.seasonal_marginal(self.model, self.observed, variable, station=self.station, ax=ax)

    def seasonal_parameters(self, variable: str, *, ax: Any = None) -> Any:
        """See `varwg.plotting.seasonal_parameters`."""
        return marginals.seasonal_parameters(self.model, variable, station=self.station, ax=ax)
