"""Weather variables: the known ones with names, units, bounds and defaults, and the conversion of units."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray, IntArray

SECONDS_PER_DAY: Final = 86400.0


class _Unit(NamedTuple):
    """base value = factor * seconds**time_power * value + offset; `seconds` is the length of a time step."""

    name: str
    quantity: str
    factor: float
    offset: float = 0.0
    time_power: int = 0

    @property
    def key(self) -> str:
        """The name as `canonical` would write it, in lower case."""
        return self.name.replace(" ", "").lower()


class Conversion(NamedTuple):
    """The straight line `target = scale * source + offset`."""

    scale: float
    offset: float


_UNITS: Final[tuple[_Unit, ...]] = (
    _Unit("degC", "temperature", 1.0),
    _Unit("K", "temperature", 1.0, -273.15),
    _Unit("degF", "temperature", 5.0 / 9.0, -160.0 / 9.0),
    _Unit("mm", "precipitation", 1.0),
    _Unit("cm", "precipitation", 10.0),
    _Unit("m", "precipitation", 1000.0),
    _Unit("inch", "precipitation", 25.4),
    _Unit("kg m-2", "precipitation", 1.0),
    _Unit("l m-2", "precipitation", 1.0),
    _Unit("mm d-1", "precipitation", 1.0 / SECONDS_PER_DAY, time_power=1),
    _Unit("mm h-1", "precipitation", 1.0 / 3600.0, time_power=1),
    _Unit("mm s-1", "precipitation", 1.0, time_power=1),
    _Unit("mm min-1", "precipitation", 1.0 / 60.0, time_power=1),
    _Unit("cm d-1", "precipitation", 10.0 / SECONDS_PER_DAY, time_power=1),
    _Unit("inch d-1", "precipitation", 25.4 / SECONDS_PER_DAY, time_power=1),
    _Unit("l m-2 d-1", "precipitation", 1.0 / SECONDS_PER_DAY, time_power=1),
    _Unit("m d-1", "precipitation", 1000.0 / SECONDS_PER_DAY, time_power=1),
    _Unit("m h-1", "precipitation", 1000.0 / 3600.0, time_power=1),
    _Unit("m s-1", "precipitation", 1000.0, time_power=1),
    _Unit("kg m-2 d-1", "precipitation", 1.0 / SECONDS_PER_DAY, time_power=1),
    _Unit("kg m-2 h-1", "precipitation", 1.0 / 3600.0, time_power=1),
    _Unit("kg m-2 s-1", "precipitation", 1.0, time_power=1),
    _Unit("1", "fraction", 1.0),
    _Unit("%", "fraction", 0.01),
    _Unit("okta", "fraction", 0.125),
    _Unit("tenth", "fraction", 0.1),
    _Unit("hPa", "pressure", 1.0),
    _Unit("mbar", "pressure", 1.0),
    _Unit("Pa", "pressure", 0.01),
    _Unit("kPa", "pressure", 10.0),
    _Unit("bar", "pressure", 1000.0),
    _Unit("mmHg", "pressure", 1.333224),
    _Unit("inHg", "pressure", 33.86389),
    _Unit("atm", "pressure", 1013.25),
    _Unit("m s-1", "speed", 1.0),
    _Unit("km h-1", "speed", 1.0 / 3.6),
    _Unit("knot", "speed", 1852.0 / 3600.0),
    _Unit("mph", "speed", 0.44704),
    _Unit("km d-1", "speed", 1000.0 / SECONDS_PER_DAY),
    _Unit("cm s-1", "speed", 0.01),
    _Unit("ft s-1", "speed", 0.3048),
    _Unit("W m-2", "irradiance", 1.0),
    _Unit("J m-2 s-1", "irradiance", 1.0),
    _Unit("J m-2", "irradiance", 1.0, time_power=-1),
    _Unit("kJ m-2", "irradiance", 1e3, time_power=-1),
    _Unit("MJ m-2", "irradiance", 1e6, time_power=-1),
    _Unit("J cm-2", "irradiance", 1e4, time_power=-1),
    _Unit("Wh m-2", "irradiance", 3600.0, time_power=-1),
    _Unit("kWh m-2", "irradiance", 3.6e6, time_power=-1),
    _Unit("J m-2 d-1", "irradiance", 1.0 / SECONDS_PER_DAY),
    _Unit("kJ m-2 d-1", "irradiance", 1e3 / SECONDS_PER_DAY),
    _Unit("MJ m-2 d-1", "irradiance", 1e6 / SECONDS_PER_DAY),
    _Unit("J cm-2 d-1", "irradiance", 1e4 / SECONDS_PER_DAY),
    _Unit("Wh m-2 d-1", "irradiance", 3600.0 / SECONDS_PER_DAY),
    _Unit("kWh m-2 d-1", "irradiance", 3.6e6 / SECONDS_PER_DAY),
    _Unit("cal cm-2 d-1", "irradiance", 4.184e4 / SECONDS_PER_DAY),
    _Unit("langley d-1", "irradiance", 4.184e4 / SECONDS_PER_DAY),
    _Unit("J m-2 h-1", "irradiance", 1.0 / 3600.0),
    _Unit("kJ m-2 h-1", "irradiance", 1e3 / 3600.0),
    _Unit("MJ m-2 h-1", "irradiance", 1e6 / 3600.0),
    _Unit("J cm-2 h-1", "irradiance", 1e4 / 3600.0),
    _Unit("h", "duration", 1.0),
    _Unit("min", "duration", 1.0 / 60.0),
    _Unit("s", "duration", 1.0 / 3600.0),
    _Unit("h d-1", "duration", 1.0 / SECONDS_PER_DAY, time_power=1),
)

#: Other spellings of whole units, in lower case and without blanks, underscores and dots.
_WHOLE: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (
        "degC",
        frozenset(
            {
                "°c",
                "c",
                "celsius",
                "degc",
                "degsc",
                "degreec",
                "degreesc",
                "degreecelsius",
                "degreescelsius",
                "℃",
                "â°c",
                "\ufffdc",
            }
        ),
    ),
    ("degF", frozenset({"°f", "f", "fahrenheit", "degf", "degreef", "degreesf", "degreefahrenheit", "degreesfahrenheit"})),
    ("K", frozenset({"k", "kelvin", "degk", "degreek", "degreekelvin", "degreeskelvin"})),
    ("1", frozenset({"1", "-", "0-1", "fraction", "dimensionless", "unitless", "none"})),
    ("%", frozenset({"%", "percent", "pct"})),
    ("kmh-1", frozenset({"kmh", "kmph", "kph"})),
    ("mph", frozenset({"mi/h", "miles/h", "miles/hour", "milesperhour"})),
    ("tenth", frozenset({"tenth", "tenths", "1/10"})),
    ("okta", frozenset({"okta", "oktas", "octa", "octas", "eighth", "eighths", "1/8"})),
)

#: Other spellings of the parts of a compound unit.
_PARTS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("d", frozenset({"day", "days", "dy", "D"})),
    ("h", frozenset({"hour", "hours", "hr", "hrs", "H"})),
    ("min", frozenset({"minute", "minutes", "mins"})),
    ("s", frozenset({"sec", "secs", "second", "seconds"})),
    ("m", frozenset({"metre", "metres", "meter", "meters"})),
    ("mm", frozenset({"millimetre", "millimetres", "millimeter", "millimeters"})),
    ("inch", frozenset({"in", "inches"})),
    ("knot", frozenset({"knots", "kt", "kts", "kn", "knoten", "noeuds", "nœuds", "nudos", "nodi", "knopen"})),
    ("mbar", frozenset({"mb", "mbars", "millibar", "millibars"})),
    ("W", frozenset({"watt", "watts"})),
    ("J", frozenset({"joule", "joules"})),
    ("Pa", frozenset({"pascal", "pascals"})),
    ("hPa", frozenset({"hectopascal", "hectopascals"})),
    ("ft", frozenset({"foot", "feet"})),
    ("langley", frozenset({"ly", "langleys"})),
    ("l", frozenset({"L", "litre", "litres", "liter", "liters"})),
)

_SIGNS: Final = ("⁻−¹²³·*()[]", "--123      ")
_PART: Final = re.compile(r"([A-Za-z%]+)(-?\d+)?")
#: A day as 24 hours, and what says of a depth of snow that it is one of water.
_TENS: Final = re.compile(r"^10s? (?:of )?deg(?:rees?)?$", re.IGNORECASE)
_A_DAY: Final = re.compile(r"\b24\s*h(?:ours?|rs?)?\b")
_SQUARE: Final = re.compile(r"\bsq(?:uare)?[. ]*m(?:et(?:er|re)s?)?\b\.?", re.IGNORECASE)
_WATER: Final = re.compile(r"(?<!\s)\s+(?:of water(?: equivalent)?|w\.?e\.?)$")
#: A number before a unit: "0.1 mm".
_MULTIPLE: Final = re.compile(r"((?:\d++(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?)(?:\s*+[*x×])?\s++(\D.*)")


#: Units in Russian and Chinese letters.
_OF_OTHER_LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "мм": "mm", "см": "cm", "м": "m", "км": "km", "с": "s", "сек": "s", "мин": "min", "ч": "h", "час": "h",
        "сут": "d", "сутки": "d", "С": "C", "К": "K", "гПа": "hPa", "кПа": "kPa", "Па": "Pa", "мбар": "mbar",
        "Вт": "W", "кВт": "kW", "Дж": "J", "кДж": "kJ", "МДж": "MJ", "кг": "kg", "л": "l",
        "毫米": "mm", "米": "m", "秒": "s", "百帕": "hPa", "摄氏度": "degC", "度": "degree",
    }
)  # fmt: skip
_IN_OTHER_LETTERS: Final = re.compile("[А-Яа-яЁё]+|[\u4e00-\u9fff]+")


def canonical(unit: str) -> str:
    """One spelling for the many of a unit: "W/m²", "W m**-2" and "Wm^-2" are all "Wm-2"."""
    unit = _IN_OTHER_LETTERS.sub(lambda word: _OF_OTHER_LETTERS.get(word[0], word[0]), unit)
    unit = _WATER.sub("", _A_DAY.sub("d", unit.strip().replace("º", "°"))).replace("m*m", "m2")
    unit = _SQUARE.sub("m2", unit)
    plain = re.sub(r"[\s_.]", "", unit.lower())
    for name, spellings in _WHOLE:
        if plain in spellings:
            return name
    text = re.sub(r"(?<!\s)\s+per\s+", "/", unit.replace("**", "").replace("^", "").translate(str.maketrans(*_SIGNS)).strip())
    above, _, below = text.partition("/")
    return _joined(above, False) + _joined(below, True)


def _joined(text: str, inverse: bool) -> str:
    """The parts of `text` with their exponents and without blanks, all negative if `inverse`."""
    words = text.replace("/", " ").replace(".", " ").split()
    joined = ""
    for word in words:
        match = _PART.fullmatch(word)
        if match is None:
            joined += word
            continue
        name, power = match.group(1), match.group(2) or ""
        name = next((short for short, spellings in _PARTS if name in spellings or name.lower() in spellings), name)
        if inverse:
            power = f"-{power.lstrip('-') or '1'}"
        joined += name + power
    return joined


def without_multiple(unit: str) -> str:
    """The unit in "0.1 mm", which is mm; any other as it is."""
    multiple = _multiple(unit)
    return unit if multiple is None else multiple[1]


def _multiple(unit: str) -> tuple[float, str] | None:
    """Number and unit of a unit such as "0.1 mm" or "10s deg", None for others."""
    if _TENS.match(unit.strip()):
        return 10.0, "degree"
    match = _MULTIPLE.fullmatch(unit.strip())
    return None if match is None else (float(match[1]), match[2])


def quantity_of(unit: str) -> str | None:
    """What a unit of a table variable measures ("temperature", "speed"), or None for a unit not in the table.

    "m s-1" is a speed here: only a precipitation variable takes it for a rate of precipitation.
    """
    wanted = canonical(unit).lower()
    matches = [entry.quantity for entry in _UNITS if entry.key == wanted]
    return matches[-1] if matches else None


def adds_up(unit: str) -> bool:
    """Whether values in this unit are those of a step, which add up: depths of water, energies and durations, not their rates."""
    wanted = canonical(unit).lower()
    return any(
        entry.key == wanted
        and (
            (entry.quantity in ("precipitation", "duration") and entry.time_power == 0 and entry.name not in ("m", "cm"))
            or (entry.quantity == "irradiance" and entry.time_power == -1)
        )
        for entry in _UNITS
    )


def spellings_for(target: str) -> tuple[str, ...]:
    """Names of the units that can be converted to `target`."""
    quantity = quantity_of(target)
    if quantity is None:
        return (target,)
    return tuple(entry.name for entry in _UNITS if entry.quantity == quantity)


def conversion(source: str, target: str, *, step_seconds: float = SECONDS_PER_DAY) -> Conversion | None:
    """How values in `source` become values in `target`.

    Parameters
    ----------
    source, target : str
        Units in any common spelling.
    step_seconds : float
        Length of a time step, for amounts per step and rates.

    Returns
    -------
    Conversion or None
        None if the one cannot become the other.
    """
    multiple = _multiple(source)
    if source.strip() == target.strip():
        return Conversion(1.0, 0.0)
    if multiple is not None:
        of_one = conversion(multiple[1], target, step_seconds=step_seconds)
        return None if of_one is None else Conversion(multiple[0] * of_one.scale, of_one.offset)
    if canonical(source) == canonical(target):
        return Conversion(1.0, 0.0)
    if _MULTIPLE.fullmatch(target.strip()) is not None:
        return None
    quantity = quantity_of(target)
    there = _find(target, quantity)
    here = _find(source, quantity)
    if here is None or there is None:
        return None
    scale_here = here.factor * step_seconds**here.time_power
    scale_there = there.factor * step_seconds**there.time_power
    return Conversion(scale_here / scale_there, (here.offset - there.offset) / scale_there)


def _find(unit: str, quantity: str | None) -> _Unit | None:
    wanted = canonical(unit).lower()
    return next((entry for entry in _UNITS if entry.quantity == quantity and entry.key == wanted), None)


Aggregation = Literal["mean", "sum", "min", "max", "direction"]
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
        (see `varwg._scores.amount_noise`); infinite for variables without such noise.
    aggregation : str
        How sub-daily values become a daily one: "mean", "sum", "min", "max", or "direction" (the angle of the mean of unit
        vectors, in degrees).
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

    @property
    def role(self) -> str:
        """Name in `VARIABLES` of what this is, whatever it is called here; its own name if it is none of these.

        Under another name it is the variable with the same standard name, unit and aggregation.
        """
        alike = (
            usual.name
            for usual in VARIABLES
            if (usual.standard_name, usual.units, usual.aggregation) == (self.standard_name, self.units, self.aggregation)
        )
        return self.name if any(usual.name == self.name for usual in VARIABLES) else next(alike, self.name)

    @property
    def is_precipitation(self) -> bool:
        """Whether it is precipitation: by its standard name, or amounts of water by day under another name."""
        return self.standard_name in PRECIPITATION_NAMES or self.name == "R"

    @property
    def is_temperature(self) -> bool:
        """Whether it is a temperature, by its unit."""
        return quantity_of(self.units) == "temperature"


def with_unit(value: float, variable: Variable) -> str:
    """A value as messages say it, with its unit; shares of 1 have none."""
    return f"{value:.4g}" if variable.units == "1" else f"{value:.4g} {variable.units}"


def unit_in_words(units: str) -> str:
    """A unit as messages say it."""
    return "shares of 1" if units == "1" else units


#: CF standard names of precipitation.
PRECIPITATION_NAMES: Final = frozenset(
    {
        "lwe_thickness_of_precipitation_amount",
        "precipitation_amount",
        "precipitation_flux",
        "lwe_precipitation_rate",
        "rainfall_amount",
        "rainfall_flux",
    }
)


VARIABLES: Final[tuple[Variable, ...]] = (
    Variable("theta", "degC", "air temperature", "air_temperature", "sinh_arcsinh", possible_min=-90.0, possible_max=60.0),
    Variable(
        "theta_min",
        "degC",
        "daily minimum air temperature",
        "air_temperature",
        "sinh_arcsinh",
        possible_min=-90.0,
        possible_max=60.0,
        aggregation="min",
    ),
    Variable(
        "theta_max",
        "degC",
        "daily maximum air temperature",
        "air_temperature",
        "sinh_arcsinh",
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


#: Variables of which each is never below the one before it.
_IN_ORDER: Final = ("theta_min", "theta", "theta_max")
#: The wind's parts and its speed, which the parts bound where all three are there.
WIND: Final = ("u", "v", "U")
#: Variables that another one bounds on each day.
ORDERED: Final = (*_IN_ORDER, *WIND)


def distinct_roles(names: Sequence[str], roles: Sequence[str]) -> list[str]:
    """The role of each of some variables that have names; of several with one role, the first or the one so called has it."""
    return [
        role if name == role or (role not in names and roles.index(role) == number) else name
        for number, (name, role) in enumerate(zip(names, roles, strict=True))
    ]


def roles_of(variables: Sequence[Variable]) -> list[str]:
    """What each of some variables is (`Variable.role`), no two of them the same."""
    return distinct_roles([variable.name for variable in variables], [variable.role for variable in variables])


def in_order(values: FloatArray, variables: Sequence[Variable], months: IntArray, held: Collection[int] = ()) -> None:
    """Put right, in place, what cannot be on one day: a minimum above the mean or the maximum, a wind shorter than its parts.

    Temperatures of a day that are in the wrong order change places, so that what is simulated of all three together stays;
    those that are held stay, and the others go no further than these. Speeds of the wind go with the lengths of its vectors.

    Parameters
    ----------
    values : array, shape (..., K, T)
        Values of K variables; NaN where one is not reported.
    variables : sequence of Variable
        The variables.
    months : array of int, shape (T,)
        Calendar month of each day.
    held : collection of int
        Variables that are given and do not change.
    """
    names = roles_of(variables)
    rows = [names.index(name) for name in _IN_ORDER if name in names]
    for low, high in itertools.combinations(rows, 2):
        wrong = values[..., low, :] > values[..., high, :]
        if wrong.any():
            below, above = values[..., low, :].copy(), values[..., high, :].copy()
            if high not in held:
                values[..., high, :] = np.where(wrong, below, above)
            if low not in held:
                values[..., low, :] = np.where(wrong, above, below)
    if {"u", "v", "U"} <= set(names) and names.index("U") not in held:
        parts = [names.index("u"), names.index("v")]
        _as_long_as(values, names.index("U"), parts, months, stay=bool(set(parts) & set(held)))


def in_the_way(variables: Sequence[Variable], moved: Collection[int]) -> bool:
    """Whether any of the temperatures that are moved has others above or below it."""
    names = roles_of(variables)
    return sum(name in names for name in _IN_ORDER) > 1 and any(names[row] in _IN_ORDER for row in moved)


def make_way(values: FloatArray, variables: Sequence[Variable], asked: Collection[int]) -> bool:
    """Put right, in place, what a change has put out of order; variables that nothing is `asked` of make way.

    Parameters
    ----------
    values : array, shape (K, T)
        Values of K variables; NaN where one is not reported.
    variables : sequence of Variable
        The variables.
    asked : collection of int
        Variables that are asked to change.

    Returns
    -------
    bool
        Whether variables were in each other's way that are all asked to change; each went half the way.
    """
    names = roles_of(variables)
    rows = [names.index(name) for name in _IN_ORDER if name in names]
    met = False
    for _ in range(2):
        for low, high in itertools.combinations(rows, 2):
            wrong = values[low] > values[high]
            if not wrong.any():
                continue
            half = 0.5 * (values[low] + values[high])
            both = (low in asked) == (high in asked)
            met = met or (both and low in asked)
            below, above = values[low].copy(), values[high].copy()
            values[low] = np.where(wrong, half if both else below if low in asked else above, below)
            values[high] = np.where(wrong, half if both else below if low in asked else above, above)
    if {"u", "v", "U"} <= set(names):
        speed, parts = names.index("U"), [names.index("u"), names.index("v")]
        length = np.hypot(*values[parts])
        wrong = length > values[speed]
        if wrong.any():
            vectors = bool(set(parts) & set(asked))
            met = met or (vectors and speed in asked)
            way = 0.5 * (length + values[speed]) if vectors and speed in asked else values[speed] if speed in asked else length
            values[speed] = np.where(wrong, way, values[speed])
            values[parts] = np.where(wrong, values[parts] * (way / np.maximum(length, 1e-12)), values[parts])
            values[speed] = np.fmax(values[speed], np.where(wrong, np.hypot(*values[parts]), values[speed]))
    return met


def _as_long_as(values: FloatArray, speed: int, parts: Sequence[int], months: IntArray, *, stay: bool) -> None:
    """Give the wind, in place, speeds in the order of the lengths of its vectors, and none below these.

    No copula of u, v and U knows that they are a vector and its length. So each month keeps its speeds, but the highest is on
    the day with the longest vector, and so on. A vector that is longer even so goes half the way to its speed, which goes the
    other half, unless vectors `stay`.
    """
    length = np.hypot(*(values[..., part, :] for part in parts))
    speeds = values[..., speed, :]
    wrong = np.any(length > speeds, axis=-1, keepdims=True)
    if not wrong.any():
        return
    for month in np.unique(months):
        days = np.flatnonzero(months == month)
        wanted = np.empty(speeds.shape[:-1] + days.shape)
        order = np.argsort(length[..., days], axis=-1, kind="stable")
        np.put_along_axis(wanted, order, np.sort(speeds[..., days], axis=-1), axis=-1)
        way = length[..., days] if stay else 0.5 * (length[..., days] + wanted)
        long = wrong & (length[..., days] > wanted)
        speeds[..., days] = np.where(long, way, np.where(wrong, wanted, speeds[..., days]))
        for part in [] if stay else parts:
            own = values[..., part, days]
            values[..., part, days] = np.where(long, own * (way / np.maximum(length[..., days], 1e-12)), own)
    if not stay:
        # What rounding makes of a vector that is scaled is not longer than its speed either.
        speeds[...] = np.fmax(speeds, np.where(wrong, np.hypot(*(values[..., part, :] for part in parts)), speeds))


def default_primary(variables: Sequence[Variable]) -> int:
    """Position of the variable that scenarios act on where none is named: theta, else an air temperature, else the first."""
    temperatures = [n for n, variable in enumerate(variables) if variable.standard_name == "air_temperature"]
    return min(temperatures, key=lambda n: variables[n].name != "theta", default=0)


def cf_attributes(variable: Variable) -> dict[str, str]:
    """Attributes of a CF data variable: units, how a day's value is made, and names as far as there are any."""
    methods = {"mean": "mean", "sum": "sum", "min": "minimum", "max": "maximum", "direction": "mean"}
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
