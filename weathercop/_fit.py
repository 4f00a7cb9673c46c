"""From observations to a fitted model: marginals, latent scores, vine, spectra, rank tables, in the order of the data."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final, Literal, TypeAlias, cast, get_args

import numpy as np

from varwg._arguments import whole_number
from varwg._arrays import BoolArray, FloatArray, IntArray
from varwg._calendar import N_DOYS, doy_index
from varwg._disaggregation.archive import archive_of
from varwg._observations import Observations
from varwg._provenance import Provenance
from varwg._ranks import ranks_from_scores, scores_from_ranks
from varwg._scores.amount_noise import add_amount_noise
from varwg._scores.normal_scores import NoisyAmounts, latent_scores
from varwg._trend import estimate_trend, without_trend
from varwg._variables import Variable, default_primary
from varwg.ensembles._executors import available_cores, mapped
from varwg.errors import FitError
from varwg.marginals import fit_marginal
from varwg.marginals._amounts import tail_shapes
from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._fit import FOURIER_ORDER, SEASON_WINDOW
from varwg.marginals._sample import TailShape
from varwg.streams import Streams
from weathercop._calibration import calibrate_amounts, calibrate_spectra, calibrate_years
from weathercop._latent import LatentSpectrum, RankTables
from weathercop._model import MultisiteModel, Site
from weathercop._sampling import sampling_error
from weathercop._simulation import values_from_scores, vine_scores
from weathercop.copulas._families import find_family
from weathercop.vines._base import Vine
from weathercop.vines._cvine import fit_cvine
from weathercop.vines._dvine import fit_dvine
from weathercop.vines._per_station import StationVines, station_vines
from weathercop.vines._rvine import RVine, fit_rvine

VineKind: TypeAlias = Literal["c", "d", "r"]
Marginals: TypeAlias = tuple[tuple[SeasonalMarginal | None, ...], ...]
#: Called with the name of each stage when it begins.
StageCallback: TypeAlias = Callable[[str], None]

#: Stages of a fit, in order.
STAGES: Final = ("marginals", "dry days and gaps", "vine", "spectra", "calibration")

#: Families that a single station chooses from; on European stations the others never won by more than a hair.
_STATION_FAMILIES: Final = ("independence", "gaussian", "frank", "clayton", "gumbel", "nelsen13")

#: Days, counted at each station, from which the structure of a vine is found.
_STRUCTURE_DAYS: Final = 10_000
#: Threads of a fit unless told otherwise. The interpreter's lock is held during a third of one thread's time (28 % for
#: distributions, 33 % for vines): two threads can be 1.8 times as fast as one, four 2.7 times, and no number 3 times.
_MOST_THREADS: Final = 4

#: Independent simulations of the record's length from which the rank tables are made.
_TABLE_RUNS: Final = 30
#: Values that these have in memory together.
_TABLE_VALUES: Final = 2**21

_LOGGER: Final = logging.getLogger(__name__)


def fit_model(
    observations: Observations,
    *,
    primary_var: str | None = None,
    per_station: bool = True,
    vine: VineKind = "c",
    families: Iterable[str] | None = None,
    window: int = SEASON_WINDOW,
    harmonics: int = FOURIER_ORDER,
    trend: Any = None,
    n_workers: int | None = None,
    rng: np.random.Generator,
    on_stage: StageCallback | None = None,
) -> MultisiteModel:
    """Estimate a multi-site model.

    Parameters
    ----------
    observations : Observations
        Daily values of S stations and K variables.
    primary_var : str, optional
        The variable that scenarios act on and that the vine is rooted in; theta by default, or the first where there is no theta.
    per_station : bool
        Whether each station has copulas of its own (in a vine of the same structure), or all share one vine.
    vine : {"c", "d", "r"}
        Canonical (a root that all others are paired with), drawable (a path) or regular (the strongest pairs); all begin with
        the primary.
    families : iterable of str, optional
        Names of the copulas to choose from; by default six for each station, or all that there are for a vine that all share.
    window, harmonics : int
        Half-width in days of the windows, and number of harmonics, of all that has a season: distributions and copulas.
    n_workers : int, optional
        Threads, by default one per core and at most four; the model does not depend on it.
    trend : "linear", or mapping or Series of int to float, optional
        What the climate of the record changes with (see `varwg._trend.estimate_trend`); it is taken out before anything else.
    rng : numpy.random.Generator
        Draws the latent scores of dry days and gaps, and the simulations behind tables and calibration.
    on_stage : callable, optional
        Told the name of each stage (see `STAGES`) when it begins.

    Returns
    -------
    MultisiteModel

    Raises
    ------
    FitError
        If the primary variable is unknown or not reported at any station, or a part cannot be estimated.
    """
    begin = on_stage or _LOGGER.info
    dependence = Dependence.checked(vine, families, window, harmonics)
    n_workers = _threads(n_workers)
    primary = _primary_index(observations, primary_var)
    provenance, streams = Provenance.of(rng), Streams.of(rng)
    doy = observations.doy

    begin(STAGES[0])
    hourly, slopes = archive_of(observations), None if trend is None else estimate_trend(observations, trend)
    observations, exceedance = without_trend(observations, slopes)
    marginals = fit_marginals(observations, doy, window=window, harmonics=harmonics, n_workers=n_workers)
    begin(STAGES[1])
    latent = station_scores(observations, marginals, doy, rng=streams.generator("dry days"), exceedance=exceedance)
    latent = with_primary(latent, observations, primary)
    begin(STAGES[2])
    ranks = np.moveaxis(ranks_from_scores(latent.scores), 1, 0)
    fitted = fit_vine(ranks, doy, observations, dependence, root=primary, per_station=per_station, n_workers=n_workers)
    begin(STAGES[3])
    model = MultisiteModel(
        sites=_sites(observations),
        variables=observations.variables,
        primary=primary,
        marginals=marginals,
        vine=fitted,
        spectrum=latent_spectrum(latent, vine_ranks(fitted, ranks, doy), primary),
        noisy=latent.noisy,
        rank_tables=RankTables.identity(len(observations.stations), len(observations.variables)),
        first_day=str(observations.times[0].astype("datetime64[D]")),
        n_days=observations.times.size,
        fit_seed=" / ".join(provenance.attributes().values()),
        hourly=hourly,
        grid=observations.grid,
    )
    begin(STAGES[4])
    model = calibrated(model, observations, latent, streams, exceedance)
    return model if slopes is None else replace(model, trend=slopes)


def latent_spectrum(latent: StationScores, independent_ranks: FloatArray, primary: int) -> LatentSpectrum:
    """Spectra of the independent series (K, S, T), and of the noise; the primary's scores never pass through Phi."""
    independent = scores_from_ranks(np.moveaxis(independent_ranks, 0, 1))
    independent[:, primary] = latent.scores[:, primary]
    n_days = independent.shape[-1]
    return LatentSpectrum.of(np.concatenate([independent.reshape(-1, n_days), latent.noise]))


def calibrated(
    model: MultisiteModel,
    observations: Observations,
    latent: StationScores,
    streams: Streams,
    exceedance: FloatArray | None = None,
) -> MultisiteModel:
    """The model after all that running it forward can teach: ranks first, then noise, memory, years, and ranks again."""
    model = model.with_rank_tables(long_run_tables(model, rng=streams.generator("rank tables")))
    complete = completed_values(observations, model, latent, observations.doy, exceedance)
    model = calibrate_spectra(model, complete, observations.doy, rng=streams.generator("spectra"))
    model = calibrate_amounts(model, complete, observations.doy, rng=streams.generator("amounts"))
    model = calibrate_years(model, complete, observations.doy, rng=streams.generator("years"))
    model = model.with_rank_tables(long_run_tables(model, rng=streams.generator("rank tables")))
    reported = np.isfinite(np.asarray(observations.values))
    return replace(model, sampling=sampling_error(model, reported, streams=streams))


def completed_values(
    observations: Observations,
    model: MultisiteModel,
    latent: StationScores,
    doy: IntArray,
    exceedance: FloatArray | None = None,
) -> FloatArray:
    """The observations (S, K, T) with gaps filled by what their scores, and the noise of amounts, were completed to.

    So are series whose frequency has a trend, which their scores are without.
    """
    scores = latent.scores.copy()
    for noisy, row in zip(latent.noisy, latent.noise, strict=True):
        place = np.unravel_index(noisy.series, scores.shape[:2])
        scores[place] = add_amount_noise(scores[place], noisy.threshold[doy], noisy.signal, row)
    unknown = np.isnan(observations.values)
    if exceedance is not None:
        unknown |= np.any(exceedance != 1.0, axis=-1, keepdims=True)
    return np.where(unknown, values_from_scores(model, scores, doy), observations.values)


def fit_marginals(
    observations: Observations, doy: IntArray, *, window: int = SEASON_WINDOW, harmonics: int = FOURIER_ORDER, n_workers: int = 1
) -> Marginals:
    """Seasonal distributions of all stations and variables; None where a station does not report a variable."""
    bounds, n_variables = observations.upper_bounds(), len(observations.variables)
    tails = [_tails(observations.values[:, k], variable) for k, variable in enumerate(observations.variables)]

    def fitted(number: int) -> SeasonalMarginal | None:
        s, k = divmod(number, n_variables)
        values = observations.values[s, k]
        if np.all(np.isnan(values)):
            return None
        return fit_marginal(
            values,
            doy,
            observations.variables[k],
            upper=bounds[s][k],
            station=observations.stations[s],
            window=window,
            fourier_order=harmonics,
            tail=tails[k][s],
        )

    marginals = mapped(fitted, range(len(observations.stations) * n_variables), n_workers)
    return tuple(tuple(marginals[first : first + n_variables]) for first in range(0, len(marginals), n_variables))


def _tails(values: FloatArray, variable: Variable) -> Sequence[TailShape | None]:
    """Shapes of the tails of a variable (S, T) at all stations, each informed by the others; None if it is not rain."""
    return tail_shapes(values, variable.threshold) if variable.marginal == "zero_inflated" else (None,) * len(values)


@dataclass(frozen=True, eq=False)
class StationScores:
    """Scores of all stations and variables, (S, K, T), NaN where not reported, and the noise of rain amounts.

    `noisy` counts series in the order of stations x variables; `noise` has one row for each of them.
    """

    scores: FloatArray
    noisy: tuple[NoisyAmounts, ...]
    noise: FloatArray


def station_scores(
    observations: Observations,
    marginals: Marginals,
    doy: IntArray,
    *,
    rng: np.random.Generator,
    exceedance: FloatArray | None = None,
) -> StationScores:
    """Standard-normal scores of all stations and variables, dry days and gaps completed."""
    reported = np.array([[marginal is not None for marginal in row] for row in marginals])
    present = [marginal for row in marginals for marginal in row if marginal is not None]
    variables = [variable for row in reported for variable, there in zip(observations.variables, row, strict=True) if there]
    latent = latent_scores(
        observations.values[reported],
        present,
        variables,
        doy,
        rng=rng,
        exceedance=None if exceedance is None else exceedance[reported],
    )
    scores = np.full(observations.values.shape, np.nan)
    scores[reported] = latent.scores
    positions = np.flatnonzero(reported)
    noisy = tuple(replace(noisy, series=int(positions[noisy.series])) for noisy in latent.noisy)
    return StationScores(scores, noisy, latent.noise)


def with_primary(latent: StationScores, observations: Observations, primary: int) -> StationScores:
    """Scores in which stations that do not report the primary have those of the station whose other variables are most like.

    So what is reported there (rain at a gauge, say) depends on the primary as it does on that of its neighbour, and follows it
    in a scenario; the primary itself is never written out there. The log tells which stations these are.
    """
    absent = np.all(np.isnan(latent.scores), axis=-1).T
    unreported = np.flatnonzero(absent[primary])
    if not unreported.size:
        return latent
    scores = latent.scores.copy()
    ranks = np.moveaxis(ranks_from_scores(latent.scores), 1, 0)
    for station in unreported:
        donor = _donor(ranks, absent, int(station), primary)
        scores[station, primary] = latent.scores[donor, primary]
        _LOGGER.warning(
            "%s is not reported at %s: it stays missing there, and the other variables depend on that of %s, whose weather is "
            "most like; a scenario reaches them by way of it.",
            observations.names[primary],
            observations.stations[station],
            observations.stations[donor],
        )
    return replace(latent, scores=scores)


@dataclass(frozen=True)
class Dependence:
    """How the dependence between variables is described.

    Attributes
    ----------
    vine : {"c", "d", "r"}
        Kind of the vine.
    families : tuple of str or None
        Names of the copulas to choose from.
    window, harmonics : int
        Half-width in days of the windows of the year, and number of harmonics.
    """

    vine: VineKind
    families: tuple[str, ...] | None
    window: int
    harmonics: int

    @classmethod
    def checked(cls, vine: str, families: Iterable[str] | None, window: int, harmonics: int) -> Dependence:
        """From what a user asks for.

        Raises
        ------
        FitError
            If there is no such vine or family, or a number is none.
        """
        if vine not in get_args(VineKind):
            raise FitError(f"vine is {vine!r}, but one of 'c' (canonical), 'd' (drawable) and 'r' (regular) is expected.")
        names = None if families is None else (families,) if isinstance(families, str) else tuple(families)
        for name in names or ():
            find_family(name)
        whole_number(window, "window", 0, N_DOYS // 2, error=FitError)
        whole_number(harmonics, "harmonics", 0, N_DOYS // 4, error=FitError)
        return cls(cast(VineKind, vine), names, int(window), int(harmonics))

    def fit(
        self,
        ranks: FloatArray,
        doy: IntArray,
        names: tuple[str, ...],
        *,
        root: int = 0,
        families: Iterable[str] | None = None,
        like: Vine | None = None,
        last: BoolArray | None = None,
    ) -> Vine:
        """A vine that begins with `root`, or one with the structure of another.

        Variables that are `last` (K,) come last in a canonical vine.
        """
        options: dict[str, Any] = {
            "variables": names,
            "families": families if self.families is None else self.families,
            "window": self.window,
            "fourier_order": self.harmonics,
        }
        if self.vine == "d":
            return fit_dvine(ranks, doy, root=root, order=None if like is None else like.order, **options)
        if isinstance(like, RVine):
            return fit_rvine(ranks, doy, structure=(like.order, like.partners), **options)
        if self.vine == "r":
            return fit_rvine(ranks, doy, root=root, **options)
        if like is None:
            return fit_cvine(ranks, doy, root=root, **options)
        order = like.order if last is None else sorted(like.order, key=lambda variable: bool(last[variable]))
        return fit_cvine(ranks, doy, order=order, **options)


def fit_vine(
    ranks: FloatArray,
    doy: IntArray,
    observations: Observations,
    dependence: Dependence,
    *,
    root: int,
    per_station: bool,
    n_workers: int = 1,
) -> Vine | StationVines:
    """The dependence between variables, from ranks (K, S, T).

    Structure and, where wanted, copulas come from all stations stacked. With copulas of their own, stations keep that
    structure, but for variables that a station does not report: in a canonical vine they come last and are taken from a donor, so
    that all that is reported depends on nothing but what is reported. The structure alone is found from few days and families.
    """
    names = observations.names
    _report_strangers(ranks, names)
    if not per_station or len(observations.stations) == 1 or len(names) == 1:
        return dependence.fit(ranks, doy, names, root=root)
    step = max(1, ranks.shape[1] * ranks.shape[2] // _STRUCTURE_DAYS)
    stacked = dependence.fit(ranks[..., ::step], doy[::step], names, root=root, families=_STATION_FAMILIES)
    absent = np.all(np.isnan(ranks), axis=-1)

    def fit_own(station: int) -> Vine:
        gone = absent[:, station]
        donors = {_donor(ranks, absent, station, int(variable)) for variable in np.flatnonzero(gone)}
        of_station = ranks[:, [station, *sorted(donors)]]
        together = (~np.isnan(of_station)).astype(np.float64)
        if (np.einsum("ist,jst->ij", together, together) == 0.0).any():
            of_station = ranks
        return dependence.fit(of_station, doy, names, families=_STATION_FAMILIES, like=stacked, last=gone)

    return station_vines(observations.stations, fit_own, n_workers=n_workers)


def _threads(n_workers: int | None) -> int:
    """Number of threads that is asked for, or that helps."""
    if n_workers is None:
        return min(available_cores(), _MOST_THREADS)
    return whole_number(n_workers, "n_workers", 1, error=FitError)


def _report_strangers(ranks: FloatArray, names: tuple[str, ...]) -> None:
    """Say which variables are independent for want of a station that reports both."""
    reported: BoolArray = np.asarray(np.isfinite(ranks).any(axis=-1))
    for one, other in combinations(range(len(names)), 2):
        if not (reported[one] & reported[other]).any():
            _LOGGER.warning(
                "%s and %s are never reported at the same station and are taken to depend on each other only through the "
                "other variables.",
                names[one],
                names[other],
            )


def vine_ranks(vine: Vine | StationVines, ranks: FloatArray, doy: IntArray) -> FloatArray:
    """Independent ranks (K, S, T) of dependent ones under the vine.

    A station that does not report a variable borrows its independent ranks from the station whose other variables are
    most like its own, and the dependence within the station turns them into ranks of the missing variable; so its other
    variables keep a complete vine, and the missing one is never written out.
    """
    absent = np.all(np.isnan(ranks), axis=-1)
    completed = np.where(absent[..., None], 0.5, ranks)
    independent = vine.rosenblatt(completed, doy)
    for station in np.flatnonzero(absent.any(axis=0)):
        own_vine = vine.vines[station] if isinstance(vine, StationVines) else vine
        for variable in (k for k in own_vine.order if absent[k, station]):
            of_station = independent[:, station].copy()
            of_station[variable] = independent[variable, _donor(ranks, absent, int(station), variable)]
            completed[variable, station] = own_vine.inverse_rosenblatt(of_station, doy)[variable]
            independent[:, station] = own_vine.rosenblatt(completed[:, station], doy)
    return independent


def long_run_tables(model: MultisiteModel, *, rng: np.random.Generator) -> RankTables:
    """Rank tables from `_TABLE_RUNS` realisations of the record's length, without scenario."""
    doy, n_variables = doy_index(model.times), len(model.variables)
    phases = [model.spectrum.draw_phases(model.n_days, rng=rng) for _ in range(_TABLE_RUNS)]
    # All runs of a few stations, and not all stations of a run: a table needs all runs, and memory would grow with stations.
    together = max(1, _TABLE_VALUES // (_TABLE_RUNS * n_variables * model.n_days))
    parts = []
    for first in range(0, len(model.sites), together):
        stations = slice(first, first + together)
        rows = model.spectrum.coefficients[first * n_variables : min(first + together, len(model.sites)) * n_variables]
        spectrum = LatentSpectrum(rows, model.n_days)
        latent = np.stack([spectrum.realize(own, model.n_days) for own in phases])
        scores = vine_scores(model, latent.reshape(_TABLE_RUNS, -1, n_variables, model.n_days), doy, stations)
        runs_last = np.moveaxis(scores.astype(np.float32), 0, -2)
        parts.append(RankTables.of(runs_last.reshape(*runs_last.shape[:2], -1)))
    return RankTables.joined(parts)


def _donor(ranks: FloatArray, absent: BoolArray, station: int, variable: int) -> int:
    candidates = np.flatnonzero(~absent[variable])
    shared = ~absent[:, station]
    likeness = []
    for candidate in candidates:
        usable = shared & ~absent[:, candidate]
        difference = ranks[usable, station] - ranks[usable, candidate]
        likeness.append(-np.nanmean(difference**2) if usable.any() else -np.inf)
    return int(candidates[int(np.argmax(likeness))])


def _primary_index(observations: Observations, primary_var: str | None) -> int:
    names = observations.names
    name = names[default_primary(observations.variables)] if primary_var is None else primary_var
    if name not in names:
        raise FitError(f"primary_var is {name!r}, but the observations have {', '.join(names)}: name one of these.")
    index = names.index(name)
    if np.all(np.isnan(observations.values[:, index])):
        raise FitError(f"{name} has no values at any station, but it is the primary variable: choose another primary_var.")
    return index


def _sites(observations: Observations) -> tuple[Site, ...]:
    positions = zip(observations.latitude, observations.longitude, observations.elevation, strict=True)
    return tuple(
        Site(name, float(latitude), float(longitude), float(elevation))
        for name, (latitude, longitude, elevation) in zip(observations.stations, positions, strict=True)
    )
