"""What the codemod knows of names: the old API, the new API, and the methods of a NumPy Generator."""

from types import MappingProxyType
from typing import Final

RNG: Final = "rng"
OLD_ROOTS: Final = frozenset({"varwg", "vg"})
LIBRARY_ROOTS: Final = frozenset({"varwg", "vg", "weathercop"})
OLD_NAMES: Final = frozenset({"rng", "get_rng", "reseed"})

# Modules of the predecessors through which the old names could be reached as well.
OLD_MODULES: Final = frozenset(
    {
        "base",
        "conditional_sim",
        "core",
        "distributions",
        "helpers",
        "meteo",
        "models",
        "phase_randomization",
        "plotting",
        "rain_stats",
        "resample",
        "seasonal",
        "seasonal_distributions",
        "seasonal_kde",
        "spectral",
        "time_series",
        "time_series_analysis",
        "times",
        "vg_base",
        "vg_core",
        "vg_plotting",
    }
)

SINGLE_SITE: Final = "VarWG"
MULTI_SITE: Final = "Multisite"
API_CLASSES: Final = MappingProxyType({"VarWG": SINGLE_SITE, "VG": SINGLE_SITE, "Multisite": MULTI_SITE})
# Those that take `rng`.
API_METHODS: Final = MappingProxyType(
    {
        SINGLE_SITE: frozenset({"fit", "simulate", "disaggregate", "predict_ensemble", "infill", "resample", "random_dryness"}),
        MULTI_SITE: frozenset({"fit", "fit_external", "simulate", "disaggregate"}),
    }
)
API_FUNCTIONS: Final = frozenset({"simulate"})
# Of the API's method names, those which hardly any other library has.
TELLING_METHODS: Final = frozenset({"disaggregate", "random_dryness", "simulate", "infill"})

GENERATOR_METHODS: Final = frozenset(
    [
        "beta",
        "binomial",
        "bit_generator",
        "bytes",
        "chisquare",
        "choice",
        "dirichlet",
        "exponential",
        "f",
        "gamma",
        "geometric",
        "gumbel",
        "hypergeometric",
        "integers",
        "laplace",
        "logistic",
        "lognormal",
        "logseries",
        "multinomial",
        "multivariate_hypergeometric",
        "multivariate_normal",
        "negative_binomial",
        "noncentral_chisquare",
        "noncentral_f",
        "normal",
        "pareto",
        "permutation",
        "permuted",
        "poisson",
        "power",
        "random",
        "rayleigh",
        "shuffle",
        "spawn",
        "standard_cauchy",
        "standard_exponential",
        "standard_gamma",
        "standard_normal",
        "standard_t",
        "triangular",
        "uniform",
        "vonmises",
        "wald",
        "weibull",
        "zipf",
    ]
)

# Methods of RandomState and functions of numpy.random -> what a Generator offers instead.
LEGACY_METHODS: Final = MappingProxyType(
    {
        "get_state": "rng.bit_generator.state",
        "rand": "rng.random(size=(d0, d1, ...))",
        "randint": "rng.integers(low, high, size)",
        "randn": "rng.standard_normal(size=(d0, d1, ...))",
        "random_integers": "rng.integers(low, high, size, endpoint=True)",
        "random_sample": "rng.random(size)",
        "ranf": "rng.random(size)",
        "sample": "rng.random(size)",
        "seed": "np.random.default_rng(seed)",
        "set_state": "rng.bit_generator.state = state",
        "tomaxint": "rng.integers(np.iinfo(np.int64).max)",
    }
)
MODERN_NUMPY_RANDOM: Final = frozenset(
    [
        "BitGenerator",
        "Generator",
        "MT19937",
        "PCG64",
        "PCG64DXSM",
        "Philox",
        "RandomState",
        "SFC64",
        "SeedSequence",
        "bit_generator",
        "default_rng",
        "mtrand",
    ]
)

# Method names that many libraries have: never matched to a user's class by name alone.
COMMON_METHODS: Final = frozenset(
    [
        "add",
        "append",
        "apply",
        "apply_async",
        "build",
        "call",
        "clear",
        "close",
        "copy",
        "cdf",
        "draw",
        "eval",
        "extend",
        "fit",
        "fit_transform",
        "generate",
        "get",
        "index",
        "init",
        "insert",
        "items",
        "join",
        "keys",
        "load",
        "main",
        "map",
        "mean",
        "next",
        "open",
        "pdf",
        "plot",
        "pop",
        "ppf",
        "predict",
        "process",
        "put",
        "read",
        "remove",
        "reset",
        "run",
        "sample",
        "save",
        "score",
        "send",
        "set",
        "shuffle",
        "sort",
        "split",
        "start",
        "std",
        "step",
        "stop",
        "submit",
        "sum",
        "test",
        "train",
        "transform",
        "update",
        "values",
        "var",
        "write",
    ]
)

# Methods of strings, containers, arrays, data frames and plots: too common to report each call.
EVERYDAY_METHODS: Final = frozenset(
    [
        "all",
        "any",
        "argmax",
        "argmin",
        "argsort",
        "astype",
        "clip",
        "close",
        "cumprod",
        "cumsum",
        "dot",
        "exists",
        "fill",
        "fillna",
        "flatten",
        "get_text",
        "grid",
        "groupby",
        "isel",
        "item",
        "legend",
        "max",
        "mean",
        "median",
        "min",
        "mkdir",
        "nonzero",
        "parse_args",
        "plot",
        "prod",
        "quantile",
        "ravel",
        "rename",
        "repeat",
        "reset_index",
        "reshape",
        "rolling",
        "round",
        "savefig",
        "scatter",
        "sel",
        "set_title",
        "set_xlabel",
        "set_ylabel",
        "show",
        "squeeze",
        "stack",
        "std",
        "sum",
        "swapaxes",
        "take",
        "to_csv",
        "to_dataframe",
        "to_netcdf",
        "tobytes",
        "tolist",
        "transpose",
        "unlink",
        "var",
        "view",
        "write",
    ]
) | frozenset(dir(list) + dir(dict) + dir(str) + dir(set) + dir(int) + dir(float))

FACTORY_DECORATORS: Final = frozenset(
    {
        "staticmethod",
        "classmethod",
        "abc.abstractmethod",
        "abstractmethod",
        "contextlib.asynccontextmanager",
        "contextlib.contextmanager",
        "contextmanager",
        "typing.override",
        "typing.overload",
        "override",
        "overload",
        "functools.wraps",
        "typing.no_type_check",
        "typing.final",
        # Of the predecessors: both call the function with all its arguments.
        "varwg.helpers.asscalar",
        "varwg.helpers.cache",
        "vg.helpers.asscalar",
        "vg.helpers.cache",
    }
)
PROPERTY_DECORATORS: Final = frozenset({"property", "functools.cached_property", "cached_property", "abc.abstractproperty"})
CACHE_DECORATORS: Final = frozenset({"functools.cache", "functools.lru_cache", "cache", "lru_cache"})

# Callables that call a function given to them at once, or hand it on unchanged, in this thread.
CALLING_BUILTINS: Final = frozenset(
    {
        "map",
        "filter",
        "sorted",
        "min",
        "max",
        "functools.reduce",
        "itertools.starmap",
        "itertools.takewhile",
        "itertools.dropwhile",
        "itertools.accumulate",
        "numpy.apply_along_axis",
        "numpy.apply_over_axes",
        "numpy.fromfunction",
        "numpy.vectorize",
        "numpy.piecewise",
    }
)
# Libraries whose functions do the same: minimisers, integrators.
CALLING_LIBRARIES: Final = frozenset({"scipy"})
PARTIAL: Final = frozenset({"functools.partial", "functools.partialmethod"})
# Methods and functions that run a function given to them in another thread or process.
EXECUTOR_METHODS: Final = frozenset(
    {
        "submit",
        "map",
        "imap",
        "imap_unordered",
        "map_async",
        "starmap",
        "starmap_async",
        "apply",
        "apply_async",
        "run_in_executor",
        "to_thread",
        "delayed",
        "Thread",
        "Process",
        "process_map",
        "thread_map",
        "Timer",
    }
)

# Roots whose functions do not draw from the old stream, so that a call of them is no hidden draw.
HARMLESS_ROOTS: Final = frozenset(
    [
        "argparse",
        "builtins",
        "collections",
        "contextlib",
        "copy",
        "csv",
        "datetime",
        "functools",
        "gc",
        "io",
        "itertools",
        "json",
        "logging",
        "math",
        "matplotlib",
        "mpl",
        "multiprocessing",
        "netCDF4",
        "numpy",
        "operator",
        "os",
        "pandas",
        "pathlib",
        "pickle",
        "plt",
        "pprint",
        "pytest",
        "random",
        "re",
        "scipy",
        "shutil",
        "string",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "tqdm",
        "traceback",
        "typing",
        "unittest",
        "warnings",
        "xarray",
        "concurrent",
    ]
)
HARMLESS_LIBRARY_CALLS: Final = frozenset(
    {"set_conf", "read_met", "realization_rng", "realization_seed", "VarWG", "VG", "Multisite"}
)

GENERATOR_TYPE: Final = "numpy.random.Generator"
MAIN_NAMES: Final = frozenset({"main", "_main"})
SETUP_METHODS: Final = frozenset({"setUp", "setup_method"})
TEST_HOOKS: Final = frozenset(
    {
        "setUp",
        "tearDown",
        "setUpClass",
        "tearDownClass",
        "setup_method",
        "teardown_method",
        "setup_class",
        "teardown_class",
        "setup_module",
        "teardown_module",
        "setup_function",
        "teardown_function",
        "setUpModule",
        "tearDownModule",
        "asyncSetUp",
        "asyncTearDown",
        "runTest",
    }
)
