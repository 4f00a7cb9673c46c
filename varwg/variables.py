"""What a weather variable is: name, unit, limits, marginal, and how it is aggregated; the table of known ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike

Aggregation = Literal["mean", "sum", "min", "max"]
UpperBound = Literal["none", "constant", "potential_radiation", "day_length"]


@dataclass(frozen=True)
class Variable:
    """A weather variable and its default treatment.

    Attributes
    ----------
    name : str
        Name in data sets, for example "theta".
    units : str
        Unit of all values inside the packages.
    long_name, standard_name : str
        For people and for CF; `standard_name` is empty where CF has none.
    marginal : str
        Family of the seasonal marginal distribution, a name in `varwg.marginals`.
    lower, upper : float
        Bounds of the distribution, infinite where there is none.
    upper_bound : str
        Where the upper bound comes from: "none", "constant" (`upper`), "potential_radiation" (mean W m-2 over the
        day at the top of the atmosphere) or "day_length" (astronomical, h), both from latitude and day of year.
    threshold : float
        Values below are "dry" (sunless); only for zero-inflated marginals.
    possible_min, possible_max : float
        Values outside cannot be weather and are taken as missing.
    noisy_above : float
        Amounts above this are partly noise, which neighbouring days and stations share less than they share wet and dry
        (see `varwg.rain.amount_noise`); infinite for variables without such noise.
    aggregation : str
        How sub-daily values become a daily one: "mean", "sum", "min" or "max".
    """

    name: str
    units: str
    long_name: str = ""
    standard_name: str = ""
    marginal: str = "kde"
    lower: float = -float("inf")
    upper: float = float("inf")
    upper_bound: UpperBound = "none"
    threshold: float = 0.0
    possible_min: float = -float("inf")
    possible_max: float = float("inf")
    aggregation: Aggregation = "mean"
    noisy_above: float = float("inf")


VARIABLES: Final[tuple[Variable, ...]] = (
    Variable("theta", "degC", "air temperature", "air_temperature", "normal", possible_min=-90.0, possible_max=60.0),
    Variable(
        "theta_min",
        "degC",
        "daily minimum air temperature",
        "air_temperature",
        "kde",
        possible_min=-90.0,
        possible_max=60.0,
        aggregation="min",
    ),
    Variable(
        "theta_max",
        "degC",
        "daily maximum air temperature",
        "air_temperature",
        "kde",
        possible_min=-90.0,
        possible_max=60.0,
        aggregation="max",
    ),
    Variable(
        "R",
        "mm",
        "precipitation",
        "lwe_thickness_of_precipitation_amount",
        "zero_inflated",
        lower=0.0,
        threshold=0.1,
        possible_min=0.0,
        possible_max=2000.0,
        aggregation="sum",
        noisy_above=1.0,
    ),
    Variable(
        "rh", "1", "relative humidity", "relative_humidity", "kde", 0.0, 1.0, "constant", possible_min=0.0, possible_max=1.05
    ),
    Variable(
        "Qsw",
        "W m-2",
        "global radiation",
        "surface_downwelling_shortwave_flux_in_air",
        "kde",
        lower=0.0,
        upper_bound="potential_radiation",
        possible_min=-5.0,
        possible_max=1500.0,
    ),
    Variable(
        "sun",
        "h",
        "sunshine duration",
        "duration_of_sunshine",
        "zero_inflated_bounded",
        lower=0.0,
        upper_bound="day_length",
        threshold=0.05,
        possible_min=0.0,
        possible_max=24.0,
        aggregation="sum",
    ),
    Variable(
        "ILWR",
        "W m-2",
        "incoming long-wave radiation",
        "surface_downwelling_longwave_flux_in_air",
        "normal",
        lower=0.0,
        possible_min=0.0,
        possible_max=1000.0,
    ),
    Variable(
        "e",
        "hPa",
        "vapour pressure",
        "water_vapor_partial_pressure_in_air",
        "normal",
        lower=0.0,
        possible_min=0.0,
        possible_max=100.0,
    ),
    Variable("U", "m s-1", "wind speed", "wind_speed", "auto_positive", lower=0.0, possible_min=0.0, possible_max=120.0),
    Variable("u", "m s-1", "eastward wind", "eastward_wind", "kde", possible_min=-90.0, possible_max=90.0),
    Variable("v", "m s-1", "northward wind", "northward_wind", "kde", possible_min=-90.0, possible_max=90.0),
    Variable("pressure", "hPa", "air pressure", "air_pressure", "kde", possible_min=300.0, possible_max=1100.0),
    Variable(
        "Cloud_Cover", "1", "cloud cover", "cloud_area_fraction", "kde", 0.0, 1.0, "constant", possible_min=0.0, possible_max=1.05
    ),
)


def default_primary(variables: Sequence[Variable]) -> int:
    """Position of the variable that scenarios act on where none is named: theta, else an air temperature, else the first."""
    found = [n for n, variable in enumerate(variables) if variable.standard_name == "air_temperature"]
    return min(found, key=lambda n: variables[n].name != "theta", default=0)


def cf_attributes(variable: Variable) -> dict[str, str]:
    """Attributes of a CF data variable: units, how a day's value is made, and names as far as there are any."""
    methods = {"mean": "mean", "sum": "sum", "min": "minimum", "max": "maximum"}
    attributes = {"units": variable.units, "cell_methods": f"time: {methods[variable.aggregation]}"}
    names = {"long_name": variable.long_name, "standard_name": variable.standard_name}
    return attributes | {key: name for key, name in names.items() if name}


def place_coordinates(latitude: ArrayLike, longitude: ArrayLike, elevation: ArrayLike) -> dict[str, Any]:
    """Coordinates of a Dataset for stations, each of shape (S,), in degrees and metres, with their CF attributes."""
    described = (
        ("latitude", latitude, "degrees_north", "latitude"),
        ("longitude", longitude, "degrees_east", "longitude"),
        ("elevation", elevation, "m", "height_above_mean_sea_level"),
    )
    return {
        name: ("station", np.array(values, dtype=np.float64), {"units": units, "standard_name": standard_name})
        for name, values, units, standard_name in described
    }
