"""The deprecated generator of old programs: `varwg.rng`, `varwg.get_rng()`, `varwg.reseed()`; removed in varwg 3.0.

The only file of the packages that keeps state, and nothing in the packages imports it: it is loaded when a program asks
`varwg` for one of the three names, and `varwg.streams.front_door` looks whether that has happened.

Every thread has a stream of its own. `reseed(s)` starts the stream of the calling thread, and of no other, at the
numbers of `numpy.random.default_rng(s)`; a thread that was never seeded draws from fresh entropy. A forked process
starts with a copy of the stream of the thread that forked it, as it does with any other Generator.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from numpy.random import PCG64, Generator

from varwg.streams import RngLike, as_generator

_REMOVED: Final = "is deprecated and will be removed in varwg 3.0"
_INSTEAD: Final = (
    "make rng = numpy.random.default_rng(seed) once, which draws the same numbers as varwg.rng after varwg.reseed(seed), "
    "and pass it on as rng=rng (the command varwg-codemod rewrites whole programs)"
)
_PACKAGES: Final = frozenset({"varwg", "weathercop"})
_IMPORT_MACHINERY: Final = "importlib._bootstrap"


class _Follower(Generator):
    """A Generator that asks another one, looked up anew for each attribute, so that a captured one follows `reseed`.

    It is a real subclass because NumPy and SciPy look at the type before they take something for a Generator. The bit
    generator that the base class insists on is never drawn from: every attribute, the methods included, is that of the
    other one. So are the means to copy and pickle: the result is a plain Generator in the state of that moment.
    """

    __slots__ = ("_followed",)
    _followed: Callable[[], Generator]

    def __init__(self, followed: Callable[[], Generator]) -> None:
        super().__init__(PCG64())
        self._followed = followed

    def __getattribute__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_followed")(), name)

    def __repr__(self) -> str:
        return f"<deprecated generator of varwg, at present {object.__getattribute__(self, '_followed')()!r}>"

    __str__ = __repr__


class _Stream:
    """The stream of one thread; it has no Generator before it is used or seeded."""

    def __init__(self) -> None:
        self.generator: Generator | None = None
        self.follower: Final = _Follower(self.started)

    def started(self) -> Generator:
        """The Generator of the stream, from fresh entropy if it was never seeded."""
        if self.generator is None:
            self.generator = as_generator(None)
        return self.generator


class _OfThread(threading.local):
    """Gives each thread its own `stream`: Python calls `__init__` again in every thread that looks."""

    def __init__(self) -> None:
        self.stream = _Stream()


_OF_THREAD: Final = _OfThread()
_RESEEDED: Final = threading.Event()  # some thread of this process has called reseed

#: `varwg.rng`: follows the stream of whichever thread asks.
rng: Final[Generator] = _Follower(lambda: _OF_THREAD.stream.started())


def get_rng() -> Generator:
    """The generator of the calling thread (deprecated: pass `rng` instead).

    It stays with that thread's stream, through later calls of `reseed` and when it is handed to another thread.
    """
    _warn(f"varwg.get_rng() {_REMOVED}: {_INSTEAD}.")
    _OF_THREAD.stream.started()
    return _OF_THREAD.stream.follower


def reseed(seed: RngLike) -> None:
    """Start the generator of the calling thread anew (deprecated: pass `rng` instead).

    Parameters
    ----------
    seed : int, sequence of ints, SeedSequence, BitGenerator, Generator or None
        What `numpy.random.default_rng` takes; the numbers are the ones it gives. None is fresh entropy.

    Raises
    ------
    RngError, SeedError
        If `seed` is a bool, float, str, negative, or a legacy `RandomState`.
    """
    _warn(f"varwg.reseed() {_REMOVED}: {_INSTEAD}.")
    _OF_THREAD.stream.generator = as_generator(seed)
    _RESEEDED.set()


def lookup(name: str) -> Any:
    """The deprecated attribute `name` of the package `varwg`; functions warn when they are called, `rng` here."""
    if name == "rng":
        _warn(f"varwg.rng {_REMOVED}: {_INSTEAD}.")
    return {"rng": rng, "get_rng": get_rng, "reseed": reseed}[name]


def implicit_generator(caller: str) -> Generator | None:
    """The generator that a front door called without `rng` has to draw from in this thread; None: fresh entropy.

    A thread that used or seeded the deprecated generator gets it, and is warned. No other thread does, because a result
    that depended on which thread asked first could not be repeated; but where some thread has called `reseed`, its
    author probably meant this one too, and the warning says that the seed did not arrive.

    Parameters
    ----------
    caller : str
        The front door as its user knows it, for example "VarWG.simulate()".
    """
    generator = _OF_THREAD.stream.generator
    if generator is not None:
        _warn(f"{caller} without rng draws from the generator of varwg.reseed() and varwg.rng, which {_REMOVED}: {_INSTEAD}.")
    elif _RESEEDED.is_set():
        _warn(
            f"{caller} without rng draws from fresh entropy, because varwg.reseed() was called in another thread and "
            "seeds only that one: pass rng=varwg.realization_rng(i, seed) for the i-th call.",
            RuntimeWarning,
        )
    return generator


def _warn(message: str, category: type[Warning] = DeprecationWarning) -> None:
    """Warn at the line outside the packages that the call came from, however deep inside them this is.

    `from varwg import rng` looks the name up twice, first from the import machinery and then from the line itself; only
    the second time is reported.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _module_of(frame).partition(".")[0] in _PACKAGES:
        frame = frame.f_back
    if frame is None:
        warnings.warn(message, category, stacklevel=2)
    elif _module_of(frame) != _IMPORT_MACHINERY:
        registry = frame.f_globals.setdefault("__warningregistry__", {})
        warnings.warn_explicit(message, category, frame.f_code.co_filename, frame.f_lineno, _module_of(frame), registry)


def _module_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__") or "<string>")
