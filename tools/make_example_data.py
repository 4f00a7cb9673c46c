"""Make the bundled example data: ten years of daily weather at three places, synthetic, from climate normals.

The method is deliberately none of this project's own: a weather generator after Richardson (1981, Water Resour. Res.
17, 182-190) with the multi-site occurrence model of Wilks (1998, J. Hydrol. 210, 178-191). Rain is a first-order Markov
chain of wet and dry days with gamma amounts, both driven by spatially correlated normal numbers; the other variables
are a lag-1 autoregression (Matalas 1967) around seasonal means that depend on whether the day is wet.

With this project installed:

    python tools/make_example_data.py [-o FILE] [--seed SEED]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit, gammaincc, gammaincinv, logit, ndtr

from varwg._calendar import daily_times, doy_index
from varwg.meteo._sun import day_length, potential_radiation

Array = NDArray[np.float64]
Months = tuple[float, ...]

SEED: Final = 20010101
START: Final = "2001-01-01"
N_DAYS: Final = 3652
DEFAULT_FILE: Final = Path(__file__).resolve().parents[1] / "weathercop" / "data" / "example_daily.nc"


class Normals(NamedTuple):
    """Climate of a place: monthly values from January to December."""

    name: str
    latitude: float
    longitude: float
    elevation: float
    temperature: Months  # mean, degC
    rain: Months  # mean sum, mm
    sunshine: Months  # mean sum, h
    wind: float  # mean of the year, m s-1


# Normals 1981-2010, rounded here: temperature to 0.5 degC, rain and sunshine to 5.
# Bern and Zurich: MeteoSwiss, climate normals Bern/Zollikofen and Zuerich/Fluntern. Munich: Deutscher Wetterdienst,
# Muenchen-Stadt. The wind speeds are round numbers of the right size, no normals.
PLACES: Final = (
    Normals(
        "BERN", 46.99, 7.46, 553.0,
        (-0.5, 0.5, 4.5, 8.0, 12.5, 16.0, 18.5, 17.5, 13.5, 9.5, 3.5, 0.5),
        (60, 55, 75, 80, 120, 110, 105, 115, 100, 90, 75, 75),
        (65, 90, 135, 160, 180, 205, 235, 215, 165, 110, 70, 50), 1.6,
    ),
    Normals(
        "MUNICH", 48.16, 11.54, 515.0,
        (0.5, 1.5, 5.5, 9.5, 14.5, 17.0, 19.5, 19.0, 14.5, 10.0, 4.5, 1.5),
        (50, 45, 65, 65, 100, 120, 120, 115, 75, 65, 60, 65),
        (80, 95, 135, 170, 210, 210, 240, 220, 165, 125, 75, 60), 2.6,
    ),
    Normals(
        "ZURICH", 47.38, 8.57, 556.0,
        (0.5, 1.5, 5.5, 9.0, 13.5, 16.5, 18.5, 18.0, 14.0, 10.0, 4.5, 1.5),
        (65, 65, 80, 85, 125, 130, 125, 125, 100, 85, 80, 85),
        (55, 80, 125, 155, 175, 190, 215, 200, 150, 100, 60, 40), 2.2,
    ),
)  # fmt: skip

#: Days with at least 1 mm and mean relative humidity (%) of Zuerich/Fluntern (MeteoSwiss, 1981-2010), for all places.
WET_DAYS: Final = (10.5, 9.3, 11.9, 11.4, 12.4, 12.7, 12.3, 11.6, 10.2, 9.9, 10.3, 11.4)
HUMIDITY: Final = (84, 79, 74, 71, 72, 72, 71, 76, 79, 84, 84, 85)

MONTH_LENGTHS: Final = (31.0, 28.25, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0)
MIDDLE_ROWS: Final = (15, 45, 75, 105, 136, 166, 197, 228, 258, 289, 319, 350)

# What normals do not tell: persistence, spread and dependence, round numbers typical of Central Europe.
RAIN_PERSISTENCE: Final = 0.30  # correlation of wet days with the day before
RAIN_SHAPE: Final = 0.75  # of the gamma distribution of amounts
RANGE_KM: Final = 700.0  # correlations between places fall by e over this distance
PERSISTENCE: Final = (0.80, 0.55, 0.35, 0.45)  # theta, rh, Qsw, U
CORRELATION: Final = (
    (1.00, -0.25, 0.15, 0.00),
    (-0.25, 1.00, -0.60, -0.25),
    (0.15, -0.60, 1.00, -0.10),
    (0.00, -0.25, -0.10, 1.00),
)
TEMPERATURE_SPREAD: Final = (4.6, 3.4)  # standard deviation in mid-winter and mid-summer, K
TEMPERATURE_WET: Final = (1.5, -3.5)  # wet minus dry days, K
HUMIDITY_WET, HUMIDITY_SPREAD = 0.10, 0.55  # wet minus dry; on the logistic scale
RADIATION_WET, RADIATION_SPREAD = -0.40, 0.75  # wet minus dry, relative; on the logistic scale
WIND_WET, WIND_SPREAD = 0.35, 0.45  # wet minus dry, relative; on the log scale
CLEAR_SKY: Final = 0.78  # largest share of the potential radiation that reaches the ground
WARM_UP: Final = 100  # days simulated before the first

#: Name, digits kept, unit, standard name, long name.
VARIABLES: Final = (
    ("theta", 1, "degC", "air_temperature", "air temperature, daily mean"),
    ("R", 1, "mm d-1", "lwe_precipitation_rate", "precipitation, daily sum"),
    ("rh", 2, "1", "relative_humidity", "relative humidity, daily mean"),
    ("Qsw", 0, "W m-2", "surface_downwelling_shortwave_flux_in_air", "global radiation, daily mean"),
    ("U", 1, "m s-1", "wind_speed", "wind speed, daily mean"),
)


def distances_km(places: tuple[Normals, ...]) -> Array:
    """Great-circle distances between the places."""
    latitude = np.radians([place.latitude for place in places])
    longitude = np.radians([place.longitude for place in places])
    cosine = np.sin(latitude)[:, None] * np.sin(latitude) + np.cos(latitude)[:, None] * np.cos(latitude) * np.cos(
        longitude[:, None] - longitude
    )
    return np.asarray(6371.0 * np.arccos(np.clip(cosine, -1.0, 1.0)))


def seasonal(months: tuple[float, ...] | Array, rows: NDArray[np.intp]) -> Array:
    """Daily values from monthly ones: straight lines between the middles of the months."""
    middles = np.array(MIDDLE_ROWS, dtype=np.float64)
    return np.asarray(np.interp(rows, middles, np.asarray(months, dtype=np.float64), period=366.0))


def summer(rows: NDArray[np.intp]) -> Array:
    """0 in mid-January, 1 in mid-July."""
    return np.asarray(0.5 - 0.5 * np.cos(2.0 * np.pi * (rows - 15) / 366.0))


def rain_parameters(place: Normals) -> tuple[Array, Array]:
    """Monthly probability and mean amount of a day with any rain.

    Chosen so that the sum is the normal, and so is the number of days with at least 1 mm, of which a gamma
    distribution leaves some below.
    """
    lengths = np.array(MONTH_LENGTHS)
    fraction = np.array(WET_DAYS) / lengths
    rate = np.array(place.rain) / lengths
    probability = fraction.copy()
    for _ in range(100):
        scale = rate / probability / RAIN_SHAPE
        probability = fraction / gammaincc(RAIN_SHAPE, 1.0 / scale)
    return probability, rate / probability


def rain(noise: Array, rows: NDArray[np.intp], place: Normals) -> tuple[Array, NDArray[np.bool_]]:
    """Daily rain (mm) and the days that are wet, from two standard normal series of shape (2, day)."""
    probability, mean = (seasonal(values, rows) for values in rain_parameters(place))
    uniform, share = ndtr(noise[0]), ndtr(noise[1])
    wet = np.zeros(len(rows), dtype=bool)
    for day in range(1, len(rows)):
        after = probability[day] * (1.0 - RAIN_PERSISTENCE) + RAIN_PERSISTENCE * wet[day - 1]
        wet[day] = uniform[day] < after
    amount = gammaincinv(RAIN_SHAPE, share) * mean / RAIN_SHAPE
    return np.where(wet, amount, 0.0), wet


def split(mean: Array, difference: Array | float, wet: NDArray[np.bool_], probability: Array) -> Array:
    """Mean of each day given wet or dry, `difference` apart, so that the mean over both is `mean`."""
    return np.asarray(mean + difference * (wet - probability))


def logistic_normal(mean: Array, spread: float, noise: Array) -> Array:
    """Values between 0 and 1 with the given means (MacKay's approximation, 1992) from standard normal ones."""
    centre = logit(mean) * np.sqrt(1.0 + np.pi * spread**2 / 8.0)
    return np.asarray(expit(centre + spread * noise))


def clearness(place: Normals) -> Array:
    """Monthly share of the potential radiation from sunshine (Angstrom-Prescott, FAO-56 eq. 35)."""
    longest = day_length(place.latitude, np.array(MIDDLE_ROWS))
    return np.asarray(0.25 + 0.50 * np.array(place.sunshine) / np.array(MONTH_LENGTHS) / longest)


def weather(noise: Array, rows: NDArray[np.intp], wet: NDArray[np.bool_], place: Normals) -> dict[str, Array]:
    """Temperature, humidity, radiation and wind, from four standard normal series of shape (4, day)."""
    probability = seasonal(rain_parameters(place)[0], rows)
    warm = summer(rows)
    spread = TEMPERATURE_SPREAD[0] + (TEMPERATURE_SPREAD[1] - TEMPERATURE_SPREAD[0]) * warm
    contrast = TEMPERATURE_WET[0] + (TEMPERATURE_WET[1] - TEMPERATURE_WET[0]) * warm
    theta = split(seasonal(place.temperature, rows), contrast, wet, probability) + spread * noise[0]
    humidity = split(seasonal(HUMIDITY, rows) / 100.0, HUMIDITY_WET, wet, probability)
    clear = seasonal(clearness(place), rows) / CLEAR_SKY
    clear = split(clear, RADIATION_WET * clear, wet, probability)
    radiation = CLEAR_SKY * logistic_normal(clear, RADIATION_SPREAD, noise[2])
    windy = place.wind * (1.15 - 0.3 * warm)
    windy = split(windy, WIND_WET * windy, wet, probability)
    return {
        "theta": theta,
        "rh": logistic_normal(humidity, HUMIDITY_SPREAD, noise[1]),
        "Qsw": radiation * potential_radiation(place.latitude, rows),
        "U": windy * np.exp(WIND_SPREAD * noise[3] - WIND_SPREAD**2 / 2.0),
    }


def correlated_noise(n_days: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Standard normal series for rain (white) and for the other variables (lag-1), shape (variable, place, day)."""
    between_places = np.linalg.cholesky(np.exp(-distances_km(PLACES) / RANGE_KM))
    between_variables = np.linalg.cholesky(np.array(CORRELATION))
    shocks = rng.standard_normal((2 + len(CORRELATION), len(PLACES), n_days))
    shocks = np.einsum("pq,vqt->vpt", between_places, shocks)
    series = np.einsum("vw,wpt->vpt", between_variables, shocks[2:])
    persistence = np.array(PERSISTENCE)[:, None]
    for day in range(1, n_days):
        series[:, :, day] = persistence * series[:, :, day - 1] + np.sqrt(1.0 - persistence**2) * series[:, :, day]
    return shocks[:2], series


def make_dataset(seed: int = SEED) -> xr.Dataset:
    """The example data."""
    times = daily_times(np.datetime64(START) - WARM_UP, N_DAYS + WARM_UP)
    rows = doy_index(times)
    rain_noise, noise = correlated_noise(len(times), np.random.default_rng(seed))
    columns: dict[str, list[Array]] = {name: [] for name, *_ in VARIABLES}
    for number, place in enumerate(PLACES):
        amounts, wet = rain(rain_noise[:, number], rows, place)
        found = {"R": amounts, **weather(noise[:, number], rows, wet, place)}
        for name, values in found.items():
            columns[name].append(values[WARM_UP:])
    data_vars = {
        name: (("station", "time"), np.round(np.stack(columns[name]), digits).astype(np.float32), attributes(*texts))
        for name, digits, *texts in VARIABLES
    }
    coords = {
        "station": ("station", [place.name for place in PLACES], {"cf_role": "timeseries_id"}),
        "time": ("time", times[WARM_UP:], {"standard_name": "time"}),
        "latitude": ("station", [place.latitude for place in PLACES], {"units": "degrees_north"}),
        "longitude": ("station", [place.longitude for place in PLACES], {"units": "degrees_east"}),
        "elevation": ("station", [place.elevation for place in PLACES], {"units": "m"}),
    }
    return xr.Dataset(data_vars, coords, global_attributes(seed))


def attributes(units: str, standard_name: str, long_name: str) -> dict[str, str]:
    """Attributes of a data variable."""
    return {"units": units, "standard_name": standard_name, "long_name": long_name}


def global_attributes(seed: int) -> dict[str, str]:
    """Attributes of the file, which say that nothing in it was observed."""
    return {
        "title": "SYNTHETIC example weather for Bern, Munich and Zurich",
        "Conventions": "CF-1.10",
        "featureType": "timeSeries",
        "source": "synthetic: made from climate normals by a Richardson-type weather generator "
        f"(tools/make_example_data.py, seed {seed}); nothing here was observed",
        "references": "Richardson 1981, Water Resour. Res. 17, 182-190; Wilks 1998, J. Hydrol. 210, 178-191; "
        "Matalas 1967, Water Resour. Res. 3, 937-945",
        "comment": "For trying the software, not for any statement about a climate. Monthly temperature, rain and "
        "sunshine follow the normals 1981-2010 of MeteoSwiss (Bern/Zollikofen, Zuerich/Fluntern) and Deutscher "
        "Wetterdienst (Muenchen-Stadt), rounded; radiation is derived from sunshine; the number of wet days and the "
        "humidity are those of Zuerich/Fluntern at all three; wind, persistence and correlations are round numbers.",
    }


def write(dataset: xr.Dataset, path: Path) -> None:
    """Write classic NetCDF, which needs no netCDF4 to be read."""
    dataset.to_netcdf(path, engine="scipy")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make the synthetic example data of weathercop.")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_FILE, help="file to write (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the random numbers (default: %(default)s)")
    arguments = parser.parse_args()
    write(make_dataset(arguments.seed), arguments.output)


if __name__ == "__main__":
    main()
