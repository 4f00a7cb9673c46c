"""Every family and rotation against identities, exact decimal arithmetic, pyvinecopulib and its own samples."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from scipy import special

from weathercop.copulas import FAMILIES, Rotated, find_family
from weathercop.copulas._base import Parameters, Unit, quadrature_nodes
from weathercop.copulas._likelihood import kendall_tau

#: Values of the second parameter, where there is one.
SHAPES = {"student": (2.5, 4.0, 18.0), "bb1": (1.05, 1.5, 3.0), "bb7": (0.1, 0.6, 3.0)}
DEPENDENT = tuple(family for family in FAMILIES if family.parameter_names)
CORNERS = np.array([1e-12, 1e-9, 1e-6, 1e-3, 0.02, 0.2, 0.5, 0.7, 0.95, 1 - 1e-3, 1 - 1e-6, 1 - 1e-9, 1 - 1e-12])


def rotated_families() -> list[Rotated]:
    return [Rotated(family, rotation) for family in FAMILIES for rotation in family.rotations]


def label(copula: Rotated) -> str:
    return f"{copula.family.name}-{copula.rotation}"


every_copula = pytest.mark.parametrize("copula", rotated_families(), ids=label)


def parameter_sets(copula: Rotated, fractions: tuple[float, ...] = (0.02, 0.3, 0.6, 0.97)) -> list[tuple[np.ndarray, ...]]:
    """Parameters that reach the given fractions of the range of tau, for all shapes."""
    family = copula.family
    if not family.parameter_names:
        return [()]
    sets = []
    for shape in SHAPES.get(family.name, (None,)):
        fixed = () if shape is None else (np.asarray(shape),)
        low, high = family.tau_range(fixed)
        sets += [(family.from_tau(low + fraction * (high - low), fixed), *fixed) for fraction in fractions]
    return sets


def moderate(copula: Rotated) -> tuple[np.ndarray, ...]:
    """Parameters of a moderate dependence."""
    family = copula.family
    if not family.parameter_names:
        return ()
    fixed = tuple(np.asarray(shape) for shape in SHAPES.get(family.name, ())[1:2])
    low, high = family.tau_range(fixed)
    tau = float(np.clip(0.4 if high > 0.4 else 0.8 * (high if high > 0.01 else low), low + 0.01, high))
    return (family.from_tau(tau, fixed), *fixed)


@every_copula
def test_the_bits_of_an_element_do_not_depend_on_its_neighbours(copula: Rotated) -> None:
    """Several members are transformed together, and how many is nobody's business: alone or in company, the same bits."""
    rng = np.random.default_rng(20)
    u, q = np.concatenate([rng.random((2, 400)), np.array(np.meshgrid(CORNERS, CORNERS)).reshape(2, -1)], axis=1)
    for parameters in parameter_sets(copula):
        for function in (copula.h, copula.h_inverse):
            together = function(np.stack([u, u[::-1], u]), np.stack([q, q[::-1], q]), parameters)
            alone = function(u, q, parameters)
            assert np.array_equal(together[0], alone)
            assert np.array_equal(together[1, ::-1], alone)
            for piece in (slice(0, 1), slice(7, 24), slice(380, 431)):
                assert np.array_equal(function(u[piece], q[piece], parameters), alone[piece])


@every_copula
def test_inverse_undoes_h_up_to_the_corners(copula: Rotated) -> None:
    """To 1e-10, or as near as the two floats around the target allow where h is too steep for that."""
    u, q = np.meshgrid(CORNERS, CORNERS, indexing="ij")
    for parameters in parameter_sets(copula):
        v = copula.h_inverse(u, q, parameters)
        back = copula.h(u, v, parameters)
        below = copula.h(u, np.nextafter(v, 0.0), parameters)
        above = np.where(v < 1.0 - 2.0**-52, copula.h(u, np.nextafter(v, 1.0), parameters), 1.0)
        steepness = np.maximum(above - back, back - below)
        np.testing.assert_array_less(np.abs(back - q), 1e-10 + 1.5 * steepness, err_msg=str(parameters))


@every_copula
def test_h_undoes_its_inverse_where_floats_are_fine_enough(copula: Rotated) -> None:
    grid = np.array([1e-9, 1e-4, 0.03, 0.3, 0.5, 0.8, 0.99])
    v, u = np.meshgrid(grid, grid)
    parameters = moderate(copula)
    h = copula.h(u, v, parameters)
    inside = (h > 1e-6) & (h < 1.0 - 1e-6)
    np.testing.assert_allclose(copula.h_inverse(u, h, parameters)[inside], v[inside], rtol=1e-7)


@every_copula
def test_other_h_and_inverse_fit_each_other_and_the_cdf(copula: Rotated) -> None:
    u, v = np.meshgrid([0.07, 0.3, 0.61, 0.9], [0.11, 0.4, 0.77, 0.93])
    parameters = moderate(copula)
    q = copula.h_of_given(u, v, parameters)
    np.testing.assert_allclose(copula.h_inverse_of_given(v, q, parameters), u, rtol=1e-9)
    np.testing.assert_allclose(q, derivative(lambda x: copula.cdf(u, x, parameters), v), rtol=1e-7)


def derivative(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray, step: float = 1e-3) -> np.ndarray:
    """First derivative by differences of sixth order."""
    weights = ((1, 45.0), (2, -9.0), (3, 1.0))
    differences = [w * (function(x + k * step) - function(x - k * step)) for k, w in weights]
    return np.asarray(np.sum(differences, axis=0) / (60.0 * step))


@every_copula
def test_h_is_the_derivative_of_the_cdf_and_the_density_that_of_h(copula: Rotated) -> None:
    u, v = np.meshgrid([0.07, 0.3, 0.61, 0.9], [0.11, 0.4, 0.77, 0.93])
    for parameters in (moderate(copula), *parameter_sets(copula, (0.3,))):

        def cdf(x: np.ndarray, p: Parameters = parameters) -> np.ndarray:
            return copula.cdf(x, v, p)

        def h_at(x: np.ndarray, p: Parameters = parameters) -> np.ndarray:
            return copula.h(u, x, p)

        h = copula.h(u, v, parameters)
        np.testing.assert_allclose(h, derivative(cdf, u), atol=2e-7)
        slope = derivative(h_at, v)
        np.testing.assert_allclose(copula.density(u, v, parameters), slope, atol=2e-6, rtol=2e-6)


@every_copula
def test_margins_are_uniform(copula: Rotated) -> None:
    grid = np.array([0.01, 0.2, 0.5, 0.8, 0.99])
    for parameters in parameter_sets(copula, (0.1, 0.5)):
        np.testing.assert_allclose(copula.cdf(grid, 1.0, parameters), grid, atol=1e-9)
        np.testing.assert_allclose(copula.cdf(1.0, grid, parameters), grid, atol=1e-9)
        np.testing.assert_allclose(copula.cdf(grid, 0.0, parameters), 0.0, atol=1e-9)
        np.testing.assert_allclose(copula.h(grid, 1.0, parameters), 1.0, atol=1e-9)
        np.testing.assert_allclose(copula.h(grid, 0.0, parameters), 0.0, atol=1e-9)


@every_copula
def test_density_integrates_to_one(copula: Rotated) -> None:
    points, weights = quadrature_nodes()
    inner = (points.value > 1e-13) & (points.complement > 1e-13)
    u, w = points.value[inner], weights[inner]
    density = copula.density(u[:, np.newaxis], u, moderate(copula))
    assert w @ density @ w == pytest.approx(1.0, abs=2e-5)


@every_copula
def test_cdf_is_the_volume_below(copula: Rotated) -> None:
    """C(0.3, 0.6) as the integral of h over u."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    u = 0.3 * (0.5 * (nodes + 1.0)) ** 2
    jacobian = 0.3 * 0.5 * (nodes + 1.0)
    parameters = moderate(copula)
    volume = np.sum(weights * jacobian * copula.h(u, 0.6, parameters))
    assert copula.cdf(0.3, 0.6, parameters) == pytest.approx(volume, abs=1e-7)


@every_copula
def test_tau_is_four_times_the_expected_cdf_less_one(copula: Rotated) -> None:
    points, weights = quadrature_nodes()
    inner = (points.value > 1e-12) & (points.complement > 1e-12)
    u, w = points.value[inner], weights[inner]
    for parameters in (moderate(copula), *parameter_sets(copula, (0.3, 0.6))):
        joint = copula.cdf(u[:, np.newaxis], copula.h_inverse(u[:, np.newaxis], u, parameters), parameters)
        assert copula.tau(parameters) == pytest.approx(4.0 * (w @ joint @ w) - 1.0, abs=3e-5)


@pytest.mark.parametrize("family", DEPENDENT, ids=lambda family: family.name)
def test_tau_and_its_inverse(family: Any) -> None:
    for shape in SHAPES.get(family.name, (None,)):
        fixed = () if shape is None else (np.asarray(shape),)
        low, high = family.tau_range(fixed)
        tau = np.linspace(low, high, 25)
        theta = family.from_tau(tau, fixed)
        assert np.all(np.diff(theta) * family.direction > 0.0)
        np.testing.assert_allclose(family.tau((theta, *fixed)), tau, atol=1e-9)
        assert family.from_tau(2.0, fixed) in family.bounds[0]


@every_copula
def test_tail_dependence_is_the_limit_in_the_corners(copula: Rotated) -> None:
    parameters = moderate(copula)
    lower, upper = copula.tail_dependence(parameters)
    t = np.array([1e-4, 1e-6])
    slack = 0.04 if copula.family.name in ("gaussian", "student", "nelsen13", "bb1") else 0.005
    below = copula.cdf(t, t, parameters) / t
    above = 2.0 - (1.0 - copula.cdf(1.0 - t, 1.0 - t, parameters)) / t
    assert below[1] == pytest.approx(lower, abs=slack)
    assert above[1] == pytest.approx(upper, abs=slack)


@pytest.mark.parametrize(("rotation", "u_is_high"), [(90, True), (270, False)])
@pytest.mark.parametrize("name", ["clayton", "bb7"])
def test_rotations_put_the_tail_into_their_corner(name: str, rotation: int, u_is_high: bool) -> None:
    """The mass in two opposite corners, from the cdf and from conditional ranks, tells given from target."""
    copula = Rotated(find_family(name), rotation)
    parameters = (np.asarray(1.2), np.asarray(3.0)) if name == "bb7" else (np.asarray(3.0),)
    lower_right = 0.02 - copula.cdf(0.98, 0.02, parameters)
    upper_left = 0.02 - copula.cdf(0.02, 0.98, parameters)
    strong, weak = (lower_right, upper_left) if u_is_high else (upper_left, lower_right)
    assert strong > 0.012
    assert weak < 0.008
    given = 0.999 if u_is_high else 0.001
    target = copula.h_inverse(given, 0.5, parameters)
    assert (target < 0.01) if u_is_high else (target > 0.99)
    assert abs(copula.h_inverse(1.0 - given, 0.5, parameters) - (1.0 - target)) > 0.02
    assert copula.exchanged().rotation == 360 - rotation


def test_rotation_by_180_exchanges_the_tails() -> None:
    plain, turned = (Rotated(find_family("gumbel"), rotation) for rotation in (0, 180))
    parameters = (np.asarray(2.0),)
    np.testing.assert_allclose(turned.tail_dependence(parameters), plain.tail_dependence(parameters)[::-1])
    np.testing.assert_allclose(turned.density(0.1, 0.3, parameters), plain.density(0.9, 0.7, parameters))


@every_copula
def test_samples_have_uniform_margins_and_the_right_tau(copula: Rotated) -> None:
    """4000 pairs: tau has a standard error below 0.011, a rank's mean 0.0046; 5 of them: false alarms in 1e-6."""
    parameters = moderate(copula)
    u, v = copula.sample(4000, parameters, rng=np.random.default_rng(11))
    assert kendall_tau(u, v) == pytest.approx(float(copula.tau(parameters)), abs=0.055)
    assert np.mean(u) == pytest.approx(0.5, abs=0.023)
    assert np.mean(v) == pytest.approx(0.5, abs=0.023)


@every_copula
def test_nan_stays_nan_and_parameters_broadcast(copula: Rotated) -> None:
    parameters = tuple(np.full(3, value) for value in moderate(copula))
    u = np.array([[0.2, np.nan, 0.7], [0.2, 0.3, 0.7]])
    v = np.array([[0.5, 0.5, np.nan], [0.5, 0.6, 0.7]])
    for method in (copula.h, copula.h_inverse, copula.log_density, copula.cdf):
        result = method(u, v, parameters)
        single = method(0.3, 0.6, moderate(copula))
        assert result.shape == (2, 3)
        assert np.isnan(result[0]).tolist() in ([False, True, True], [False, False, True])
        assert not np.isnan(result[1]).any()
        assert result[1, 1] == pytest.approx(float(single), rel=1e-13)


def test_unknown_family_is_named() -> None:
    with pytest.raises(ValueError, match=r"'gauss'.*gaussian"):
        find_family("gauss")


def test_unit_keeps_the_digits_of_both_ends() -> None:
    unit = Unit.of(np.array([1e-300, 0.25, 1.0 - 2.0**-53]))
    np.testing.assert_allclose(unit.log(), [np.log(1e-300), np.log(0.25), -(2.0**-53)], rtol=1e-15)
    np.testing.assert_allclose(unit.flipped().log(), [-1e-300, np.log(0.75), np.log(2.0**-53)], rtol=1e-15)
    np.testing.assert_allclose(Unit.from_score(unit.score()).complement, unit.complement, rtol=1e-12)


# --- exact arithmetic -------------------------------------------------------------------------------------------------


def _ln(x: Decimal) -> Decimal:
    return x.ln()


def _frank(u: Decimal, v: Decimal, t: Decimal) -> Decimal:
    return -_ln(1 + ((-t * u).exp() - 1) * ((-t * v).exp() - 1) / ((-t).exp() - 1)) / t


def _plackett(u: Decimal, v: Decimal, t: Decimal) -> Decimal:
    s = 1 + (t - 1) * (u + v)
    return (s - (s * s - 4 * t * (t - 1) * u * v).sqrt()) / (2 * (t - 1))


def _joe(u: Decimal, v: Decimal, t: Decimal) -> Decimal:
    a, b = (1 - u) ** t, (1 - v) ** t
    return 1 - (a + b - a * b) ** (1 / t)


def _nelsen10(u: Decimal, v: Decimal, t: Decimal) -> Decimal:
    return u * v / (1 + (1 - u**t) * (1 - v**t)) ** (1 / t)


def _bb1(u: Decimal, v: Decimal, t: Decimal, d: Decimal) -> Decimal:
    return (1 + ((u**-t - 1) ** d + (v**-t - 1) ** d) ** (1 / d)) ** (-1 / t)


def _bb7(u: Decimal, v: Decimal, t: Decimal, d: Decimal) -> Decimal:
    p, r = 1 - (1 - u) ** t, 1 - (1 - v) ** t
    return 1 - (1 - (p**-d + r**-d - 1) ** (-1 / d)) ** (1 / t)


#: The distribution functions as the textbooks print them.
EXACT: dict[str, Callable[..., Decimal]] = {
    "clayton": lambda u, v, t: (u**-t + v**-t - 1) ** (-1 / t),
    "gumbel": lambda u, v, t: (-(((-_ln(u)) ** t + (-_ln(v)) ** t) ** (1 / t))).exp(),
    "frank": _frank,
    "plackett": _plackett,
    "joe": _joe,
    "amh": lambda u, v, t: u * v / (1 - t * (1 - u) * (1 - v)),
    "gumbel_barnett": lambda u, v, t: u * v * (-t * _ln(u) * _ln(v)).exp(),
    "nelsen10": _nelsen10,
    "nelsen12": lambda u, v, t: 1 / (1 + ((1 / u - 1) ** t + (1 / v - 1) ** t) ** (1 / t)),
    "nelsen13": lambda u, v, t: (1 - ((1 - _ln(u)) ** t + (1 - _ln(v)) ** t - 1) ** (1 / t)).exp(),
    "nelsen14": lambda u, v, t: (1 + ((u ** (-1 / t) - 1) ** t + (v ** (-1 / t) - 1) ** t) ** (1 / t)) ** -t,
    "bb1": _bb1,
    "bb7": _bb7,
}


@pytest.mark.parametrize("name", sorted(EXACT))
def test_against_differences_in_many_digits(name: str) -> None:
    """C, h and c from the textbook formula, also where that formula would overflow or cancel in doubles."""
    copula = Rotated(find_family(name))
    points = [1e-9, 1e-3, 0.3, 1.0 - 1e-6]
    for parameters in parameter_sets(copula, (0.1, 0.7))[:4]:
        with localcontext() as context:
            context.prec = 130
            step = Decimal(10) ** -30
            exact = [Decimal(float(value)) for value in parameters]
            for u in points:
                for v in points:
                    x, y = Decimal(u), Decimal(v)
                    c = {(i, j): EXACT[name](x + i * step, y + j * step, *exact) for i in (-1, 1) for j in (-1, 1)}
                    cdf = EXACT[name](x, y, *exact)
                    h = (c[1, 1] + c[1, -1] - c[-1, 1] - c[-1, -1]) / (4 * step)
                    density = (c[1, 1] - c[1, -1] - c[-1, 1] + c[-1, -1]) / (4 * step * step)
                    assert copula.cdf(u, v, parameters) == pytest.approx(float(cdf), rel=1e-9, abs=1e-15)
                    assert copula.h(u, v, parameters) == pytest.approx(float(h), rel=1e-9, abs=1e-14)
                    assert copula.density(u, v, parameters) == pytest.approx(float(density), rel=1e-8, abs=1e-60)


# --- pyvinecopulib ----------------------------------------------------------------------------------------------------

SHARED = {
    "gaussian": ((0.3,), (-0.8,)),
    "student": ((0.3, 4.0), (-0.7, 3.0)),
    "clayton": ((0.5,), (5.0,)),
    "gumbel": ((1.2,), (4.0,)),
    "frank": ((-3.0,), (8.0,)),
    "joe": ((1.3,), (5.0,)),
    "bb1": ((0.4, 1.3), (2.0, 2.5)),
    "bb7": ((1.4, 0.3), (2.0, 1.0)),
}


@pytest.mark.parametrize("name", sorted(SHARED))
def test_agrees_with_pyvinecopulib(name: str) -> None:
    """To 1e-8, rotations included; its own inverses of Gumbel, Joe and BB7 are less exact than that."""
    library = pytest.importorskip("pyvinecopulib")
    u, v = (x.ravel() for x in np.meshgrid(*2 * [[0.003, 0.03, 0.5, 0.77, 0.99]]))
    pairs = np.column_stack([u, v])
    family = find_family(name)
    for values in SHARED[name]:
        for rotation in family.rotations:
            theirs = library.Bicop(getattr(library.BicopFamily, name), rotation, np.reshape(values, (-1, 1)))
            ours = Rotated(family, rotation)
            parameters = tuple(np.asarray(value) for value in values)
            tolerance: dict[str, Any] = {"rtol": 1e-8, "atol": 1e-8}
            np.testing.assert_allclose(ours.density(u, v, parameters), theirs.pdf(pairs), **tolerance)
            np.testing.assert_allclose(ours.h(u, v, parameters), theirs.hfunc1(pairs), **tolerance)
            np.testing.assert_allclose(ours.h_of_given(u, v, parameters), theirs.hfunc2(pairs), **tolerance)
            np.testing.assert_allclose(ours.cdf(u, v, parameters), theirs.cdf(pairs), **tolerance)
            if name in ("gumbel", "joe", "bb7"):
                continue
            np.testing.assert_allclose(ours.h_inverse(u, v, parameters), theirs.hinv1(pairs), **tolerance)
            np.testing.assert_allclose(ours.h_inverse_of_given(v, u, parameters), theirs.hinv2(pairs), **tolerance)


def test_student_cdf_at_the_centre_is_that_of_the_gaussian() -> None:
    """P(X <= 0, Y <= 0) is 1/4 + arcsin(rho) / (2 pi) for every elliptical distribution."""
    for rho in (-0.95, -0.3, 0.0, 0.6, 0.99):
        expected = 0.25 + np.arcsin(rho) / (2.0 * np.pi)
        for name, more in (("gaussian", ()), ("student", (np.asarray(3.3),))):
            cdf = Rotated(find_family(name)).cdf(0.5, 0.5, (np.asarray(rho), *more))
            assert cdf == pytest.approx(expected, abs=1e-9)


def test_student_of_many_degrees_is_nearly_gaussian() -> None:
    u, v = np.meshgrid([0.1, 0.5, 0.8], [0.2, 0.6, 0.9])
    student = Rotated(find_family("student")).h(u, v, (np.asarray(0.5), np.asarray(60.0)))
    np.testing.assert_allclose(student, Rotated(find_family("gaussian")).h(u, v, (np.asarray(0.5),)), atol=0.01)


def test_student_takes_several_degrees_of_freedom_at_once() -> None:
    copula = Rotated(find_family("student"))
    nu = np.array([3.0, 7.5, 3.0])
    together = copula.h(np.array([0.1, 0.2, 0.3]), 0.4, (np.asarray(0.5), nu))
    apart = [copula.h(u, 0.4, (np.asarray(0.5), np.asarray(n))) for u, n in zip((0.1, 0.2, 0.3), nu, strict=True)]
    np.testing.assert_allclose(together, apart, rtol=1e-13)


def test_gaussian_h_is_a_linear_regression_of_scores() -> None:
    z = special.ndtri(Rotated(find_family("gaussian")).h_inverse(0.9, 0.5, (np.asarray(0.6),)))
    assert z == pytest.approx(0.6 * special.ndtri(0.9), rel=1e-14)
