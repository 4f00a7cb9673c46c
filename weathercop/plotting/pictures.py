"""Pictures as methods for several stations: those of one station, and those of stations and variables together."""

from __future__ import annotations

from typing import Any

from varwg.plotting.pictures import Pictures as StationPictures
from weathercop.plotting import matrices


class Pictures(StationPictures):
    """As `varwg.plotting.Pictures`, for an ensemble (realization, station, variable, time) and `Observations`."""

    def station_correlations(self, variable: str, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.station_correlations`."""
        return matrices.station_correlations(self.simulated, self.observed, variable, ax=ax)

    def variable_correlations(self, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.variable_correlations`."""
        station = str(self.simulated["station"].values[0]) if self.station is None else self.station
        return matrices.variable_correlations(self.simulated, self.observed, station, ax=ax)

    def correlation_scatter(self, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.correlation_scatter`."""
        return matrices.correlation_scatter(self.simulated, self.observed, ax=ax)
