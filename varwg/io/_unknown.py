"""Variables that are not known by name: bounds and a distribution from their unit and values."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from varwg._arrays import FloatArray
from varwg._variables import VARIABLES, UpperBound, Variable, adds_up, canonical, conversion, quantity_of

#: Other names of table variables, in lower case and with "_" for all other signs: those of CMIP, E-OBS, ERA5, AgERA5, GHCN,
#: GSOD, Meteostat, Open-Meteo, NASA POWER, LakeEnsemblR, MeteoSwiss, KNMI, Daymet, SILO, BOM and plain words.
_NAMES: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("theta", frozenset({"theta", "tas", "tg", "t2m", "tavg", "tmean", "temp", "temperature", "air_temperature", "tair", "ta",
                         "temperature_2m", "temperature_2m_mean", "mean_temp", "mean_temperature", "avg_temp", "airtemp",
                         "temperature_air_2m_mean_24h", "2m_temperature", "tre200d0", "tre200h0", "tre200s0", "tt_tu",
                         "lufttemperatur", "lufttemp", "temperatur", "tmk"})),
    ("theta_min", frozenset({"theta_min", "tasmin", "tn", "tmin", "t_min", "mn2t", "temp_min", "temperature_min", "t2m_min",
                             "temperature_2m_min", "min_temp", "min_temperature", "minimum_temperature", "tre200dn", "tnk",
                             "temperature_air_2m_min_24h"})),
    ("theta_max", frozenset({"theta_max", "tasmax", "tx", "tmax", "t_max", "mx2t", "temp_max", "temperature_max", "t2m_max",
                             "temperature_2m_max", "max_temp", "max_temperature", "maximum_temperature", "tre200dx", "txk",
                             "temperature_air_2m_max_24h"})),
    ("R", frozenset({"r", "pr", "rr", "tp", "prcp", "ppt", "prec", "precip", "precipitation", "rain", "rainfall", "rre150d0",
                     "rre150h0", "rre150z0", "rka150d0", "prectotcorr", "prectot", "precipitation_sum", "rain_sum", "daily_rain",
                     "total_precip", "total_precipitation", "rainfall_amount", "precipitation_flux", "niederschlag", "rsk",
                     "daily_precipitation", "rain_mm"})),
    ("rh", frozenset({"rh", "hurs", "hu", "rhum", "relhum", "humidity", "relative_humidity", "relative_humidity_2m",
                      "relative_humidity_2m_mean", "rh2m", "ure200d0", "ure200h0", "ug", "rel_hum", "upm", "rf_tu",
                      "relative_luftfeuchte"})),
    ("Qsw", frozenset({"qsw", "rsds", "ssrd", "qq", "srad", "swdown", "global_radiation", "solar_radiation", "shortwave",
                       "shortwave_radiation", "shortwave_radiation_sum", "allsky_sfc_sw_dwn", "gre000d0", "gre000h0",
                       "shortwave_radiation_downwelling", "solar_radiation_flux", "globalstrahlung", "radiation"})),
    ("sun", frozenset({"sun", "ss", "sunshine", "sunshine_duration", "tsun", "sre000d0", "sre000h0", "sonnenschein", "sdk",
                       "sonnenscheindauer"})),
    ("ILWR", frozenset({"ilwr", "rlds", "strd", "lwdown", "longwave", "allsky_sfc_lw_dwn", "longwave_radiation_downwelling"})),
    ("e", frozenset({"vp", "vap", "vapour_pressure", "vapor_pressure", "vapour_pressure_mean", "pva200d0", "dampfdruck"})),
    ("U", frozenset({"fg", "sfcwind", "wind", "wspd", "ws", "windspeed", "wind_speed", "ws10m", "ws2m", "wind_speed_10m",
                     "wind_speed_10m_mean", "fkl010d0", "fkl010h0", "wdsp", "ten_meter_elevation_wind_speed",
                     "windgeschwindigkeit", "windgeschw", "wind_speed_2m"})),
    ("u", frozenset({"uas", "u10"})),
    ("v", frozenset({"vas", "v10"})),
    ("pressure", frozenset({"pp", "ps", "psl", "slp", "msl", "mslp", "sp", "pres", "press", "pressure", "air_pressure",
                            "surface_pressure", "pressure_msl", "prestad0", "prestah0", "surface_level_barometric_pressure",
                            "sea_level_barometric_pressure", "stp", "luftdruck"})),
    ("Cloud_Cover", frozenset({"cloud_cover", "cc", "clt", "tcc", "cloud", "clouds", "cloudiness", "cloudcover",
                               "cloud_cover_mean", "bewoelkung"})),
)  # fmt: skip

#: Units that some providers write at the end of a name, in lower case.
_UNITS_IN_NAMES: Final = (
    ("celsius", "degC"), ("kelvin", "K"), ("wattpermetersquared", "W m-2"), ("percent", "%"), ("meterpersecond", "m s-1"),
    ("millimeterperday", "mm d-1"), ("millimeterperhour", "mm h-1"), ("hectopascal", "hPa"), ("pascal", "Pa"),
    ("millibar", "hPa"), ("degc", "degC"), ("mm", "mm"),
)  # fmt: skip

#: CF standard names of table variables besides their own in the table.
_STANDARD_NAMES: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (
        "R",
        frozenset({"precipitation_amount", "precipitation_flux", "lwe_precipitation_rate", "rainfall_amount", "rainfall_flux"}),
    ),
    ("pressure", frozenset({"surface_air_pressure", "air_pressure_at_sea_level", "air_pressure_at_mean_sea_level"})),
    ("e", frozenset({"water_vapor_pressure"})),
)

#: Units of directions.
_DEGREES: Final = frozenset({"degree", "degrees", "deg", "°", "degreetrue", "degreestrue"})
#: Words of states that are measured in units of amounts, and of amounts that are measured in units of states.
_STATES: Final = ("level", "depth", "height", "storage", "moisture", "equivalent", "swe", "stand", "content", "period")
_AMOUNTS: Final = ("precip", "rain", "snowfall", "fall", "niederschlag", "evap", "runoff", "abfluss", "summe", "sum_", "total")

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
    """Whether nothing is known of a variable but its names, its unit, and how its unit adds up."""
    return variable == by_quantity(Variable(variable.name, variable.units, variable.long_name, variable.standard_name))


def by_quantity(variable: Variable) -> Variable:
    """A variable of the caller's own with the aggregation of its quantity: amounts add up, states are averaged."""
    words = f"{plain_name(variable.name)} {variable.long_name.lower()}"
    unit = canonical(variable.units)
    if unit in _DEGREES:
        return replace(variable, aggregation="direction")
    is_state = any(word in words for word in _STATES)
    is_amount = any(word in words for word in _AMOUNTS)
    if (adds_up(variable.units) and not is_state) or (unit in ("m", "cm") and is_amount):
        return replace(variable, aggregation="sum")
    return variable


def how_aggregated(variable: Variable) -> str:
    """A note on how daily values of a variable of the caller's own were made."""
    how = {"sum": "the sums", "mean": "the means", "min": "the minima", "max": "the maxima", "direction": "the mean directions"}
    return (
        f"{variable.name}: daily values are {how[variable.aggregation]} of its steps, as its unit is {variable.units!r}; pass a "
        "varwg.Variable with another aggregation to say otherwise."
    )


def _by_standard_name(standard_name: str) -> Variable | None:
    if not standard_name:
        return None
    short = next((short for short, names in _STANDARD_NAMES if standard_name in names), None)
    return next((v for v in VARIABLES if v.name == short or v.standard_name == standard_name), None)


def _by_name(name: str, has_unit: bool) -> Variable | None:
    if not has_unit and len(name) < 3:
        return None
    plain = plain_name(name)
    short = next((short for short, names in _NAMES if plain in names or without_unit(plain)[0] in names), None)
    return next((v for v in VARIABLES if v.name == short), None)


def plain_name(name: str) -> str:
    """A name in lower case with "_" for all signs that are neither letters nor digits."""
    return "".join(sign if sign.isalnum() else "_" for sign in name.lower()).strip("_")


def without_unit(plain: str) -> tuple[str, str]:
    """A plain name without the unit at its end, and that unit; empty where it has none."""
    for ending, unit in _UNITS_IN_NAMES:
        if plain.endswith("_" + ending):
            return plain.removesuffix("_" + ending), unit
    return plain, ""


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
