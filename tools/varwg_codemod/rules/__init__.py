"""The rules, in the order of their codes. A new rule is one file and one line in `RULES`."""

from typing import Final

from varwg_codemod.rules.ambiguous import Ambiguous
from varwg_codemod.rules.api import Api
from varwg_codemod.rules.base import Rule
from varwg_codemod.rules.by_name import ByName
from varwg_codemod.rules.call import PassOn
from varwg_codemod.rules.callback import Callback
from varwg_codemod.rules.create import Create
from varwg_codemod.rules.cython_site import CythonSite
from varwg_codemod.rules.decorated import Decorated
from varwg_codemod.rules.default_argument import DefaultArgument
from varwg_codemod.rules.definition import DefinitionSite
from varwg_codemod.rules.dynamic import Dynamic
from varwg_codemod.rules.fallback import Fallback
from varwg_codemod.rules.generator_kind import GeneratorKind
from varwg_codemod.rules.generator_method import GeneratorMethod
from varwg_codemod.rules.hidden_seeding import HiddenSeeding
from varwg_codemod.rules.imports import Imports
from varwg_codemod.rules.keep import Keep
from varwg_codemod.rules.kept import Kept
from varwg_codemod.rules.legacy import Legacy
from varwg_codemod.rules.module_level import ModuleLevel
from varwg_codemod.rules.not_a_method import NotAMethod
from varwg_codemod.rules.odd_reseed import OddReseed
from varwg_codemod.rules.old_arguments import OldArguments
from varwg_codemod.rules.old_kind import OldKind
from varwg_codemod.rules.partial import Partial
from varwg_codemod.rules.property_draws import PropertyDraws
from varwg_codemod.rules.realisation import Realisation
from varwg_codemod.rules.reseed import Reseed
from varwg_codemod.rules.reset import Reset
from varwg_codemod.rules.seeding_fixture import SeedingFixture
from varwg_codemod.rules.signature import Signature
from varwg_codemod.rules.star import Star
from varwg_codemod.rules.store import Store
from varwg_codemod.rules.strings import Strings
from varwg_codemod.rules.testcase import TestCaseSetUp
from varwg_codemod.rules.unknown_object import UnknownObject
from varwg_codemod.rules.unseeded_test import UnseededTest
from varwg_codemod.rules.use import Use

RULES: Final[tuple[Rule, ...]] = (
    Reseed(),
    Use(),
    Reset(),
    Realisation(),
    Signature(),
    PassOn(),
    Create(),
    TestCaseSetUp(),
    Api(),
    OldArguments(),
    Partial(),
    Imports(),
    ByName(),
    UnseededTest(),
    Store(),
    Keep(),
    SeedingFixture(),
    GeneratorKind(),
    GeneratorMethod(),
    Dynamic(),
    Strings(),
    Star(),
    DefaultArgument(),
    PropertyDraws(),
    NotAMethod(),
    Legacy(),
    Ambiguous(),
    ModuleLevel(),
    CythonSite(),
    DefinitionSite(),
    Callback(),
    UnknownObject(),
    Decorated(),
    OddReseed(),
    HiddenSeeding(),
    Kept(),
    Fallback(),
    OldKind(),
)
