"""What is known of libraries: which one is migrated, and what other libraries do. Data only."""
# ruff: noqa: SIM905 - long lists of names are easier to read as texts

import builtins
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
#: Modules of the standard library, and the names that Python has without an import.
STANDARD: Final = frozenset(sys.stdlib_module_names) | frozenset(dir(builtins))


@dataclass(frozen=True)
class Library:
    """A library with a hidden generator, and how programs say it explicitly.

    Parameters
    ----------
    name
        What `--select` calls it.
    roots
        Packages whose members the old names are.
    generator, getters, seeders
        Names of the hidden generator, of functions that return it, and of functions that seed it. Empty
        `generator`: the module `module` itself has the drawing functions.
    module
        Dotted name of the module whose functions draw, for libraries without a generator object.
    draws
        The drawing functions of `module`, each also a method of the explicit generator.
    state
        Functions of `module` that read or set the state; also methods of the explicit generator.
    api_classes, api_functions
        Classes (their name and the methods that take the generator) and functions of the library that draw.
    telling
        Method names of `api_classes` that hardly any other library has.
    renamed
        Methods that an explicit generator has by another name.
    spawning
        What makes other generators of one, or knows how it was seeded.
    maker, kind
        What of `numpy.random` makes an explicit generator of a seed, and of which class that is.
    explicit
        Names of a kind of explicit generator that is followed in place of a hidden one.
    hidden
        An expression for the hidden generator itself, after ``np.``; empty where the package has a getter.
    reseeding
        Method with which an explicit generator is seeded anew; empty where its state is set.
    restoring
        Method that sets the state of an explicit generator; empty where that is an attribute.
    keyword
        The argument by which functions of other libraries are given a generator.
    given
        Methods and functions of other libraries that draw from the hidden generator unless they are given another one, and
        how many positional arguments they have before that one.
    drawing
        What else draws from it in packages that otherwise do not, by package.
    quiet
        Packages that do not draw from it.
    by_thread
        Whether each thread has a hidden generator of its own; processes always have.
    task
        How each task of several is given a generator of its own.
    """

    name: str
    roots: frozenset[str]
    generator: str = ""
    getters: frozenset[str] = frozenset()
    seeders: frozenset[str] = frozenset()
    module: str = ""
    draws: frozenset[str] = frozenset()
    state: frozenset[str] = frozenset()
    api_classes: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    api_aliases: Mapping[str, str] = field(default_factory=lambda: _NONE)
    api_functions: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=lambda: _NONE)
    spawning: frozenset[str] = frozenset({"spawn", "seed_seq"})
    maker: str = "default_rng"
    kind: str = "Generator"
    explicit: frozenset[str] = frozenset()
    hidden: str = ""
    reseeding: str = ""
    restoring: str = ""
    keyword: str = "rng"
    given: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    drawing: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    quiet: frozenset[str] = frozenset()
    by_thread: bool = True
    task: str = "varwg.realization_rng(i, seed=seed)"

    @property
    def is_of_numpy(self) -> bool:
        """Whether the generators are NumPy's, whose name a file needs after the edits as well."""
        return "numpy" in self.roots

    @property
    def owner(self) -> str:
        """Whose objects `telling` methods are of."""
        return "scipy" if self.module else self.name

    @property
    def foreign_methods(self) -> frozenset[str]:
        """Methods of objects of other libraries that may draw from the hidden generator."""
        return frozenset({"rvs", "sample", "resample"}) if self.module else frozenset()

    @property
    def known(self) -> frozenset[str]:
        """All names in the module of the drawing functions that use the hidden generator."""
        return self.draws | self.state | self.seeders

    def places_given(self, dotted: str) -> int:
        """How many positional arguments a foreign function has before its generator; -1 if it takes none."""
        plain = dotted.replace("()", "")
        last = plain.rpartition(".")[2]
        if plain in self.given:
            return self.given[plain]
        root = plain.partition(".")[0]
        return self.given.get(f"{root}.*.{last}", -1)

    def may_draw(self, dotted: str) -> bool:
        """Whether a foreign function may draw from the hidden generator, as far as its name tells."""
        parts = dotted.replace("()", "").split(".")
        if parts[0] not in self.quiet and parts[0] not in STANDARD:
            return True
        return not self.drawing.get(parts[0], frozenset()).isdisjoint([*parts[1:], ".".join(parts)])

    @property
    def old_names(self) -> frozenset[str]:
        """The names of the hidden generator and the functions around it."""
        return self.getters | self.seeders | ({self.generator} if self.generator else frozenset())


SINGLE_SITE: Final = "VarWG"
MULTI_SITE: Final = "Multisite"

#: Methods of numpy.random.Generator.
GENERATOR_METHODS: Final = frozenset(
    """beta binomial bytes chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric integers laplace
    logistic lognormal logseries multinomial multivariate_hypergeometric multivariate_normal negative_binomial
    noncentral_chisquare noncentral_f normal pareto permutation permuted poisson power random rayleigh shuffle spawn
    standard_cauchy standard_exponential standard_gamma standard_normal standard_t triangular uniform vonmises wald weibull
    zipf""".split()
)

#: Methods of RandomState that a Generator has by another name, where somebody calls those of a Generator so.
RENAMED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rand": "random",
        "randn": "standard_normal",
        "randint": "integers",
        "random_integers": "integers",
        "random_sample": "random",
        "ranf": "random",
        "sample": "random",
    }
)

#: Functions of numpy.random that are methods of its hidden RandomState.
LEGACY_DRAWS: Final = frozenset(
    """beta binomial bytes chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric laplace logistic
    lognormal logseries multinomial multivariate_normal negative_binomial noncentral_chisquare noncentral_f normal pareto
    permutation poisson power rand randint randn random random_integers random_sample rayleigh shuffle standard_cauchy
    standard_exponential standard_gamma standard_normal standard_t tomaxint triangular uniform vonmises wald weibull zipf
    ranf sample""".split()
)

#: Packages that cannot draw from the hidden generator of another one than NumPy, beside the standard library.
KNOWN_PACKAGES: Final = frozenset(
    """numpy scipy pandas xarray matplotlib mpl_toolkits seaborn pytest hypothesis tqdm numba joblib dask distributed sklearn
    statsmodels netCDF4 cftime h5py zarr pyproj cartopy shapely geopandas sympy networkx pyvinecopulib numexpr bottleneck
    yaml toml tomli click typer rich attr attrs pydantic requests PIL cv2 skimage torch tensorflow jax nose mock setuptools
    pkg_resources IPython ipywidgets ipykernel jupyter nbformat plotly bokeh psutil cloudpickle dill pathos multiprocess
    lmfit emcee corner arviz pymc astropy iris cf_units pint dateutil pytz openpyxl xlrd tabulate jinja2 docutils sphinx
    typing_extensions mypy_extensions six packaging cython Cython pyximport fire docopt loguru autograd wrapt decorator
    colorama termcolor lxml bs4 sqlalchemy pyarrow fsspec s3fs uncertainties intake metpy windrose eofs pygrib cfgrib
    threadpoolctl coverage xdist pluggy sparse toolz cytoolz asciitable pyfftw mpmath gmpy2 patsy formulaic colorcet
    cmocean palettable adjustText cmcrameri schwimmbad mpi4py ray""".split()
)

VARWG: Final = Library(
    name="varwg",
    roots=frozenset({"varwg", "vg", "weathercop"}),
    generator="rng",
    getters=frozenset({"get_rng"}),
    seeders=frozenset({"reseed"}),
    api_classes=MappingProxyType(
        {
            SINGLE_SITE: frozenset(
                {"fit", "simulate", "disaggregate", "predict_ensemble", "infill", "resample", "random_dryness"}
            ),
            MULTI_SITE: frozenset({"at_places", "disaggregate", "fit", "fit_external", "leave_one_out", "simulate"}),
        }
    ),
    api_aliases=MappingProxyType({"VG": SINGLE_SITE}),
    api_functions=frozenset({"simulate"}),
    telling=frozenset({"disaggregate", "random_dryness", "simulate", "infill"}),
    renamed=RENAMED,
    quiet=KNOWN_PACKAGES | frozenset({"varwg", "vg", "weathercop"}),
)

#: Packages of `KNOWN_PACKAGES` that draw from NumPy's hidden generator in more places than can be listed.
_DRAWING_PACKAGES: Final = frozenset(
    """sklearn statsmodels skimage networkx seaborn emcee lmfit arviz pymc schwimmbad geopandas numba dask distributed
    hypothesis astropy iris eofs metpy torch tensorflow jax pyvinecopulib autograd corner ray""".split()
)
#: What draws from it in scipy unless it is given a generator, apart from `rvs`.
_SCIPY_DRAWING: Final = frozenset(
    """bootstrap permutation_test monte_carlo_test goodness_of_fit power dual_annealing basinhopping differential_evolution
    kmeans kmeans2 svds eigsh eigs lobpcg quadratic_assignment check_random_state anderson_ksamp dunnett resample_kde
    multivariate_t multivariate_hypergeom qmc_quad interpolative Rotation random random_array rand sampling rvs_ratio_uniforms
    onenormest expm_multiply clarkson_woodruff_transform rvs scipy.stats.fit""".split()
)

LEGACY_NUMPY: Final = Library(
    name="legacy-numpy",
    roots=frozenset({"numpy"}),
    generator="_rand",
    seeders=frozenset({"seed"}),
    module="numpy.random",
    draws=LEGACY_DRAWS,
    state=frozenset({"get_state", "set_state"}),
    telling=frozenset({"rvs"}),
    renamed=MappingProxyType({"ranf": "random_sample", "sample": "random_sample"}),
    spawning=frozenset(),
    maker="RandomState",
    kind="RandomState",
    hidden="random.mtrand._rand",
    reseeding="seed",
    restoring="set_state",
    keyword="random_state",
    given=MappingProxyType(
        {
            "scipy.*.rvs": 3,
            "numpy.array.rvs": 3,
            "pandas.*.sample": 4,
            "numpy.array.sample": 4,
            "numpy.array.impossible_sample": 4,
            "sklearn.model_selection.train_test_split": 99,
            "sklearn.utils.shuffle": 99,
            "sklearn.utils.resample": 99,
        }
    ),
    drawing=MappingProxyType(
        {"scipy": _SCIPY_DRAWING, "pandas": frozenset({"sample"}), "numpy": frozenset({"rvs", "sample", "resample_kde"})}
    ),
    quiet=(KNOWN_PACKAGES | frozenset({"varwg", "vg", "weathercop"})) - _DRAWING_PACKAGES,
    by_thread=False,
    task="np.random.RandomState([seed, i])",
)

#: The second step: what a program makes of `RandomState` itself; `generator_methods.py` says what becomes of its methods.
LEGACY_GENERATOR: Final = Library(
    name="legacy-numpy-generator",
    roots=frozenset({"numpy"}),
    explicit=frozenset({"numpy.random.RandomState", "numpy.random.mtrand.RandomState"}),
)

#: Libraries by the name that `--select` knows them by.
LIBRARIES: Final[Mapping[str, Library]] = MappingProxyType({each.name: each for each in (LEGACY_NUMPY, LEGACY_GENERATOR)})

#: What hands a function to another thread or process: a stream of its own.
THREADING: Final = frozenset(
    """threading.Thread threading.Timer multiprocessing.Process multiprocessing.Pool multiprocessing.pool.Pool
    multiprocessing.pool.ThreadPool concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor
    concurrent.futures.Executor joblib.delayed dask.delayed asyncio.to_thread _thread.start_new_thread
    multiprocess.Pool pathos.multiprocessing.Pool""".split()
)
#: Packages whose callables, given functions, run them elsewhere.
THREAD_PACKAGES: Final = frozenset({"threading", "_thread", "multiprocessing", "concurrent", "joblib", "dask", "distributed"})
#: Methods that hand their first argument to another thread or process, on objects of unknown type.
POOL_METHODS: Final = frozenset(
    """submit apply_async map_async imap imap_unordered starmap starmap_async map run_in_executor apply call_soon
    add_done_callback""".split()
)
#: Packages that call a function that they are given at once, in the same thread, with arguments of their own.
SYNCHRONOUS: Final = frozenset(
    """builtins functools itertools operator collections contextlib re heapq bisect timeit numpy scipy pandas xarray sklearn
    statsmodels lmfit emcee sympy toolz cytoolz random asyncio numdifftools""".split()
)
#: Packages that call what they are given later, in the same process.
CALLING_BACK: Final = frozenset(
    "matplotlib tkinter PyQt5 PyQt6 PySide2 PySide6 wx gi ipywidgets bokeh traitlets param atexit signal sched unittest".split()
)
#: Functions to which a function or class may be given as it is: they do not call it.
HARMLESS: Final = frozenset(
    """isinstance issubclass callable repr id hash print str format type len bool hasattr functools.wraps
    functools.update_wrapper typing.cast typing.NewType typing.TypeVar typing.get_type_hints abc.ABC.register hex
    contextlib.suppress pytest.raises pytest.warns warnings.filterwarnings warnings.simplefilter object.__new__
    types.MappingProxyType""".split()
)
#: External functions whose result holds what they were given, and that do not look at functions among it.
PASSING: Final = frozenset(
    """list tuple set frozenset dict sorted reversed enumerate zip iter next copy.copy itertools.chain itertools.cycle
    itertools.islice itertools.product itertools.repeat itertools.zip_longest itertools.tee min max collections.deque
    collections.OrderedDict collections.defaultdict collections.ChainMap itertools.chain.from_iterable typing.cast
    types.MappingProxyType random.choice any all sum types.SimpleNamespace tqdm.tqdm tqdm.trange tqdm.auto.tqdm
    tqdm.notebook.tqdm itertools.combinations itertools.permutations itertools.count functools.lru_cache functools.cache
    dataclasses.field dataclasses.replace""".split()
)
#: External functions that copy objects with all that they hold: a generator would be doubled.
COPYING: Final = frozenset(
    """copy.deepcopy pickle.dumps pickle.dump pickle.loads pickle.load joblib.dump joblib.load cloudpickle.dumps dill.dumps
    dill.dump shelve.open dataclasses.asdict vars""".split()
)

#: Decorators that leave signature and calls of what they decorate as they are.
TRANSPARENT: Final = frozenset(
    """functools.wraps contextlib.contextmanager contextlib.asynccontextmanager staticmethod classmethod abc.abstractmethod
    typing.overload typing.final typing.override typing.no_type_check functools.total_ordering typing.runtime_checkable
    pytest.mark dataclasses.dataclass hypothesis.settings hypothesis.given unittest.skip unittest.skipIf unittest.skipUnless
    unittest.expectedFailure enum.unique property functools.cached_property abc.abstractproperty
    typing_extensions.override typing_extensions.deprecated warnings.deprecated pytest.fixture pytest.yield_fixture
    unittest.mock.patch unittest.mock.patch.object numpy.errstate""".split()
)

#: Method names that many libraries have; nothing follows from them about objects of unknown type.
COMMON_METHODS: Final = frozenset(
    """add append apply apply_async build call clear close copy cdf draw eval extend fit fit_transform generate get index init
    insert items join keys load main map mean next open pdf plot pop ppf predict process put read remove reset run sample
    save score send set shuffle sort split start std step stop submit sum test train transform update values var write
    all any argmax argmin argsort astype clip conj cumprod cumsum diagonal dot dump dumps fill flatten item itemset max min
    nonzero partition prod ptp ravel repeat reshape resize round searchsorted squeeze swapaxes take tobytes tolist trace
    transpose view T real imag shape size ndim dtype flat
    capitalize casefold center count decode encode endswith expandtabs find format format_map isalnum isalpha isascii
    isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper ljust lower lstrip maketrans
    partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip splitlines startswith strip
    swapcase title translate upper zfill fromkeys popitem setdefault discard difference intersection union symmetric_difference
    isdisjoint issubset issuperset reverse popleft appendleft rotate group groups groupdict match search fullmatch finditer
    findall sub
    agg aggregate assign bfill corr cov describe diff drop drop_duplicates dropna droplevel duplicated equals ewm expanding
    explode ffill fillna filter first groupby head hist idxmax idxmin iloc info interpolate isel isin isna isnull iterrows
    itertuples last loc median melt merge mode nlargest nsmallest notna notnull nunique pct_change pipe pivot pivot_table
    quantile query rank reindex rename reset_index rolling select_dtypes sem sel set_index shift skew sort_index sort_values
    stack tail to_csv to_dataframe to_dict to_excel to_frame to_list to_netcdf to_numpy to_pandas to_parquet to_period
    to_pickle to_series to_string to_timestamp tz_convert tz_localize unique unstack value_counts where xs resample kurt mad
    asfreq at between columns dt str cat kde
    axhline axvline bar barh boxplot cla clf colorbar contour contourf errorbar fill_between figure gca get_figure grid imshow
    legend loglog margins pcolormesh pie savefig scatter semilogx semilogy set_aspect set_title set_xlabel set_xlim
    set_xscale set_xticklabels set_xticks set_ylabel set_ylim set_yscale set_yticklabels set_yticks show subplots
    subplots_adjust suptitle text tick_params tight_layout twinx twiny add_subplot autofmt_xdate annotate add_axes
    debug info warning error exception critical log setLevel addHandler getLogger
    acquire release wait notify is_set is_alive terminate kill communicate poll result cancel done shutdown seek
    tell flush readline readlines writelines truncate fileno mkdir exists is_file is_dir iterdir glob rglob read_text
    write_text read_bytes write_bytes resolve absolute relative_to with_suffix with_name unlink rmdir touch stat chmod as_posix
    isoformat strftime strptime timetuple toordinal weekday total_seconds date time now today
    setattr delattr setenv delenv chdir syspath_prepend readouterr getoption addoption parse_args add_argument
    parse_known_args add_parser add_subparsers set_defaults createVariable createDimension ncattrs setncattr sync
    compute persist chunk isclose allclose assertEqual assertTrue assertFalse assertAlmostEqual assertRaises assertIn
    logpdf pmf logpmf sf isf rvs stats entropy moment expect interval support logcdf""".split()
)

#: Modules of the standard library whose objects call nothing that they are given, and their methods that keep or return it.
DATA_MODULES: Final = frozenset({"collections", "itertools", "random"})
KEEPING: Final = frozenset(
    """append appendleft add extend extendleft insert update setdefault get pop popleft popitem push put new_child maps data
    _replace _make _asdict choice choices sample shuffle copy values items keys __getitem__ __setitem__""".split()
)

#: Names of functions that start programs.
MAIN_NAMES: Final = frozenset({"main", "_main"})
#: Methods and functions in which tests are prepared for each test.
SETUP_METHODS: Final = frozenset({"setUp", "setup_method"})
#: What test runners call, beside tests and fixtures.
TEST_HOOKS: Final = frozenset(
    """setUp tearDown setUpClass tearDownClass setup_method teardown_method setup_class teardown_class setup_module
    teardown_module setup_function teardown_function setUpModule tearDownModule asyncSetUp asyncTearDown runTest""".split()
)
#: Base classes whose code calls no method of a derived class, apart from the special ones.
QUIET_BASES: Final = frozenset(
    """object abc.ABC typing.Protocol typing.Generic typing.NamedTuple Exception ValueError RuntimeError KeyError TypeError
    unittest.TestCase enum.Enum typing_extensions.Protocol dict list tuple set int float str""".split()
)
#: Classes that packages have by another name.
SAME_CLASSES: Final[Mapping[str, str]] = MappingProxyType({"numpy.testing.TestCase": "unittest.TestCase"})
#: Base classes without attributes of their own, apart from the special ones.
NAMELESS_BASES: Final = frozenset(
    "object abc.ABC typing.Protocol typing.Generic typing_extensions.Protocol typing_extensions.Generic".split()
)
#: Methods of test cases that run tests; the others run what they are given.
RUNNING_TESTS: Final = frozenset(
    "run debug doCleanups setUp tearDown setUpClass tearDownClass id shortDescription countTestCases defaultTestResult".split()
)
#: Names that Python has without an import.
BUILTINS: Final = frozenset(dir(builtins))
#: Packages whose functions return numbers, arrays and tables, not what they were given.
NUMERIC: Final = frozenset(
    "numpy scipy pandas xarray math cmath statistics datetime re matplotlib json decimal fractions time string".split()
)
#: Their functions that may return objects or functions they were given.
HOLDING: Final = frozenset(
    """numpy.array numpy.asarray numpy.asanyarray numpy.vectorize numpy.frompyfunc numpy.atleast_1d numpy.concatenate
    numpy.random.choice numpy.random.permutation numpy.ravel numpy.squeeze scipy.LowLevelCallable""".split()
)
#: Functions and methods of those packages that call what they are given, and sub-packages that do.
CALLING: Final = frozenset(
    """apply_along_axis apply_over_axes fromfunction vectorize frompyfunc piecewise apply applymap map map_blocks agg aggregate
    transform pipe assign groupby reduce apply_ufunc sub subn split optimize integrate stats ndimage interpolate misc
    differentiate sparse signal fft fromiter set_printoptions errstate seterrcall array2string savez load dumps loads dump
    assert_raises testing FuncAnimation mpl_connect on_clicked on_changed new_timer add_callback""".split()
)
#: Packages of the library, and its classes whose methods draw.
LIBRARY_ROOTS: Final = VARWG.roots
API_NAMES: Final = frozenset(VARWG.api_classes) | frozenset(VARWG.api_aliases)
