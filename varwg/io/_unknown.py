"""What providers call things, and variables that nobody knows: bounds and a distribution from their unit and values."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from varwg._arrays import FloatArray
from varwg._variables import (
    VARIABLES,
    Aggregation,
    UpperBound,
    Variable,
    adds_up,
    canonical,
    conversion,
    distinct_roles,
    quantity_of,
    unit_in_words,
    with_unit,
)

if TYPE_CHECKING:
    import xarray as xr

_LOGGER: Final = logging.getLogger("varwg.io")

#: Other names of table variables, in lower case and with "_" for all other signs: those of CMIP, E-OBS, ERA5, AgERA5, GHCN,
#: GSOD, Meteostat, Open-Meteo, NASA POWER, LakeEnsemblR, MeteoSwiss, KNMI, Daymet, SILO, BOM and plain words.
_NAMES: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("theta", frozenset({"t", "tmed", "t_daily_avg",
                         "theta", "tas", "tg", "t2m", "tavg", "tmean", "temp", "temperature", "air_temperature", "tair", "ta",
                         "temperature_2m", "temperature_2m_mean", "mean_temp", "mean_temperature", "avg_temp", "airtemp",
                         "temperature_air_2m_mean_24h", "2m_temperature", "tre200d0", "tre200h0", "tre200s0", "tt_tu",
                         "lufttemperatur", "lufttemp", "temperatur", "tmk", "temperature_mean", "temp_avg", "temperatura",
                         "temperatuur", "luchttemperatuur", "teplota", "teplota_vzduchu", "temperatura_aria",
                         "temperatura_aire", "temperature_air", "bulbo_seco", "temperatura_bulbo_seco", "lampotila",
                         "ilman_lampotila",
                         "keskilampotila", "lufttemperaturen", "outdoor_temperature", "temperature_outdoor", "dry_bulb",
                         "dry_bulb_temperature"})),
    ("theta_min", frozenset({"theta_min", "tasmin", "tn", "tmin", "t_min", "mn2t", "temp_min", "temperature_min", "t2m_min",
                             "temperature_2m_min", "min_temp", "min_temperature", "minimum_temperature", "tre200dn", "tnk",
                             "temperature_air_2m_min_24h", "tre200nn", "temp_minimum", "minimum_air_temperature", "tmn",
                             "alin_lampotila", "tempmin"})),
    ("theta_max", frozenset({"theta_max", "tasmax", "tx", "tmax", "t_max", "mx2t", "temp_max", "temperature_max", "t2m_max",
                             "temperature_2m_max", "max_temp", "max_temperature", "maximum_temperature", "tre200dx", "txk",
                             "temperature_air_2m_max_24h", "temp_maximum", "maximum_air_temperature", "tmx", "ylin_lampotila",
                             "tempmax"})),
    ("R", frozenset({"r", "pr", "rr", "tp", "prcp", "ppt", "prec", "precip", "precipitation", "rain", "rainfall", "rre150d0",
                     "rre150h0", "rre150z0", "rka150d0", "prectotcorr", "prectot", "precipitation_sum", "rain_sum", "daily_rain",
                     "total_precip", "total_precipitation", "rainfall_amount", "precipitation_flux", "niederschlag", "rsk",
                     "daily_precipitation", "rain_mm", "precip_amount", "rainfall_sum", "regen", "neerslag", "pluie",
                     "pioggia", "precipitazione", "precipitazioni", "lluvia", "precipitacion", "precipitaciones", "chuva",
                     "precipitacao", "srazky", "uhrn_srazek", "precipitations", "niederschlagshoehe", "niederschlagssumme",
                     "niederschlagshohe", "niederschlagsmenge", "regenmenge", "regenrate", "regensumme",
                     "niederschlagsintensitat", "precip_accum", "precip_accumulation", "precipitation_increment",
                     "precip_increment", "nederbord", "nederbordsmangd", "nedbor", "sademaara",
                     "rain_rate", "precipitation_rate", "rain_intensity", "precipitation_intensity", "nbr", "p_daily_calc"})),
    ("rh", frozenset({"rh", "rh_daily_avg", "hurs", "hu", "rhum", "relhum", "humidity", "relative_humidity",
                      "relative_humidity_2m",
                      "relative_humidity_2m_mean", "rh2m", "ure200d0", "ure200h0", "ug", "rel_hum", "upm", "rf_tu",
                      "relative_luftfeuchte", "relative_humidity_mean", "luftfeuchte", "luftfeuchtigkeit",
                      "rel_feuchte", "feuchte", "relative_feuchte",
                      "relative_luftfeuchtigkeit", "vochtigheid", "luchtvochtigheid", "relatieve_vochtigheid",
                      "relatieve_luchtvochtigheid", "humidite", "humidite_relative", "umidita", "umidita_relativa",
                      "humedad", "humedad_relativa", "umidade", "umidade_relativa", "vlhkost", "relativni_vlhkost",
                      "vlhkost_vzduchu", "rel_humidity"})),
    ("Qsw", frozenset({"qsw", "rs", "rg", "rad", "glob", "solarad_daily",
                       "rsds", "ssrd", "qq", "srad", "swdown", "global_radiation", "solar_radiation", "shortwave",
                       "shortwave_radiation", "shortwave_radiation_sum", "allsky_sfc_sw_dwn", "gre000d0", "gre000h0",
                       "shortwave_radiation_downwelling", "solar_radiation_flux", "globalstrahlung", "radiation",
                       "daily_global_solar_exposure", "shortwave_rad", "ghi", "g_h", "global_horizontal_irradiance",
                       "global_irradiance", "incoming_shortwave", "shortwave_down", "globale_straling", "globaalstraling",
                       "straling", "rayonnement_global", "rayonnement", "radiazione_globale", "radiazione_solare",
                       "radiazione", "radiacion_global", "radiacion_solar", "radiacion", "radiacao_global",
                       "radiacao_solar", "radiacao", "globalni_zareni", "slunecni_zareni", "solarrad", "solar_rad",
                       "sw_in", "sw_down", "sol_rad"})),
    ("sun", frozenset({"sun", "ss", "sunshine", "sunshine_duration", "tsun", "sre000d0", "sre000h0", "sonnenschein", "sdk",
                       "sonnenscheindauer", "zonneschijn", "zonneschijnduur", "insolation", "duree_insolation", "soleggiamento",
                       "eliofania", "insolacion", "horas_sol", "insolacao", "slunecni_svit", "sunshine_hours"})),
    ("ILWR", frozenset({"ilwr", "rlds", "strd", "lwdown", "longwave", "allsky_sfc_lw_dwn", "longwave_radiation_downwelling",
                        "longwave_rad", "ir_h", "lw_in", "lw_down", "incoming_longwave", "longwave_down"})),
    ("e", frozenset({"vp", "vap", "vapour_pressure", "vapor_pressure", "vapour_pressure_mean", "pva200d0", "dampfdruck",
                     "dampdruk", "tension_vapeur", "vap_pres", "vap_press"})),
    ("U", frozenset({"fg", "sfcwind", "wind", "wspd", "ws", "windspeed", "wind_speed", "ws10m", "ws2m", "wind_speed_10m",
                     "wind_speed_10m_mean", "fkl010d0", "fkl010h0", "wdsp", "ten_meter_elevation_wind_speed",
                     "windgeschwindigkeit", "windgeschw", "wind_speed_2m", "wind_spd", "windsnelheid", "vent", "vitesse_vent",
                     "vent_moyen", "vento", "velocita_vento", "viento", "velocidad_viento", "velocidade_vento", "vitr",
                     "rychlost_vetru", "ff"})),
    ("u", frozenset({"uas", "u10"})),
    ("v", frozenset({"vas", "v10"})),
    ("pressure", frozenset({"pp", "ps", "psl", "slp", "msl", "mslp", "sp", "pres", "press", "pressure", "air_pressure",
                            "surface_pressure", "pressure_msl", "prestad0", "prestah0", "surface_level_barometric_pressure",
                            "sea_level_barometric_pressure", "stp", "luftdruck", "stn_press", "sea_level_pressure",
                            "station_pressure", "luchtdruk", "pression", "pression_atmospherique", "pression_mer",
                            "pressione", "pressione_atmosferica", "presion", "presion_atmosferica", "pressao",
                            "pressao_atmosferica", "tlak", "tlak_vzduchu", "atmospheric_pressure"})),
    ("Cloud_Cover", frozenset({"cloud_cover", "cc", "clt", "tcc", "cloud", "clouds", "cloudiness", "cloudcover",
                               "cloud_cover_mean", "bewoelkung", "bewolkung", "bewolking", "nebulosite", "nuvolosita",
                               "nubosidad", "nebulosidade", "oblacnost", "bedeckungsgrad", "total_cloud_cover"})),
    # Those of JMA, KMA, CMA and CWA, and Russian ones.
    ("theta", frozenset({"平均気温", "気温", "평균기온", "기온", "平均气温", "气温", "平均氣溫", "氣溫", "температура",
                         "температура_воздуха", "средняя_температура", "средняя_температура_воздуха"})),
    ("theta_min", frozenset({"最低気温", "최저기온", "最低气温", "最低氣溫", "минимальная_температура",
                             "минимальная_температура_воздуха"})),
    ("theta_max", frozenset({"最高気温", "최고기온", "最高气温", "最高氣溫", "максимальная_температура",
                             "максимальная_температура_воздуха"})),
    ("R", frozenset({"降水量の合計", "降水量", "일강수량", "강수량", "降水", "日降水量", "雨量", "累積雨量", "осадки",
                     "количество_осадков", "сумма_осадков"})),
    ("rh", frozenset({"平均湿度", "相対湿度", "湿度", "평균_상대습도", "상대습도", "습도", "相对湿度", "平均相对湿度", "相對溼度",
                      "相對濕度", "относительная_влажность", "влажность"})),
    ("Qsw", frozenset({"合計全天日射量", "全天日射量", "합계_일사량", "일사량", "总辐射", "太阳辐射"})),
    ("sun", frozenset({"日照時間", "합계_일조시간", "합계_일조_시간", "일조시간", "일조", "日照时数", "日照時數"})),
    ("e", frozenset({"平均蒸気圧", "蒸気圧", "평균_증기압", "증기압", "水汽压", "平均水汽压"})),
    ("U", frozenset({"平均風速", "風速", "평균_풍속", "풍속", "平均风速", "风速", "скорость_ветра", "средняя_скорость_ветра"})),
    ("pressure", frozenset({"平均現地気圧", "現地気圧", "平均海面気圧", "평균_현지기압", "현지기압", "气压", "平均气压",
                            "本站气压", "平均本站气压", "測站氣壓", "давление", "атмосферное_давление"})),
)  # fmt: skip

#: Names of table variables as they are written here.
_SHORT_NAMES: Final = frozenset(variable.name for variable in VARIABLES)

#: Units that some providers write at the end of a name, in lower case.
_UNITS_IN_NAMES: Final = (
    ("celsius", "degC"), ("kelvin", "K"), ("wattpermetersquared", "W m-2"), ("percent", "%"), ("meterpersecond", "m s-1"),
    ("millimeterperday", "mm d-1"), ("millimeterperhour", "mm h-1"), ("hectopascal", "hPa"), ("pascal", "Pa"),
    ("millibar", "hPa"), ("degc", "degC"), ("mm", "mm"), ("decimalfraction", "1"),
)  # fmt: skip
#: Units in fewer letters, which are believed at the end of the name of a variable that is known and has such units.
_SHORT_UNITS: Final = (
    ("w_m_2", "W m-2"), ("w_m2", "W m-2"), ("wm2", "W m-2"), ("mj_m_2", "MJ m-2"), ("mj_m2", "MJ m-2"), ("mjm2", "MJ m-2"),
    ("kwh_m2", "kWh m-2"), ("kwhm2", "kWh m-2"), ("wh_m2", "Wh m-2"), ("j_cm2", "J cm-2"), ("jcm2", "J cm-2"), ("mj", "MJ m-2"),
    ("kj_m2", "kJ m-2"), ("j_m2", "J m-2"), ("mm_day", "mm d-1"), ("mm_d", "mm d-1"), ("mmd", "mm d-1"), ("mm_hr", "mm h-1"),
    ("mm_h", "mm h-1"), ("mmh", "mm h-1"), ("inches", "inch"), ("inch", "inch"), ("in", "inch"), ("cm", "cm"), ("m_s", "m s-1"),
    ("m_s_1", "m s-1"), ("ms", "m s-1"), ("ms1", "m s-1"), ("mps", "m s-1"), ("km_h", "km h-1"), ("kmh", "km h-1"),
    ("kph", "km h-1"), ("knots", "knot"), ("kts", "knot"), ("kt", "knot"), ("kn", "knot"), ("mph", "mph"), ("hpa", "hPa"),
    ("kpa", "kPa"), ("pa", "Pa"), ("mbar", "mbar"), ("mb", "mbar"), ("mmhg", "mmHg"), ("inhg", "inHg"), ("pct", "%"),
    ("perc", "%"), ("frac", "1"), ("fraction", "1"), ("okta", "okta"), ("oktas", "okta"), ("hours", "h"), ("hrs", "h"),
    ("hr", "h"), ("h", "h"), ("minutes", "min"), ("deg_c", "degC"), ("deg_f", "degF"), ("degf", "degF"), ("fahrenheit", "degF"),
    ("c", "degC"), ("f", "degF"), ("k", "K"),
)  # fmt: skip
#: Letters that a name has at least before a unit of one letter is believed.
_FULL_NAME: Final = 4
#: Words of names that do not change what is meant, and those of extremes.
_NEUTRAL: Final = frozenset({
    "mean", "average", "avg", "ave", "daily", "hourly", "day", "air", "2m", "10m", "at", "of", "the", "amount", "total", "sum",
    "accumulated", "mittel", "mittlere", "mittelwert", "tagesmittel", "summe", "tagessumme", "stundensumme", "stundenmittel",
    "taegliche", "tagliche", "gemiddelde", "som", "moyenne", "moyen", "jour", "journaliere", "horaire", "somme", "cumul", "media",
    "medio", "medias", "somma", "cumulata", "giornaliera", "oraria", "diaria", "diario", "horaria", "horario", "suma", "soma",
    "prumerna", "prumer", "denni", "hodinova", "de", "du", "la", "le", "l", "d", "del", "della", "dell", "do", "da", "van",
    "der", "tot",
    "des", "in", "nivel", "estacao", "ar", "ao", "totale", "totales", "set", "1", "one", "hour",
})  # fmt: skip
_EXTREMES: Final = (
    ("min", frozenset({"min", "minimum", "minima", "minimo", "minimale", "minimal", "mini", "tagesminimum", "minimalni",
                       "lowest", "low"})),
    ("max", frozenset({"max", "maximum", "maxima", "maximo", "massima", "massimo", "maximale", "maximal", "maxi", "tagesmaximum",
                       "maximalni", "highest", "high"})),
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

#: Words and names of directions, whose unit is often not said.
_DIRECTIONS: Final = ("direction", "richtung", "richting", "direzione", "direccion", "direcao", "smer_vetru")
_DIRECTION_NAMES: Final = frozenset({"wdir", "wind_dir", "winddir", "wd", "ddvec", "dd", "dir", "wdd", "wd10m", "wd10", "wd2m"})
#: Words of gusts, whose value of a day is the largest.
_GUSTS: Final = ("gust", "boen", "boe_", "windspitze", "rafale", "racha", "raffica", "rajada", "windstoot", "naraz")
#: What a CF attribute of cell methods says, and the aggregation that it is.
_METHOD: Final = re.compile(r"\btime\d*:\s*(sum|mean|maximum|minimum|max|min)\b")
_METHODS: Final[tuple[tuple[str, Aggregation], ...]] = (
    ("sum", "sum"), ("mean", "mean"), ("maximum", "max"), ("max", "max"), ("minimum", "min"), ("min", "min"),
)  # fmt: skip
#: Units of amounts that are none of a table variable, and words of counts.
_UNITS_OF_AMOUNTS: Final = frozenset({"kWh", "Wh", "MWh", "J", "kJ", "MJ", "m3", "l", "Mm3"})
_COUNTS: Final = ("number of", "count", "strikes", "anzahl")

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


#: Forces of the wind, and the metres per second of force 1 (WMO-No. 8), which grow with the power of 1.5.
_BEAUFORT: Final = frozenset({"bft", "beaufort", "bf", "beaufortscale", "forcebeaufort"})
_OF_BEAUFORT: Final = 0.836


#: Words of pressures, whose inches are those of mercury.
_INCHES_OF_MERCURY: Final = frozenset({"pressure", "press", "barometer", "barometric", "altimeter", "baro"})


class _Dialect(NamedTuple):
    """How a provider writes tables: what is among the plain names of columns; and name here, unit, and code of a trace of each.

    An empty name is that of the table itself; units are those of columns that say none.
    """

    provider: str
    signature: frozenset[str]
    columns: tuple[tuple[str, str, str], ...]
    trace: float = float("nan")


_KNMI: Final = (
    ("tg", "theta", "0.1 degC"), ("t", "theta", "0.1 degC"), ("tn", "theta_min", "0.1 degC"), ("tx", "theta_max", "0.1 degC"),
    ("rh", "R", "0.1 mm"), ("ug", "rh", "%"), ("u", "rh", "%"), ("q", "Qsw", "J cm-2"), ("sq", "sun", "0.1 h"),
    ("fg", "U", "0.1 m s-1"), ("fh", "U", "0.1 m s-1"), ("pg", "pressure", "0.1 hPa"), ("p", "pressure", "0.1 hPa"),
    ("ng", "", "okta"), ("n", "", "okta"), ("ev24", "", "0.1 mm"), ("ff", "", "0.1 m s-1"), ("fx", "", "0.1 m s-1"),
    ("fhvec", "", "0.1 m s-1"), ("fhx", "", "0.1 m s-1"), ("fhn", "", "0.1 m s-1"), ("fxx", "", "0.1 m s-1"),
    ("ddvec", "", "degree"), ("dd", "", "degree"), ("td", "", "0.1 degC"), ("t10n", "", "0.1 degC"), ("sp", "", "%"),
    ("dr", "", "0.1 h"), ("rhx", "", "0.1 mm"), ("px", "", "0.1 hPa"), ("pn", "", "0.1 hPa"), ("ux", "", "%"), ("un", "", "%"),
    ("y", "", "0.1 degC"),
)  # fmt: skip
_METEOSTAT: Final = (
    ("tavg", "", "degC"), ("temp", "", "degC"), ("tmin", "", "degC"), ("tmax", "", "degC"), ("dwpt", "", "degC"),
    ("rhum", "", "%"), ("prcp", "", "mm"), ("snow", "", "mm"), ("snwd", "", "cm"), ("wdir", "", "degree"), ("wspd", "", "km h-1"),
    ("wpgt", "", "km h-1"), ("pres", "", "hPa"), ("tsun", "", "min"), ("cldc", "", "okta"),
)  # fmt: skip
_SILO: Final = (
    ("daily_rain", "", "mm"), ("max_temp", "", "degC"), ("min_temp", "", "degC"), ("radiation", "", "MJ m-2"), ("vp", "", "hPa"),
    ("vp_deficit", "", "hPa"), ("evap_pan", "", "mm"), ("evap_syn", "", "mm"), ("evap_comb", "", "mm"),
    ("rh_tmax", "", "%"), ("rh_tmin", "", "%"), ("mslp", "", "hPa"), ("et_short_crop", "", "mm"),
    ("et_tall_crop", "", "mm"), ("et_morton_actual", "", "mm"), ("et_morton_potential", "", "mm"), ("et_morton_wet", "", "mm"),
)  # fmt: skip
_CAMELS: Final = (
    ("precipitation", "", "mm d-1"), ("pet", "", "mm d-1"), ("peti", "", "mm d-1"), ("temperature", "", "degC"),
    ("discharge_spec", "", "mm d-1"), ("discharge_vol", "", "m3 s-1"), ("humidity", "", "g kg-1"),
    ("shortwave_rad", "", "W m-2"), ("longwave_rad", "", "W m-2"), ("windspeed", "", "m s-1"),
)  # fmt: skip
_PVGIS: Final = (
    ("t2m", "", "degC"), ("rh", "", "%"), ("g_h", "", "W m-2"), ("gb_n", "", "W m-2"), ("gd_h", "", "W m-2"),
    ("ir_h", "", "W m-2"),
    ("ws10m", "", "m s-1"), ("wd10m", "", "degree"), ("sp", "", "Pa"),
)  # fmt: skip
_FLUXNET: Final = (
    ("ta_f", "theta", "degC"), ("tmin_f", "theta_min", "degC"), ("tmax_f", "theta_max", "degC"), ("p_f", "R", "mm"),
    ("p", "R", "mm"), ("sw_in_f", "Qsw", "W m-2"), ("lw_in_f", "ILWR", "W m-2"), ("ws_f", "U", "m s-1"),
    ("pa_f", "pressure", "kPa"), ("rh", "rh", "%"), ("vpd_f", "", "hPa"), ("ta", "theta", "degC"), ("sw_in", "Qsw", "W m-2"),
    ("ws", "U", "m s-1"), ("pa", "pressure", "kPa"),
)  # fmt: skip
_METEO_FRANCE: Final = (
    ("rr", "R", "mm"), ("rr1", "R", "mm"), ("tn", "theta_min", "degC"), ("tx", "theta_max", "degC"), ("tm", "theta", "degC"),
    ("t", "theta", "degC"), ("ffm", "U", "m s-1"), ("ff", "U", "m s-1"), ("u", "rh", "%"), ("um", "rh", "%"),
    ("glot", "Qsw", "J cm-2"), ("glo", "Qsw", "J cm-2"), ("inst", "sun", "min"), ("ins", "sun", "min"),
    ("pmerm", "pressure", "hPa"), ("pstat", "pressure", "hPa"), ("pmer", "", "hPa"), ("tens", "e", "hPa"), ("tensvm", "e", "hPa"),
)  # fmt: skip
_IEM: Final = (
    ("tmpf", "theta", "degF"), ("tmpc", "theta", "degC"), ("dwpf", "", "degF"), ("dwpc", "", "degC"), ("relh", "rh", "%"),
    ("drct", "", "degree"), ("sknt", "U", "knot"), ("p01i", "R", "inch"), ("p01m", "R", "mm"), ("alti", "altimeter", "inHg"),
    ("mslp", "pressure", "hPa"), ("gust", "", "knot"), ("vsby", "", "mile"), ("feel", "", "degF"),
)  # fmt: skip
_SYNOP: Final = (
    ("t", "theta", "K"), ("td", "", "K"), ("u", "rh", "%"), ("ff", "U", "m s-1"), ("dd", "", "degree"), ("pres", "pressure",
    "Pa"),
    ("pmer", "", "Pa"), ("rr3", "R", "mm"), ("rr1", "", "mm"), ("rr6", "", "mm"), ("rr12", "", "mm"), ("rr24", "", "mm"),
    ("tn12", "", "K"), ("tx12", "", "K"), ("tn24", "", "K"), ("tx24", "", "K"), ("raf10", "", "m s-1"),
)  # fmt: skip
_AEMET: Final = (
    ("tmed", "", "degC"), ("tmin", "", "degC"), ("tmax", "", "degC"), ("prec", "", "mm"), ("velmedia", "U", "m s-1"),
    ("racha", "", "m s-1"), ("sol", "sun", "h"), ("presmax", "", "hPa"), ("presmin", "", "hPa"), ("dir", "", "10 degree"),
    ("hrmedia", "rh", "%"), ("hrmax", "", "%"), ("hrmin", "", "%"),
)  # fmt: skip
_GEOSPHERE: Final = (
    ("tl_mittel", "theta", "degC"), ("tlmax", "theta_max", "degC"), ("tlmin", "theta_min", "degC"), ("rr", "R", "mm"),
    ("rf_mittel", "rh", "%"), ("cglo_j", "Qsw", "J cm-2"), ("vv_mittel", "U", "m s-1"), ("so_h", "sun", "h"),
    ("p_mittel", "pressure", "hPa"), ("dampf_mittel", "e", "hPa"), ("sh", "", "cm"),
)  # fmt: skip
_FMI: Final = (("sademaara", "R", "mm"), ("lumensyvyys", "", "cm"))
_AGRI4CAST: Final = (
    ("temperature_max", "theta_max", "degC"), ("temperature_min", "theta_min", "degC"), ("temperature_avg", "theta", "degC"),
    ("windspeed", "U", "m s-1"), ("vapourpressure", "e", "hPa"), ("precipitation", "R", "mm"), ("radiation", "Qsw", "kJ m-2"),
    ("e0", "", "mm"), ("es0", "", "mm"), ("et0", "", "mm"), ("snowdepth", "", "cm"),
)  # fmt: skip
_EOBS: Final = (
    ("tg", "theta", "degC"), ("tn", "theta_min", "degC"), ("tx", "theta_max", "degC"), ("rr", "R", "mm"), ("hu", "rh", "%"),
    ("qq", "Qsw", "W m-2"), ("fg", "U", "m s-1"), ("pp", "pressure", "hPa"),
)  # fmt: skip
_GHCNH: Final = (
    ("temperature", "", "degC"), ("dew_point_temperature", "", "degC"), ("station_level_pressure", "pressure", "hPa"),
    ("sea_level_pressure", "", "hPa"), ("wind_direction", "", "degree"), ("wind_speed", "", "m s-1"), ("wind_gust", "", "m s-1"),
    ("precipitation", "", "mm"), ("relative_humidity", "", "%"), ("wet_bulb_temperature", "", "degC"), ("visibility", "", "km"),
    ("altimeter", "", "hPa"), ("snow_depth", "", "mm"),
)  # fmt: skip
_ERA5: Final = (
    ("t2m", "", "K"), ("d2m", "", "K"), ("mn2t", "", "K"), ("mx2t", "", "K"), ("skt", "", "K"), ("tp", "", "m"), ("ssrd", "",
    "J m-2"),
    ("strd", "", "J m-2"), ("sp", "", "Pa"), ("msl", "", "Pa"), ("u10", "", "m s-1"), ("v10", "", "m s-1"), ("tcc", "", "1"),
)  # fmt: skip
_DAYMET: Final = (
    ("dayl", "", "s"), ("prcp", "", "mm d-1"), ("srad", "", "W m-2"), ("swe", "", "kg m-2"), ("tmax", "", "degC"),
    ("tmin", "", "degC"), ("vp", "", "Pa"),
)  # fmt: skip
_DIALECTS: Final = (
    _Dialect("KNMI", frozenset({"stn", "yyyymmdd", "tg", "rh"}), _KNMI, trace=-1.0),
    _Dialect("KNMI", frozenset({"stn", "yyyymmdd", "fg", "rh"}), _KNMI, trace=-1.0),
    _Dialect("KNMI", frozenset({"stn", "yyyymmdd", "hh", "rh"}), _KNMI, trace=-1.0),
    _Dialect("KNMI", frozenset({"stn", "yyyymmdd", "rh", "rhx"}), _KNMI, trace=-1.0),
    _Dialect("Meteostat", frozenset({"tavg", "prcp", "wspd"}), _METEOSTAT),
    _Dialect("Meteostat", frozenset({"temp", "prcp", "wspd", "pres"}), _METEOSTAT),
    _Dialect("Meteostat", frozenset({"tmin", "tmax", "wpgt"}), _METEOSTAT),
    _Dialect("SILO", frozenset({"daily_rain", "max_temp"}), _SILO),
    _Dialect("SILO", frozenset({"daily_rain", "radiation"}), _SILO),
    _Dialect("CAMELS-GB", frozenset({"discharge_spec", "shortwave_rad"}), _CAMELS),
    _Dialect("Daymet", frozenset({"dayl", "srad", "prcp"}), _DAYMET),
    _Dialect("FLUXNET", frozenset({"ta_f", "p_f"}), _FLUXNET),
    _Dialect("FLUXNET", frozenset({"ta_f", "sw_in_f"}), _FLUXNET),
    _Dialect("Météo-France", frozenset({"num_poste", "rr"}), _METEO_FRANCE),
    _Dialect("Météo-France", frozenset({"num_poste", "rr1"}), _METEO_FRANCE),
    _Dialect("Météo-France", frozenset({"num_poste", "t"}), _METEO_FRANCE),
    _Dialect("Météo-France", frozenset({"num_poste", "tn"}), _METEO_FRANCE),
    _Dialect("Météo-France (SYNOP)", frozenset({"numer_sta", "t", "u"}), _SYNOP, trace=-0.1),
    _Dialect("AEMET", frozenset({"indicativo", "prec"}), _AEMET),
    _Dialect("AEMET", frozenset({"tmed", "velmedia"}), _AEMET),
    _Dialect("GeoSphere Austria", frozenset({"tlmax", "tlmin"}), _GEOSPHERE, trace=-1.0),
    _Dialect("GeoSphere Austria", frozenset({"tl_mittel", "rr"}), _GEOSPHERE, trace=-1.0),
    _Dialect("the Finnish Meteorological Institute", frozenset({"vuosi", "sademaara"}), _FMI, trace=-1.0),
    _Dialect("Agri4Cast", frozenset({"temperature_max", "temperature_min", "vapourpressure"}), _AGRI4CAST),
    _Dialect("GHCNh", frozenset({"temperature", "dew_point_temperature", "station_level_pressure"}), _GHCNH),
    _Dialect("GHCNh", frozenset({"temperature", "temperature_quality_code"}), _GHCNH),
    _Dialect("E-OBS", frozenset({"tg", "rr"}), _EOBS),
    _Dialect("E-OBS", frozenset({"tg", "tn", "tx"}), _EOBS),
    _Dialect("PVGIS", frozenset({"t2m", "g_h", "ws10m"}), _PVGIS),
    _Dialect("ERA5", frozenset({"t2m", "d2m"}), _ERA5),
    _Dialect("ERA5", frozenset({"t2m", "tp"}), _ERA5),
    _Dialect("ERA5", frozenset({"t2m", "ssrd"}), _ERA5),
    _Dialect("the Iowa Environmental Mesonet", frozenset({"valid", "tmpf"}), _IEM),
    _Dialect("the Iowa Environmental Mesonet", frozenset({"valid", "tmpc"}), _IEM),
)  # fmt: skip
#: Units of parameters that only one provider names so.
_UNITS_OF_PARAMETERS: Final = (
    ("tre200", "degC"), ("rre150", "mm"), ("rka150", "mm"), ("gre000", "W m-2"), ("sre000", "min"), ("ure200", "%"),
    ("fkl010", "m s-1"), ("prestas0", "hPa"), ("prestad0", "hPa"), ("prestah0", "hPa"), ("pva200", "hPa"), ("nto000", "%"),
    ("hto000", "cm"),
)  # fmt: skip
#: Endings of columns that say of what kind the values of another are.
_OF_ANOTHER: Final = ("_source", "_flag", "_flags", "_qc", "_quality", "_qn", "_attributes", "_code", "_qf", "_q")
_BEFORE_ANOTHER: Final = ("q_", "qc_", "qn_", "flag_", "quality_", "qf_", "q")
#: Names of columns of qualities.
_QUALITIES: Final = frozenset({"flag", "flags", "qc", "quality", "quality_flag", "qc_flag", "qn", "qualitaet", "qualitat"})
#: Columns of the days that a value is the sum or the extreme of, and what the value is called.
_PERIODS: Final = (
    ("period_over_which_rainfall_was_measured", "rainfall_amount"),
    ("days_of_accumulation_of_maximum_temperature", "maximum_temperature"),
    ("days_of_accumulation_of_minimum_temperature", "minimum_temperature"),
)


def in_usual_words(dataset: xr.Dataset, columns: Iterable[str]) -> tuple[xr.Dataset, tuple[str, ...]]:
    """What a provider writes without saying so, said: units, codes of traces, values of several days, means over daylight.

    Parameters
    ----------
    dataset : xarray.Dataset
        One data variable for each quantity.
    columns : iterable of str
        Names of all columns of the table, by which the provider is known.

    Returns
    -------
    dataset : xarray.Dataset
        The same, or another with these things put right.
    notes : tuple of str
        What was done.
    """
    notes: list[str] = []
    spoken = {plain_name(str(name)) for name in columns}
    dialect = next((candidate for candidate in _DIALECTS if candidate.signature <= spoken), None)
    changed = dataset.rename({name: str(name) for name in dataset.data_vars if not isinstance(name, str)})
    if dialect is not None and not _is_converted(changed, dialect):
        changed = _translated(changed, dialect, notes)
    for name in map(str, list(changed.data_vars)):
        unit = next((unit for start, unit in _UNITS_OF_PARAMETERS if plain_name(name).startswith(start)), "")
        if unit and not changed[name].attrs.get("units"):
            changed[name].attrs["units"] = unit
    for name in map(str, list(changed.data_vars)):
        if canonical(str(changed[name].attrs.get("units", ""))) == "inch" and _INCHES_OF_MERCURY & set(
            plain_name(name).split("_")
        ):
            changed[name].attrs["units"] = "inHg"
            notes.append(f"{name} in inches is taken as inches of mercury.")
        if canonical(str(changed[name].attrs.get("units", ""))).lower() in _BEAUFORT:
            force = changed[name]
            changed[name] = (_OF_BEAUFORT * force**1.5).assign_attrs(force.attrs | {"units": "m s-1"})
            notes.append(f"{name} was converted from the force of Beaufort to m s-1, by 0.836 times its power of 1.5.")
    return _without_means_of_daylight(_of_single_days(changed, notes), notes), tuple(notes)


#: No temperature in degrees Celsius is so high, and none in kelvins so low.
_BETWEEN_CELSIUS_AND_KELVIN: Final = 100.0


def _is_converted(dataset: xr.Dataset, dialect: _Dialect) -> bool:
    """Whether somebody has converted the temperatures of a provider who writes kelvins to degrees Celsius."""
    kelvins = {column for column, _, unit in dialect.columns if unit == "K"}
    names = [name for name in dataset.data_vars if plain_name(str(name)) in kelvins and dataset[name].dtype.kind in "iuf"]
    return any(float(dataset[name].max()) < _BETWEEN_CELSIUS_AND_KELVIN for name in names)


def _translated(dataset: xr.Dataset, dialect: _Dialect, notes: list[str]) -> xr.Dataset:
    """A table of a provider with its units, and names that mean the same here."""
    entries = {column: (name, unit) for column, name, unit in dialect.columns}
    renamed: dict[str, str] = {}
    for name in map(str, list(dataset.data_vars)):
        new, unit = entries.get(plain_name(name), ("", ""))
        if unit and not dataset[name].attrs.get("units"):
            dataset[name].attrs["units"] = unit
        taken = {column for column in map(str, dataset.data_vars) if entries.get(plain_name(column), ("", ""))[0] in ("", column)}
        if new and new != name and new not in {*taken, *renamed.values()}:
            renamed[name] = new
        if new in ("R", "sun") and (dataset[name] == dialect.trace).any():
            dataset[name] = dataset[name].where(dataset[name] != dialect.trace, 0.0).assign_attrs(dataset[name].attrs)
            notes.append(f"{name}: {dialect.trace:g}, which stands for a trace, was taken as 0.")
    shown = ", ".join(f"{old} is {new}" for old, new in renamed.items())
    notes.append(f"the columns are those of {dialect.provider}, whose units were taken{f'; {shown}' if shown else ''}.")
    # Names change places, as that of rain there is that of humidity here.
    aside = {old: f"{old} of {dialect.provider}" for old in renamed}
    return dataset.rename(aside).rename({aside[old]: new for old, new in renamed.items()})


def _of_single_days(dataset: xr.Dataset, notes: list[str]) -> xr.Dataset:
    """Data without values that are those of several days, and the columns that say of how many."""
    names = {plain_name(str(name)): str(name) for name in dataset.data_vars}
    for period, amount in _PERIODS:
        if period in names and amount in names:
            long = dataset[names[period]] > 1.0
            if long.any():
                notes.append(f"{names[amount]}: {int(long.sum())} values are of more than one day and were set to missing.")
            kept = dataset[names[amount]].where(~long).assign_attrs(dataset[names[amount]].attrs)
            dataset = dataset.assign({names[amount]: kept}).drop_vars(names[period])
    return dataset


def says_of_a_column(name: str) -> bool:
    """Whether a name of a column is one of qualities, of which a table may have several."""
    return plain_name(name) in _QUALITIES


def says_of_another(names: Iterable[str]) -> frozenset[str]:
    """Names of variables that say of what kind the values of another are, such as "radiation_source" beside "radiation"."""
    by_plain = {plain_name(name): name for name in names}
    return frozenset(
        name
        for plain, name in by_plain.items()
        for end in _OF_ANOTHER
        if (plain.endswith(end) and plain.removesuffix(end) in by_plain)
        or any(plain.startswith(start) and plain.removeprefix(start) in by_plain for start in _BEFORE_ANOTHER)
        or (plain in _QUALITIES and len(by_plain) > 1)
    )


def _without_means_of_daylight(dataset: xr.Dataset, notes: list[str]) -> xr.Dataset:
    """Radiation as the mean of the day where it is that of its daylight, whose length stands beside it (Daymet, CAMELS)."""
    names = {plain_name(str(name)): str(name) for name in dataset.data_vars}
    if "dayl" not in names or "srad" not in names:
        return dataset
    length, radiation = dataset[names["dayl"]], dataset[names["srad"]]
    line = conversion(str(length.attrs.get("units", "s")), "h")
    unit = str(radiation.attrs.get("units", "W m-2"))
    if line is None or conversion(unit, "W m-2") is None or adds_up(unit):
        return dataset
    notes.append(
        f"{names['srad']} is the mean of daylight and was multiplied by its share of the day, which {names['dayl']} says; "
        "the latter was left out then."
    )
    mean = (radiation * length * (line.scale / 24.0)).assign_attrs(radiation.attrs)
    return dataset.assign({names["srad"]: mean}).drop_vars(names["dayl"])


def known_variable(name: str, standard_name: str, unit: str, cell_methods: str = "") -> Variable | None:
    """The treatment of a table variable that goes by another name, under that name; None if it is none of the table.

    A CF standard name counts before the name; either is believed only if the declared unit converts to that of the
    table. A variable without a unit is only known by a name of more than two letters. CF cell methods tell a minimum or a
    maximum of temperature from its mean.
    """
    wanted = _by_standard_name(standard_name) or _by_name(name, bool(unit))
    extreme = {"min": "theta_min", "max": "theta_max"}.get(method_of_cells(cell_methods) or "")
    if wanted is not None and wanted.name == "theta" and extreme is not None:
        wanted = _of_table(extreme)
    if wanted is None or (unit and conversion(unit, wanted.units) is None):
        return None
    return replace(wanted, name=name)


def roles_in(array: xr.DataArray) -> list[str]:
    """What each variable of weather with the dimension `variable` is: its name in `VARIABLES`, as known by its name and unit."""
    names = [str(name) for name in array["variable"].values]
    units = [str(unit) for unit in array["units"].values] if "units" in array.coords else [""] * len(names)
    return _roles(names, [("", unit) for unit in units])


def by_role(dataset: xr.Dataset) -> xr.Dataset:
    """A tidy Dataset whose variables have the names in `VARIABLES` of what they are; what was called otherwise is logged."""
    names = [str(name) for name in dataset.data_vars]
    keys = ("standard_name", "units", "cell_methods")
    roles = _roles(names, [tuple(str(dataset[name].attrs.get(key, "")) for key in keys) for name in names])
    others = {name: role for name, role in zip(names, roles, strict=True) if name != role}
    if others:
        _LOGGER.info("%s.", ", ".join(f"{name} is {role}" for name, role in others.items()))
    return dataset.rename(others)


def _roles(names: Sequence[str], told: Sequence[tuple[str, ...]]) -> list[str]:
    """What variables are by their names and what is told of each: standard name, unit, and cell methods if there are any."""
    known = [known_variable(name, *parts) for name, parts in zip(names, told, strict=True)]
    return distinct_roles(names, [name if one is None else one.role for name, one in zip(names, known, strict=True)])


def twin_of(variable: Variable) -> Variable | None:
    """The variable of the table whose treatment one with another name has; None for all others."""
    twin = next((usual for usual in VARIABLES if replace(usual, name=variable.name) == variable), None)
    return None if twin is None or twin.name == variable.name else twin


def taken_as(variables: Iterable[Variable]) -> Iterator[str]:
    """One note on all variables that have the treatment of one in the table and another name."""
    twins = [(variable.name, twin) for variable in variables if (twin := twin_of(variable)) is not None]
    if twins:
        told = [f"as {twin.long_name} ({twin.name}) in {unit_in_words(twin.units)}" for _, twin in twins]
        rest = "".join(f", {name} {text}" for (name, _), text in zip(twins[1:], told[1:], strict=True))
        yield (
            f"{twins[0][0]} is taken {told[0]}{rest}; to say otherwise pass a varwg.Variable, or --rename on the command line."
        )


def is_unknown(variable: Variable) -> bool:
    """Whether nothing is known of a variable but its names, its unit, and how its steps become days."""
    plain = by_quantity(Variable(variable.name, variable.units, variable.long_name, variable.standard_name))
    return replace(variable, aggregation=plain.aggregation) == plain


def method_of_cells(cell_methods: str) -> Aggregation | None:
    """The aggregation over time that CF cell methods name, None if they name none."""
    said = _METHOD.search(cell_methods)
    return None if said is None else dict(_METHODS)[said[1]]


def by_quantity(variable: Variable, cell_methods: str = "") -> Variable:
    """A variable of the caller's own with the aggregation of its quantity: amounts add up, states are averaged.

    What CF cell methods say goes first, then words of its names ("gust", "max"), then its unit.
    """
    plain = plain_name(variable.name)
    words = f"{plain}_ {variable.long_name.lower()} {variable.standard_name.lower()}"
    unit = canonical(variable.units).lower() if canonical(variable.units).lower() in _DEGREES else canonical(variable.units)
    said = method_of_cells(cell_methods) or _extreme(plain.split("_"))
    if said is None and any(gust in words for gust in _GUSTS) and quantity_of(variable.units) == "speed":
        said = "max"
    if said is not None and unit not in _DEGREES:
        return replace(variable, aggregation=said)
    is_direction = any(word in words for word in _DIRECTIONS) or plain_name(variable.name) in _DIRECTION_NAMES
    if unit in _DEGREES or (is_direction and unit == "1"):
        return replace(variable, units=variable.units if unit in _DEGREES else "degree", aggregation="direction")
    if unit in _UNITS_OF_AMOUNTS or (unit == "1" and any(word in words for word in _COUNTS)):
        return replace(variable, aggregation="sum")
    is_state = any(word in words for word in _STATES)
    is_amount = any(word in words for word in _AMOUNTS)
    if (adds_up(variable.units) and not is_state) or (unit in ("m", "cm") and is_amount):
        return replace(variable, aggregation="sum")
    return variable


def how_aggregated(variable: Variable) -> str:
    """A note on how daily values of a variable of the caller's own were made."""
    how = {"sum": "the sums", "mean": "the means", "min": "the minima", "max": "the maxima", "direction": "the mean directions"}
    return (
        f"{variable.name}: daily values are {how[variable.aggregation]} of its steps, by its names and its unit, "
        f"{variable.units!r}; pass a varwg.Variable with another aggregation to say otherwise."
    )


def _by_standard_name(standard_name: str) -> Variable | None:
    if not standard_name:
        return None
    short = next((short for short, names in _STANDARD_NAMES if standard_name in names), None)
    return next((v for v in VARIABLES if v.name == short or v.standard_name == standard_name), None)


#: Short names by other ones, and by the words of these in the order of the alphabet.
_SHORT: Final = MappingProxyType({name: short for short, names in reversed(_NAMES) for name in names})
_BY_WORDS: Final = MappingProxyType({tuple(sorted(name.split("_"))): short for name, short in _SHORT.items()})
#: A name with more letters is not looked for: words that do not count might stand in it a thousand times.
_LONGEST_NAME: Final = 1000


def _by_name(name: str, has_unit: bool) -> Variable | None:
    if len(name) > _LONGEST_NAME:
        return None
    plain = plain_name(name)
    if not has_unit and len(name) < 3 and name.isascii() and plain != "rh":
        return None
    return _called(plain) or _called(without_unit(plain)[0])


def _called(plain: str) -> Variable | None:
    """The table variable with a plain name, whatever words stand around it that do not change what is meant."""
    if plain in _SHORT:
        return _of_table(_SHORT[plain])
    parts = plain.split("_")
    extreme = _extreme(parts)
    telling = [part for part in parts if part not in _NEUTRAL and not any(part in words for _, words in _EXTREMES)]
    # "vento, velocidade" is "velocidade vento".
    short = _SHORT.get("_".join(telling)) or _BY_WORDS.get(tuple(sorted(telling)))
    if extreme is not None:
        return _of_table(f"theta_{extreme}") if short == "theta" else None
    return None if short is None or len("_".join(telling)) < 3 else _of_table(short)


def is_known(name: str) -> bool:
    """Whether a name as it stands, or a short one of the package, is that of a table variable."""
    return name in _SHORT_NAMES or _by_name(name, has_unit=len(name) > 1) is not None


def is_usual(label: str) -> bool:
    """Whether a part of a name only says how or in which unit a quantity is measured."""
    parts = plain_name(label).split("_")
    return all(
        part in _NEUTRAL or any(part in words for _, words in _EXTREMES) or part in dict((*_UNITS_IN_NAMES, *_SHORT_UNITS))
        for part in parts
    )


def _of_table(name: str) -> Variable | None:
    return next((variable for variable in VARIABLES if variable.name == name), None)


def _extreme(parts: Iterable[str]) -> Aggregation | None:
    """The aggregation that a word of a name says."""
    held = set(parts)
    if "max" in held or not held.isdisjoint(_EXTREMES[1][1]):
        return "max"
    return None if held.isdisjoint(_EXTREMES[0][1]) else "min"


def plain_name(name: str) -> str:
    """A name in lower case, without accents, and with "_" for all signs that are neither letters nor digits."""
    text = "".join(sign for sign in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(sign))
    text = unicodedata.normalize("NFC", text)
    return "_".join(re.sub(r"[\W_]+", " ", text).split())


def without_unit(plain: str) -> tuple[str, str]:
    """A plain name without the unit at its end, and that unit; empty where it has none."""
    for ending, unit in _UNITS_IN_NAMES:
        if plain.endswith("_" + ending):
            return plain.removesuffix("_" + ending), unit
    for ending, unit in _SHORT_UNITS:
        rest = plain.removesuffix("_" + ending)
        # "TA_F" of FLUXNET is one whose gaps are filled.
        if len(ending) == 1 and len(rest) < _FULL_NAME:
            continue
        if rest != plain and (usual := _called(rest)) is not None and conversion(unit, usual.units) is not None:
            return rest, unit
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
        f"between 0 and {with_unit(upper, variable).replace('inf', 'infinity')} with the marginal {marginal!r}; "
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
