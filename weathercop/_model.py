"""The fitted multi-site model: one immutable value that holds all a simulation needs, and its file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import ClassVar

import numpy as np

from varwg import _persistence as codec
from varwg import _persistence as modelfile
from varwg._arrays import FloatArray, TimeArray
from varwg._calendar import daily_times
from varwg._disaggregation import HourlyArchive
from varwg._scores.normal_scores import NoisyAmounts
from varwg._site_model import SiteModel, load_site_model
from varwg._trend import Trend, trend_lines
from varwg._variables import Variable
from varwg.marginals import MARGINALS
from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._diagnostics import tail_lines
from weathercop._latent import LatentSpectrum, RankTables
from weathercop._sampling import RecordSpread
from weathercop.vines import VINE_CLASSES
from weathercop.vines._base import Vine
from weathercop.vines._per_station import StationVines


@dataclass(frozen=True, eq=False)
class Site:
    """A station: name, latitude and longitude in degrees, elevation in m (NaN where unknown)."""

    name: str
    latitude: float
    longitude: float
    elevation: float


@dataclass(frozen=True, eq=False, repr=False)
class MultisiteModel:
    """Everything that was estimated from the observations of S stations and K variables.

    Attributes
    ----------
    sites : tuple of Site
        The stations.
    variables : tuple of Variable
        The variables, in the order of the observations.
    primary : int
        Index of the primary variable, the root of the vine, which scenarios act on.
    marginals : tuple (S) of tuple (K) of SeasonalMarginal or None
        Seasonal distributions; None where a station does not report a variable (its simulated values are NaN).
    vine : Vine or StationVines
        Dependence between the variables of one day.
    spectrum : LatentSpectrum
        Memory, and dependence between the stations: S x K series in that order, and then the noise of rain amounts.
    noisy : tuple of NoisyAmounts
        Series (in the order of S x K) whose amounts are partly noise.
    rank_tables : RankTables
        Corrections that make the long-run scores standard normal.
    first_day : str
        First day of the record, ISO 8601.
    n_days : int
        Length of the record.
    fit_seed : str
        Entropy and spawn key of the generator the fit drew from.
    hourly : HourlyArchive or None
        The observed courses of days that simulated days get theirs from, where the observations were sub-daily.
    sampling : RecordSpread or None
        What other records of the same climate would have said; None in models of earlier versions.
    trend : Trend or None
        How the climate of the record changes; all else is of its mean.
    grid : str
        The layout of the grid whose cells the stations are, as text; empty where they are none.
    """

    #: The module that simulates with such a model; by name, as values import none of their users.
    engine: ClassVar[str] = "weathercop._simulation"

    sites: tuple[Site, ...]
    variables: tuple[Variable, ...]
    primary: int
    marginals: tuple[tuple[SeasonalMarginal | None, ...], ...]
    vine: Vine | StationVines
    spectrum: LatentSpectrum
    noisy: tuple[NoisyAmounts, ...]
    rank_tables: RankTables
    first_day: str
    n_days: int
    fit_seed: str
    hourly: HourlyArchive | None = None
    sampling: RecordSpread | None = None
    trend: Trend | None = None
    grid: str = ""

    @property
    def stations(self) -> tuple[str, ...]:
        """Names of the stations."""
        return tuple(site.name for site in self.sites)

    @property
    def variable_names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(variable.name for variable in self.variables)

    @property
    def primary_var(self) -> str:
        """Name of the primary variable."""
        return self.variables[self.primary].name

    @property
    def times(self) -> TimeArray:
        """The days of the record, which a simulation repeats unless told otherwise."""
        return daily_times(self.first_day, self.n_days)

    def site_values(self, what: str) -> FloatArray:
        """Latitude, longitude or elevation of all stations."""
        return np.array([getattr(site, what) for site in self.sites], dtype=np.float64)

    def with_rank_tables(self, rank_tables: RankTables) -> MultisiteModel:
        """The same model with other rank tables."""
        return replace(self, rank_tables=rank_tables)

    def fingerprint(self) -> str:
        """SHA-256 of everything in the model: equal for equal models on any machine."""
        return codec.digest(self)

    def save(self, path: str | Path) -> None:
        """Write the model to a NetCDF file (no pickle; see `load_model`), atomically."""
        modelfile.write(path, self, kind="MultisiteModel")

    def __repr__(self) -> str:
        from varwg._description import describe_model

        vine = self.vine.vines[0] if isinstance(self.vine, StationVines) else self.vine
        order = ", ".join(self.variable_names[index] for index in vine.order)
        shared = "one for each station" if isinstance(self.vine, StationVines) else "shared by all stations"
        families = [
            [marginal.family for marginal in column if marginal is not None] for column in zip(*self.marginals, strict=True)
        ]
        further = [
            f"dependence: {type(vine).__name__}, {shared}, in the order {order}",
            *tail_lines(self),
            *trend_lines(self.trend, self.variables),
        ]
        record = f"{self.n_days} days from {self.first_day}, primary {self.primary_var}"
        return describe_model("MultisiteModel", self.variables, families, self.stations, record, further)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"

    def __str__(self) -> str:
        head = (
            f"MultisiteModel of {len(self.sites)} stations ({', '.join(self.stations)}) and {len(self.variables)} "
            f"variables ({', '.join(self.variable_names)}), primary {self.primary_var}, fitted to {self.n_days} days "
            f"from {self.first_day}"
        )
        return "\n".join([head, str(self.vine), *tail_lines(self), *trend_lines(self.trend, self.variables)])


def load_model(path: str | Path) -> MultisiteModel | SiteModel:
    """The model that `save` wrote to `path`, bit for bit, be it one of `Multisite` or of `varwg.VarWG`.

    Raises
    ------
    ModelFileError
        If the file is missing, is not a model, was written by a newer version, or is damaged (its hash does not fit).
    """
    parts = (MultisiteModel, Site, Variable, NoisyAmounts, RankTables, LatentSpectrum, HourlyArchive, RecordSpread, Trend)
    classes = (*parts, *VINE_CLASSES, *MARGINALS)
    if modelfile.kind_of(path) == SiteModel.__name__:
        return load_site_model(path)
    return codec.expect(modelfile.read(path, classes), MultisiteModel)
