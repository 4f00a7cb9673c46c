"""Vines against the multivariate normal, independence, pyvinecopulib and themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from varwg import N_DOYS, daily_times, doy_index
from varwg._persistence import decode, encode
from varwg.errors import FitError, ScenarioError
from weathercop.copulas import Rotated, SeasonalCopula, find_family
from weathercop.copulas._likelihood import kendall_tau
from weathercop.vines import (
    VINE_CLASSES,
    CVine,
    DVine,
    RVine,
    StationVines,
    Vine,
    fit_cvine,
    fit_dvine,
    fit_rvine,
    fit_station_vines,
)
from weathercop.vines._base import dependent_scores

DOY = doy_index(daily_times("2001-03-01", 3000))
SEASON = np.cos(2.0 * np.pi * np.arange(N_DOYS) / N_DOYS)


def edge(name: str, tau: float, rotation: int = 0, amplitude: float = 0.1) -> SeasonalCopula:
    """A copula whose tau swings around a mean."""
    if name == "independence":
        return SeasonalCopula(name, 0, np.empty((N_DOYS, 0)))
    copula = Rotated(find_family(name), rotation)
    shape = {"student": (5.0,), "bb7": (0.3,)}.get(name, ())
    first = copula.from_tau(tau + amplitude * SEASON, tuple(np.asarray(value) for value in shape))
    table = np.column_stack([first, *(np.full(N_DOYS, value) for value in shape)])
    return SeasonalCopula(name, rotation, table, seasonal=True)


NAMES = ("theta", "R", "rh", "sun")
ROTATED = (
    (edge("clayton", -0.4, 90), edge("joe", 0.3, 180), edge("gumbel", -0.35, 270)),
    (edge("bb7", 0.35), edge("clayton", -0.3, 270)),
    (edge("student", -0.2),),
)
#: The same copulas on three structures, with orders that are not the identity.
VINES = (
    CVine(NAMES, (2, 0, 3, 1), ROTATED),
    DVine(NAMES, (2, 0, 3, 1), ROTATED),
    RVine(NAMES, (2, 0, 3, 1), ((2, 0, 0), (2, 2), (3,)), ROTATED),
)
every_vine = pytest.mark.parametrize("vine", VINES, ids=lambda vine: type(vine).__name__)


@every_vine
def test_inverse_undoes_rosenblatt(vine: Vine) -> None:
    uniform = np.random.default_rng(1).random((4, 3, DOY.size))
    dependent = vine.inverse_rosenblatt(uniform, DOY)
    np.testing.assert_allclose(vine.rosenblatt(dependent, DOY), uniform, atol=1e-9)
    assert dependent.shape == uniform.shape
    np.testing.assert_array_equal(dependent[vine.order[0]], uniform[vine.order[0]])


@every_vine
def test_scores_become_those_of_the_ranks(vine: Vine) -> None:
    """To the digits that a rank near 1 has left, one of 1 - 1e-5 eleven; and the same bits in company of whatever stations."""
    doy, rng = DOY[:365], np.random.default_rng(11)
    independent = rng.standard_normal((5, 3, 4, doy.size))
    independent[0, 0, :, :3] = [[-8.0, 0.0, 4.0]] * 4
    together = dependent_scores((vine, VINES[0], vine), independent, doy)
    for station in (0, 2):
        ranks = vine.inverse_rosenblatt(special.ndtr(np.moveaxis(independent[:, station], 1, 0)), doy)
        np.testing.assert_allclose(special.ndtr(np.moveaxis(together[:, station], 1, 0)), ranks, rtol=0, atol=1e-11)
        alone = dependent_scores((vine,), independent[:2, station : station + 1], doy)
        np.testing.assert_array_equal(alone[:, 0], together[:2, station])
    extreme = dependent_scores((vine,), np.full((1, 1, 4, doy.size), -9.0), doy)
    assert extreme.min() >= special.ndtri(1e-12)
    dependent_scores((vine, VINES[0], vine), independent, doy, out=independent)
    np.testing.assert_array_equal(independent, together)


@every_vine
def test_first_tree_has_the_right_corners(vine: Vine) -> None:
    """Clayton by 90 degrees: where the given variable is high, the target is low, and not the other way round.

    9000 pairs: the two counts are about 200 and 90, 8 standard deviations apart.
    """
    uniform = np.random.default_rng(2).random((4, 3, DOY.size))
    dependent = vine.inverse_rosenblatt(uniform, DOY)
    given, target = dependent[vine.partner(0, 1)], dependent[vine.order[1]]
    tail = np.count_nonzero((given > 0.95) & (target < 0.05))
    assert tail > 1.5 * np.count_nonzero((given < 0.05) & (target > 0.95))


@every_vine
def test_first_tree_has_the_right_tau_on_each_side_of_the_year(vine: Vine) -> None:
    """About 1500 x 3 pairs each: a standard error of 0.01."""
    dependent = vine.inverse_rosenblatt(np.random.default_rng(3).random((4, 3, DOY.size)), DOY)
    for days in (SEASON[DOY] > 0.0, SEASON[DOY] < 0.0):
        for position in (1, 2, 3):
            copula = vine.edges[0][position - 1]
            pair = dependent[vine.partner(0, position)][:, days], dependent[vine.order[position]][:, days]
            assert kendall_tau(*pair) == pytest.approx(np.mean(copula.tau()[DOY[days]]), abs=0.05)


@every_vine
def test_density_is_that_of_the_transform(vine: Vine) -> None:
    """The Jacobian of Rosenblatt's transform, by differences, is the density."""
    point, rows = np.array([0.3, 0.6, 0.45, 0.8])[:, np.newaxis], np.array([40])
    step = 1e-5
    jacobian = np.empty((4, 4))
    for column in range(4):
        shift = np.zeros((4, 1))
        shift[column] = step
        difference = vine.rosenblatt(point + shift, rows) - vine.rosenblatt(point - shift, rows)
        jacobian[:, column] = difference[:, 0] / (2.0 * step)
    expected = np.log(np.abs(np.linalg.det(jacobian)))
    assert vine.log_density(point, rows)[0] == pytest.approx(expected, abs=1e-6)


def with_edges(vine: Vine, edges: tuple[tuple[SeasonalCopula, ...], ...]) -> Vine:
    """The structure of a vine with other pairs."""
    kind: Callable[..., Vine] = type(vine)
    more = {"partners": vine.partners} if isinstance(vine, RVine) else {}
    return kind(variables=vine.variables, order=vine.order, edges=edges, **more)


@every_vine
def test_independence_is_the_identity(vine: Vine) -> None:
    alone = with_edges(vine, tuple(tuple(edge("independence", 0.0) for _ in row) for row in vine.edges))
    uniform = np.random.default_rng(4).random((4, DOY.size))
    np.testing.assert_array_equal(alone.rosenblatt(uniform, DOY), uniform)
    np.testing.assert_array_equal(alone.inverse_rosenblatt(uniform, DOY), uniform)
    np.testing.assert_array_equal(alone.log_density(uniform, DOY), 0.0)


CORRELATION = np.array([[1.0, 0.6, -0.5, 0.2], [0.6, 1.0, -0.3, 0.4], [-0.5, -0.3, 1.0, 0.1], [0.2, 0.4, 0.1, 1.0]])


def partial_correlation(one: int, other: int, rest: list[int]) -> float:
    precision = np.linalg.inv(CORRELATION[np.ix_([one, other, *rest], [one, other, *rest])])
    return float(-precision[0, 1] / np.sqrt(precision[0, 0] * precision[1, 1]))


def gaussian_vine(vine: Vine) -> Vine:
    """The structure of a vine with the partial correlations of one multivariate normal."""
    rows = []
    for tree in range(3):
        row = []
        for position in range(tree + 1, 4):
            members = [vine.order[position], *(vine.partner(level, position) for level in range(tree + 1))]
            rho = partial_correlation(members[0], members[-1], members[1:-1])
            row.append(SeasonalCopula("gaussian", 0, np.full((N_DOYS, 1), rho)))
        rows.append(tuple(row))
    return with_edges(vine, tuple(rows))


@every_vine
def test_gaussian_vine_is_the_multivariate_normal(vine: Vine) -> None:
    normal = gaussian_vine(vine)
    uniform = np.random.default_rng(5).random((4, 50))
    rows = DOY[:50]
    order = list(normal.order)
    factor = np.linalg.cholesky(CORRELATION[np.ix_(order, order)])
    expected = np.empty((4, 50))
    expected[order] = factor @ special.ndtri(uniform[order])
    scores = special.ndtri(normal.inverse_rosenblatt(uniform, rows))
    np.testing.assert_allclose(scores, expected, atol=1e-9)
    density = stats.multivariate_normal(np.zeros(4), CORRELATION).logpdf(expected.T) - stats.norm.logpdf(expected).sum(0)
    np.testing.assert_allclose(normal.log_density(special.ndtr(expected), rows), density, atol=1e-9)


def test_all_structures_of_one_normal_agree() -> None:
    uniform = np.random.default_rng(6).random((4, 20))
    densities = [gaussian_vine(vine).log_density(uniform, DOY[:20]) for vine in VINES]
    np.testing.assert_allclose(densities[0], densities[1], atol=1e-10)
    np.testing.assert_allclose(densities[0], densities[2], atol=1e-10)


def test_agrees_with_pyvinecopulib() -> None:
    """C- and D-vines with constant rotated copulas: the same density, and the same transform where orders agree."""
    library = pytest.importorskip("pyvinecopulib")
    copulas = {
        (0, 0): ("clayton", 90, (1.4,)), (0, 1): ("gumbel", 180, (1.7,)), (0, 2): ("student", 0, (-0.5, 4.0)),
        (1, 0): ("joe", 270, (1.6,)), (1, 1): ("frank", 0, (3.0,)), (2, 0): ("gaussian", 0, (0.3,)),
    }  # fmt: skip

    def ours(tree: int, number: int, turned: bool) -> SeasonalCopula:
        name, rotation, values = copulas[tree, number]
        copula = SeasonalCopula(name, rotation, np.tile(values, (N_DOYS, 1)))
        return copula.exchanged() if turned else copula

    def theirs(tree: int, number: int) -> object:
        name, rotation, values = copulas[tree, number]
        return library.Bicop(getattr(library.BicopFamily, name), rotation, np.reshape(values, (-1, 1)))

    pairs = [[theirs(tree, number) for number in range(3 - tree)] for tree in range(3)]
    points = np.random.default_rng(7).uniform(0.05, 0.95, (4, 200))
    rows = DOY[:200]
    # in their arrays a column lists the variable last and its partners above; column 0 is the last of our order
    for kind, structure in ((CVine, library.CVineStructure), (DVine, library.DVineStructure)):
        order = (3, 1, 0, 2)
        matrix = np.asarray(structure([index + 1 for index in reversed(order)]).matrix, dtype=int)
        model = library.Vinecop.from_structure(matrix=matrix, pair_copulas=pairs)
        edges = tuple(tuple(ours(tree, 2 - tree - offset, True) for offset in range(3 - tree)) for tree in range(3))
        vine = kind(("a", "b", "c", "d"), order, edges)
        np.testing.assert_allclose(np.exp(vine.log_density(points, rows)), model.pdf(points.T), rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(vine.rosenblatt(points, rows).T, model.rosenblatt(points.T), atol=1e-8)


def sample_of(vine: Vine, n_stations: int = 3, seed: int = 8) -> np.ndarray:
    return vine.inverse_rosenblatt(np.random.default_rng(seed).random((4, n_stations, DOY.size)), DOY)


FEW = ("gaussian", "frank", "clayton", "gumbel")


def test_cvine_fit_recovers_root_and_families() -> None:
    """The root of the first tree has the larger index; 9000 pairs."""
    edges = (
        (edge("clayton", -0.5, 90), edge("gumbel", 0.4), edge("frank", -0.3)),
        (edge("frank", 0.4), edge("clayton", 0.2, 180)),
        (edge("independence", 0.0),),
    )
    truth = CVine(NAMES, (3, 1, 0, 2), edges)
    ranks = sample_of(truth)
    fit = fit_cvine(ranks, DOY, variables=NAMES, root=3, families=FEW)
    assert fit.order == truth.order
    for fitted, known in zip(sum(fit.edges, ()), sum(edges, ()), strict=True):
        assert (fitted.family, fitted.rotation) == (known.family, known.rotation)
        np.testing.assert_allclose(fitted.tau(), known.tau(), atol=0.07)
    assert fit.loglikelihood == pytest.approx(np.sum(fit.log_density(ranks, DOY)), rel=1e-8)
    assert fit.aic == pytest.approx(2.0 * fit.n_free - 2.0 * fit.loglikelihood)
    independent = fit.rosenblatt(ranks, DOY)
    for one, other in permutations(range(4), 2):
        assert abs(kendall_tau(independent[one], independent[other])) < 0.035
    np.testing.assert_allclose(fit.inverse_rosenblatt(independent, DOY), ranks, atol=1e-9)


def test_rvine_fit_finds_the_strong_trees() -> None:
    edges = (
        (edge("frank", 0.6), edge("gumbel", 0.55), edge("clayton", -0.5, 90)),
        (edge("frank", 0.2), edge("gaussian", -0.25)),
        (edge("independence", 0.0),),
    )
    truth = RVine(NAMES, (2, 0, 3, 1), ((2, 0, 0), (2, 2), (3,)), edges)
    ranks = sample_of(truth)
    fit = fit_rvine(ranks, DOY, variables=NAMES, root=2, families=FEW)
    assert fit.order[0] == 2
    first_tree = {frozenset((fit.order[number + 1], fit.partners[0][number])) for number in range(3)}
    assert first_tree == {frozenset(pair) for pair in ((2, 0), (0, 3), (0, 1))}
    known = float(np.sum(truth.log_density(ranks, DOY)))
    assert fit.loglikelihood == pytest.approx(known, abs=60.0)
    given = fit_rvine(ranks, DOY, variables=NAMES, structure=(truth.order, truth.partners), families=FEW, fourier_order=1)
    assert (given.order, given.partners) == (truth.order, truth.partners)
    for fitted, expected in zip(sum(given.edges, ()), sum(edges, ()), strict=True):
        assert (fitted.family, fitted.rotation) == (expected.family, expected.rotation)
    np.testing.assert_allclose(fit.inverse_rosenblatt(fit.rosenblatt(ranks, DOY), DOY), ranks, atol=1e-9)


def test_dvine_fit_finds_the_path() -> None:
    edges = (
        (edge("frank", 0.6), edge("gumbel", 0.5), edge("clayton", -0.5, 90)),
        (edge("independence", 0.0), edge("independence", 0.0)),
        (edge("independence", 0.0),),
    )
    truth = DVine(NAMES, (2, 0, 3, 1), edges)
    ranks = sample_of(truth)
    fit = fit_dvine(ranks, DOY, variables=NAMES, families=FEW)
    assert fit.order in (truth.order, truth.order[::-1])
    given = fit_dvine(ranks, DOY, variables=NAMES, order=truth.order, families=FEW)
    assert [[e.family for e in row] for row in given.edges] == [[e.family for e in row] for row in edges]
    assert given.edges[0][2].rotation == 90


def test_likelihood_as_weight_takes_pairs_that_tau_misses() -> None:
    """A strong dependence whose sign changes with u has tau 0 but a likelihood."""
    rng = np.random.default_rng(9)
    u, w = rng.random((2, DOY.size))
    student = Rotated(find_family("student")).h_inverse(u, w, (np.asarray(0.0), np.asarray(2.0)))
    weak = edge("gaussian", 0.05, amplitude=0.0).h_inverse(rng.random(DOY.size), u, DOY)
    ranks = np.stack([u, weak, student])
    options: dict[str, Any] = {"variables": ("a", "b", "c"), "families": ("gaussian", "student"), "fourier_order": 0}
    by_tau = fit_cvine(ranks, DOY, root=1, **options)
    by_likelihood = fit_dvine(ranks, DOY, weights="likelihood", **options)
    assert by_tau.order[0] == 1
    assert set(by_likelihood.order[:2]) == {0, 2} or set(by_likelihood.order[1:]) == {0, 2}


def test_truncation_leaves_independence_beyond() -> None:
    ranks = sample_of(VINES[0])
    for fit in (fit_cvine, fit_dvine, fit_rvine):
        vine = fit(ranks, DOY, variables=NAMES, families=["gaussian"], fourier_order=0, truncation=1)
        assert [e.family for row in vine.edges[1:] for e in row] == ["independence"] * 3
        assert all(e.family == "gaussian" for e in vine.edges[0])


@every_vine
def test_conditional_simulation(vine: Vine) -> None:
    """Given ranks of an admissible set, completed at random, have the joint distribution: their transform is uniform."""
    dependent = sample_of(vine)
    uniform = np.random.default_rng(10).random(dependent.shape)
    sets = vine.admissible_known_sets()
    assert all((name,) in sets for name in NAMES)
    for known in sets:
        rows = [NAMES.index(name) for name in known]
        start = uniform.copy()
        start[rows] = dependent[rows]
        completed = vine.conditional_inverse_rosenblatt(start, DOY, known)
        np.testing.assert_array_equal(completed[rows], dependent[rows])
        independent = vine.rosenblatt(completed, DOY)
        for one in range(4):
            assert stats.kstest(independent[one].ravel(), "uniform").statistic < 0.025
            for other in range(one):
                assert abs(kendall_tau(independent[one], independent[other])) < 0.04
    np.testing.assert_allclose(
        vine.conditional_inverse_rosenblatt(uniform, DOY, ()), vine.inverse_rosenblatt(uniform, DOY), atol=1e-12
    )
    np.testing.assert_array_equal(vine.conditional_inverse_rosenblatt(dependent, DOY, NAMES), dependent)


def test_conditions_that_the_vine_does_not_allow_are_named() -> None:
    vine = VINES[0]
    uniform = np.full((4, 5), 0.5)
    with pytest.raises(ScenarioError, match=r"conditional on R, sun.*R, rh; .*R, rh, theta|R, rh"):
        vine.conditional_inverse_rosenblatt(uniform, DOY[:5], ("R", "sun"))
    with pytest.raises(ScenarioError, match=r"'wind' is not a variable"):
        vine.conditional_inverse_rosenblatt(uniform, DOY[:5], ("wind",))


def test_one_variable_and_fifteen() -> None:
    alone = fit_cvine(np.random.default_rng(1).random((1, 2, DOY.size)), DOY, variables=["theta"])
    ranks = np.random.default_rng(2).random((1, 2, DOY.size))
    np.testing.assert_array_equal(alone.inverse_rosenblatt(alone.rosenblatt(ranks, DOY), DOY), ranks)
    assert alone.loglikelihood == 0.0
    doy = DOY[:800]
    scores = np.cumsum(np.random.default_rng(3).normal(size=(15, doy.size)), axis=0) / np.sqrt(np.arange(1, 16))[:, None]
    many = special.ndtr(scores)
    names = [f"v{number}" for number in range(15)]
    for fit in (fit_cvine, fit_dvine, fit_rvine):
        vine = fit(many, doy, variables=names, families=["gaussian"], fourier_order=0, truncation=3)
        independent = vine.rosenblatt(many, doy)
        np.testing.assert_allclose(vine.inverse_rosenblatt(independent, doy), many, atol=1e-8)
    chain = fit_rvine(many, doy, variables=names, families=["gaussian"], fourier_order=0, truncation=1)
    links = {frozenset((chain.order[number + 1], chain.partners[0][number])) for number in range(14)}
    assert links == {frozenset((number, number + 1)) for number in range(14)}


def test_missing_ranks_are_left_out_of_the_fit_and_stay_missing() -> None:
    ranks = sample_of(VINES[0], n_stations=2)
    ranks[2, 0, :1000] = np.nan
    ranks[1, 1, 500:900] = np.nan
    vine = fit_cvine(ranks, DOY, variables=NAMES, root=2, families=FEW)
    assert vine.edges[0][0].n_pairs < ranks[0].size
    independent = vine.rosenblatt(ranks, DOY)
    assert np.isnan(independent[2, 0, :1000]).all()
    assert not np.isnan(independent[2, 0, 1000:]).any()
    whole = ~np.isnan(ranks).any(axis=0)
    assert not np.isnan(independent[:, whole]).any()


def test_one_vine_per_station() -> None:
    ranks = np.stack([sample_of(VINES[0], 1, 11)[:, 0], sample_of(VINES[1], 1, 12)[:, 0]], axis=1)
    fit = partial(fit_cvine, doy=DOY, variables=NAMES, root=2, families=["frank"])
    vines = fit_station_vines(ranks, stations=("A", "B"), fit=fit)
    assert isinstance(vines, StationVines)
    assert vines.variables == NAMES
    np.testing.assert_array_equal(vines.rosenblatt(ranks, DOY)[:, 1], vines.vines[1].rosenblatt(ranks[:, 1], DOY))
    np.testing.assert_allclose(vines.inverse_rosenblatt(vines.rosenblatt(ranks, DOY), DOY), ranks, atol=1e-9)
    assert "A\ntree" in str(vines)
    with pytest.raises(FitError, match="stations"):
        fit_station_vines(ranks, stations=("A",), fit=fit)
    with pytest.raises(FitError, match=r"^B: "):
        fit_station_vines(np.where(np.arange(2)[:, None] == 1, np.nan, ranks), stations=("A", "B"), fit=fit)


@every_vine
def test_table_and_file(vine: Vine) -> None:
    lines = str(vine).splitlines()
    assert len(lines) == 7
    assert lines[0].split() == ["tree", "edge", "family", "rotation", "tau"]
    assert lines[1].split()[:6] == ["1", "rh,", "theta", "clayton", "90", "-0.50"]
    assert " | " in lines[4]
    text, arrays = encode(vine)
    again = decode(text, arrays, VINE_CLASSES)
    uniform = np.random.default_rng(1).random((4, 30))
    np.testing.assert_array_equal(again.inverse_rosenblatt(uniform, DOY[:30]), vine.inverse_rosenblatt(uniform, DOY[:30]))


def test_fits_are_deterministic() -> None:
    ranks = sample_of(VINES[2])
    first, second = (fit_rvine(ranks, DOY, variables=NAMES, families=["frank", "clayton"]) for _ in range(2))
    assert encode(first)[0] == encode(second)[0]
    for row, other in zip(first.edges, second.edges, strict=True):
        for one, two in zip(row, other, strict=True):
            np.testing.assert_array_equal(one.parameters, two.parameters)


def test_impossible_requests_are_refused() -> None:
    ranks = np.random.default_rng(1).random((3, 400))
    for fit in (fit_cvine, fit_dvine, fit_rvine):
        with pytest.raises(FitError, match="2 names"):
            fit(ranks, DOY[:400], variables=["a", "b"])
        with pytest.raises(FitError, match="weights"):
            fit(ranks, DOY[:400], variables=["a", "b", "c"], weights="rho")
        with pytest.raises(FitError, match="truncation"):
            fit(ranks, DOY[:400], variables=["a", "b", "c"], truncation=-1)
    with pytest.raises(FitError, match="root is 3"):
        fit_cvine(ranks, DOY[:400], variables=["a", "b", "c"], root=3)
    with pytest.raises(FitError, match="order is"):
        fit_dvine(ranks, DOY[:400], variables=["a", "b", "c"], order=[0, 1, 1])
    with pytest.raises(FitError, match="rows of"):
        fit_rvine(ranks, DOY[:400], variables=["a", "b", "c"], structure=([0, 1, 2], [[0, 1]]))
    four = np.random.default_rng(1).random((4, 400))
    with pytest.raises(FitError, match="not a regular vine"):
        fit_rvine(
            four,
            DOY[:400],
            variables=["a", "b", "c", "d"],
            structure=([0, 1, 2, 3], [[0, 1, 0], [0, 2], [1]]),
            families=["frank"],
        )
    with pytest.raises(FitError, match="a and b: "):
        fit_cvine(np.stack([ranks[0], ranks[0]]), DOY[:400], variables=["a", "b"], families=["gaussian"])
