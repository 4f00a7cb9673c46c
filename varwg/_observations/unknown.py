"""Variables that are not known by name: bounds and a distribution from their unit and values."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from varwg._arrays import FloatArray
from varwg._variables import VARIABLES, UpperBound, Variable, canonical, conversion, quantity_of

#: Other names of table variables in lower case: those of CMIP, E-OBS, ERA5, GHCN, meteostat and plain words.
_NAMES: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("theta", frozenset({"theta", "tas", "tg", "t2m", "tavg", "tmean", "temp", "temperature", "air_temperature", "tair", "ta"})),
    ("theta_min", frozenset({"theta_min", "tasmin", "tn", "tmin", "t_min", "mn2t", "temp_min", "temperature_min"})),
    ("theta_max", frozenset({"theta_max", "tasmax", "tx", "tmax", "t_max", "mx2t", "temp_max", "temperature_max"})),
    ("R", frozenset({"r", "pr", "rr", "tp", "prcp", "ppt", "prec", "precip", "precipitation", "rain", "rainfall"})),
    ("rh", frozenset({"rh", "hurs", "hu", "rhum", "relhum", "humidity", "relative_humidity"})),
    ("Qsw", frozenset({"qsw", "rsds", "ssrd", "qq", "srad", "swdown", "global_radiation", "solar_radiation", "shortwave"})),
    ("sun", frozenset({"sun", "ss", "sunshine", "sunshine_duration", "tsun"})),
    ("ILWR", frozenset({"ilwr", "rlds", "strd", "lwdown", "longwave"})),
    ("e", frozenset({"vp", "vap", "vapour_pressure", "vapor_pressure"})),
    ("U", frozenset({"fg", "sfcwind", "wind", "wspd", "ws", "windspeed", "wind_speed"})),
    ("u", frozenset({"uas", "u10"})),
    ("v", frozenset({"vas", "v10"})),
    ("pressure", frozenset({"pp", "ps", "psl", "slp", "msl", "mslp", "sp", "pres", "press", "pressure", "air_pressure"})),
    ("Cloud_Cover", frozenset({"cloud_cover", "cc", "clt", "tcc", "cloud", "clouds", "cloudiness"})),
)

#: CF standard names of table variables besides their own in the table.
_STANDARD_NAMES: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (
        "R",
        frozenset({"precipitation_amount", "precipitation_flux", "lwe_precipitation_rate", "rainfall_amount", "rainfall_flux"}),
    ),
    ("pressure", frozenset({"surface_air_pressure", "air_pressure_at_sea_level", "air_pressure_at_mean_sea_level"})),
    ("e", frozenset({"water_vapor_pressure"})),
)

#: Upper bounds that a unit implies for values that are never negative.
_LARGEST: Final = (("%", 100.0), ("1", 1.0), ("okta", 8.0), ("degree", 360.0), ("degrees", 360.0), ("deg", 360.0), ("°", 360.0))
#: A larger share of values at zero is a mass of its own; one of values at the largest is a bound.
_MASS: Final = 0.05
#: A standard deviation so many times the mean belongs to a distribution with a tail, such as that of floods.
_SKEWED: Final = 1.5
#: Threshold of amounts as a share of the smallest on record: low enough to see that these come in steps.
_BELOW: Final = 0.1
#: Fewer values, or distinct ones, above zero have no distribution of amounts.
_MIN_POSITIVE: Final = (100, 10)


def known_variable(name: str, standard_name: str, unit: str) -> Variable | None:
    """The treatment of a table variable that goes by another name, under that name; None if it is none of the table.

    A CF standard name counts before the name; either is believed only if the declared unit converts to that of the
    table. A variable without a unit is only known by a name of more than two letters.
    """
    wanted = _by_standard_name(standard_name) or _by_name(name, bool(unit))
    if wanted is None or (unit and conversion(unit, wanted.units) is None):
        return None
    return replace(wanted, name=name)


def taken_as(variable: Variable) -> str:
    """A note on a variable that has the treatment of one in the table and another name; empty for all others."""
    twin = next((known for known in VARIABLES if replace(known, name=variable.name) == variable), None)
    if twin is None or twin.name == variable.name:
        return ""
    return f"{variable.name} is taken as {twin.long_name} ({twin.name}) in {twin.units}; pass a varwg.Variable to say otherwise."


def is_unknown(variable: Variable) -> bool:
    """Whether nothing is known of a variable but its names and its unit."""
    return variable == Variable(variable.name, variable.units, variable.long_name, variable.standard_name)


def _by_standard_name(standard_name: str) -> Variable | None:
    if not standard_name:
        return None
    short = next((short for short, names in _STANDARD_NAMES if standard_name in names), None)
    return next((v for v in VARIABLES if v.name == short or v.standard_name == standard_name), None)


def _by_name(name: str, has_unit: bool) -> Variable | None:
    if not has_unit and len(name) < 3:
        return None
    short = next((short for short, names in _NAMES if name.lower() in names), None)
    return next((v for v in VARIABLES if v.name == short), None)


def described_by_values(variable: Variable, values: FloatArray) -> tuple[Variable, str]:
    """A variable of the caller's own with the bounds that its values and its unit imply, and a note on them.

    Thousands of values without a single negative one are of a quantity that cannot be negative, unless it is a
    temperature; those that often sit on zero have a mass there; and the unit may tell the largest value (100 %). Very
    skewed ones, such as discharge, are fitted as rain is, with a generalised Pareto tail.

    Parameters
    ----------
    variable : Variable
        Without bounds, to be fitted with a kernel density.
    values : array, any shape
        All its daily values in its unit, NaN where missing.
    """
    present = values[np.isfinite(values)]
    if present.size == 0 or present.min() < 0.0 or quantity_of(variable.units) == "temperature":
        return variable, ""
    upper = _largest(variable.units, present)
    positive = present[present > 0.0]
    marginal, threshold = "kde", 0.0
    has_mass = positive.size < (1.0 - _MASS) * present.size
    skewed = present.std() > _SKEWED * present.mean() and not np.isfinite(upper)
    if (has_mass or skewed) and positive.size >= _MIN_POSITIVE[0] and np.unique(positive).size >= _MIN_POSITIVE[1]:
        marginal = "zero_inflated_bounded" if np.isfinite(upper) else "zero_inflated"
        threshold = _BELOW * float(positive.min())
    bound: UpperBound = "constant" if np.isfinite(upper) else "none"
    note = (
        f"{variable.name} is not a variable that is known by name; as none of its values is negative, it is taken to lie "
        f"between 0 and {'infinity' if bound == 'none' else f'{upper:g}'} {variable.units} with the marginal {marginal!r}; "
        "pass a varwg.Variable to say otherwise."
    )
    described = replace(variable, marginal=marginal, lower=0.0, upper=upper, upper_bound=bound, threshold=threshold)
    return described, note


def _largest(unit: str, present: FloatArray) -> float:
    """The upper bound of values from zero on: that of their unit, or one that many of them sit on."""
    top = float(present.max())
    implied = next((limit for name, limit in _LARGEST if canonical(unit) == name), np.inf)
    if top <= implied < np.inf and (implied != 1.0 or top > 0.9):
        return implied
    return top if np.mean(present == top) > _MASS else np.inf
