"""Pictures as methods: one object that knows what was simulated and what was observed."""

from __future__ import annotations

from typing import Any

from varwg.plotting import courses, distribution, extremes, hourly, memory, seasons, spells


class Pictures:
    """Pictures of simulated weather beside observations; every method returns figure and axes and can draw on given axes.

    Parameters
    ----------
    simulated, observed : see `varwg.plotting.source.series`
        A simulation or an ensemble, and the observations.
    station : str, optional
        Station of all pictures; the first by default.
    """

    def __init__(self, simulated: Any, observed: Any, *, station: str | None = None) -> None:
        self.simulated = simulated
        self.observed = observed
        self.station = station

    def at(self, station: str) -> Pictures:
        """The same pictures of another station."""
        return type(self)(self.simulated, self.observed, station=station)

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
        """See `varwg.plotting.day_courses`."""
        return hourly.day_courses(self.simulated, self.observed, variable, station=self.station, ax=ax)
