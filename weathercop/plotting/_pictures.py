"""Pictures as methods for several stations: those of one station, and those of stations and variables together."""

from __future__ import annotations

from typing import Any

from varwg.plotting._pictures import Pictures as StationPictures
from weathercop.plotting import _stations as maps
from weathercop.plotting import _stations as matrices
from weathercop.plotting import _vine as copulas
from weathercop.plotting import _vine as vine


class Pictures(StationPictures):
    """As `varwg.plotting.Pictures`, for the results of `Multisite` and ensembles (realization, station, variable, time)."""

    def station_correlations(self, variable: str, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.station_correlations`."""
        return matrices.station_correlations(self.simulated, self.observed, variable, ax=ax)

    def variable_correlations(self, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.variable_correlations`."""
        return matrices.variable_correlations(self.simulated, self.observed, self.station, ax=ax)

    def correlation_scatter(self, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.correlation_scatter`."""
        return matrices.correlation_scatter(self.simulated, self.observed, ax=ax)

    def copula_densities(self, *, trees: int | None = None, ax: Any = None) -> Any:
        """See `weathercop.plotting.copula_densities`."""
        return copulas.copula_densities(self.model, self.observed, station=self.station, trees=trees, ax=ax)

    def vine_trees(self, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.vine_trees`."""
        return vine.vine_trees(self.model, station=self.station, ax=ax)

    def seasonal_tau(self, *, parameter: bool = False, ax: Any = None) -> Any:
        """See `weathercop.plotting.seasonal_tau`."""
        return vine.seasonal_tau(self.model, station=self.station, parameter=parameter, ax=ax)

    def station_map(self, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.station_map`."""
        return maps.station_map(self.observed, ax=ax)
