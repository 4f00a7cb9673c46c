"""The kinds of unit that random programs are made of; each function adds one to a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .writer import Module, Unit, Writer, indented

_SIGNATURES: Final = (
    ("n", ("{ref}(2)", "{ref}(n=2)", "{ref}(**{'n': 2})")),
    ("n", ("{ref}(2)", "{ref}(3)", "call({ref}, 2)", "call({ref}, n=2)")),
    ("n=2, scale=1.0", ("{ref}()", "{ref}(2, 3.0)", "{ref}(scale=2.0)")),
    ("n, /, *more, scale=1.0", ("{ref}(2)", "{ref}(2, 3, scale=2.0)")),
    ("n, *more", ("{ref}(2)", "{ref}(*[1, 2])")),
    ("n, **options", ("{ref}(2)", "{ref}(2, a=1)", "{ref}(**dict(n=2, b=3))")),
    ("n, *, loud=False", ("{ref}(2)", "{ref}(2, loud=True)")),
    ("n: int, scale: float = 1.0", ("{ref}(2)", "partial({ref}, scale=2.0)(2)")),
)
_METHODS: Final = ("step", "sample", "value", "update", "fit", "cdf")


def function(writer: Writer, module: Module) -> Unit:
    """A function, possibly decorated, whose last word may be printed."""
    name = writer.name("f")
    parameters, calls = writer.random.choice(_SIGNATURES)
    lines = ["out = 0.0", *writer.body(module), *([f"print({name!r}, out)"] if writer.chance(0.2) else []), "return out + n"]
    decorators = _decorators(writer, module)
    plain = "twice" not in "".join(decorators) or "=" not in parameters
    used = ["{ref}(2)"] if decorators else list(calls)
    return Unit(name, [*decorators, f"def {name}({parameters}):", *indented(lines)], used, module, plain=plain)


def _decorators(writer: Writer, module: Module) -> list[str]:
    if writer.chance(0.75):
        return []
    kind = writer.random.choice(("timed", "twice", "repeat", "cache", "seeded"))
    if kind == "cache":
        return ["@functools.lru_cache(maxsize=None)"]
    if kind == "seeded":
        inner = [f"    {writer.seed(module, '5')}", "    return function(*a, **k)"]
        lines = [
            "def seeded(function):",
            *indented(["@functools.wraps(function)", "def inner(*a, **k):", *inner, "return inner"]),
        ]
        module.helpers["\n".join([*lines, ""])] = None
        return ["@seeded"]
    module.helpers[kind] = None
    return ["@repeat(2)" if kind == "repeat" else f"@{kind}"]


def wrapper(writer: Writer, module: Module) -> Unit:
    """A function that passes on whatever it is given."""
    name = writer.name("w")
    targets = [u for u in writer.units if u.plain]
    if not targets:
        return function(writer, module)
    ref = writer.reference(writer.random.choice(targets), module)
    forms = (
        ["(*args, **kwargs):", f"    return {ref}(*args, **kwargs)"],
        ["(n, **kwargs):", f"    out = {writer.value(module)}", f"    return out + {ref}(n, **kwargs)"],
        ["(n):", "    options = dict(locals())", f"    return {ref}(*options.values())"],
        ["(n, function=None):", f"    return ({ref} if function is None else function)(n)"],
        [f"(n, function={ref}):", "    return function(n)"],
    )
    lines = writer.random.choice(forms)
    return Unit(name, [f"def {name}{lines[0]}", *lines[1:]], ["{ref}(2)"], module, plain=True)


def closure(writer: Writer, module: Module) -> Unit:
    """A function that makes functions."""
    name = writer.name("make")
    inner = ["def made(x=1):", *indented(["out = 0.0", *writer.body(module, 0, "x"), "return out + x + n"])]
    lines = [
        f"def {name}(n):",
        *indented([*writer.random.choice(([], ["n = n + " + writer.draw(module)])), *inner, "return made"]),
    ]
    calls = ["{ref}(1)(2)", "{ref}(1)()", "sum(map({ref}(1), [1, 2]))", "call({ref}(2))", "call({ref}, 2)(3)"]
    return Unit(name, lines, calls, module)


def stream(writer: Writer, module: Module) -> Unit:
    """A generator function."""
    name = writer.name("stream")
    lines = [f"def {name}(n):", "    for _ in range(n):", f"        yield {writer.value(module)}"]
    return Unit(
        name, lines, ["sum({ref}(2))", "next({ref}(3))", "max(list({ref}(2)))", "sum(zip({ref}(2), {ref}(2)), ())[3]"], module
    )


def cached(writer: Writer, module: Module) -> Unit:
    """A value that the first call computes."""
    name = writer.name("noise")
    lines = [f"_{name} = None", "", f"def {name}():", f"    global _{name}", f"    if _{name} is None:"]
    lines += [f"        _{name} = {writer.value(module, '1')}", f"    return _{name}"]
    return Unit(name, lines, ["{ref}()", "{ref}() + {ref}()", "call({ref})"], module)


def coroutine(writer: Writer, module: Module) -> Unit:
    """An asynchronous function, alone and gathered."""
    name = writer.name("later")
    lines = [f"async def {name}(n):", *indented(["out = 0.0", *writer.body(module, 0), "await asyncio.sleep(0)", "return out"])]
    lines += [f"async def {name}_all():", f"    return sum(await asyncio.gather({name}(1), {name}(2)))"]
    lines += [f"def {name}_both():", f"    return asyncio.run({name}_all()) + asyncio.run({name}(3))"]
    return Unit(f"{name}_both", lines, ["{ref}()"], module)


def task(writer: Writer, module: Module) -> Unit:
    """Work for threads, each of which seeds for itself, or (as one thread can) does not."""
    name = writer.name("member")
    seeded = writer.chance(0.7)
    body = ["out = 0.0", *([writer.seed(module, "1000 * i")] if seeded else []), *writer.body(module, 0, "i"), "return out"]
    run = writer.random.choice(
        (
            ["with ThreadPoolExecutor(1) as pool:", f"    return sum(pool.map({name}, range(3)))"],
            ["with ThreadPoolExecutor(1) as pool:", f"    return pool.submit({name}, 2).result() + {writer.value(module, '1')}"],
            [f"return sum({name}(i) for i in range(2))"],
            [
                "out = []",
                f"thread = threading.Thread(target=lambda: out.append({name}(4)))",
                "thread.start()",
                "thread.join()",
                "return out[0]",
            ],
        )
    )
    lines = [f"def {name}(i):", *indented(body), f"def {name}_all():", *indented(run)]
    return Unit(f"{name}_all", lines, ["{ref}()", "{ref}() + {ref}()"], module)


def klass(writer: Writer, module: Module) -> Unit:
    """A class with methods that draw, used directly, by its name in a table, as an alias, or mapped."""
    name, method = writer.name("C"), writer.random.choice(_METHODS)
    start = writer.random.choice(
        (
            ["self.n = n"],
            ["self.n = n", f"self.x = {writer.value(module)}"],
            ["self.n = n", f"self.rng = {_held(writer, module)}"],
        )
    )
    body = [
        "out = 0.0",
        *writer.body(module, 0),
        *(["out += self.rng.normal()"] if "self.rng" in start[-1] else []),
        "return out + self.n",
    ]
    lines = [
        f"class {name}:",
        *indented(["def __init__(self, n=1):", *indented(start), "", f"def {method}(self, n):", *indented(body)]),
    ]
    extra, calls = _members(writer, module, method)
    lines += indented(extra)
    made = f"{{ref}}(2).{method}(1)"
    calls += [made, made, f"{{'a': {{ref}}}}['a'](2).{method}(1)", f"sum(K(1).{method}(2) for K in ({{ref}},))"]
    calls += [
        f"sum(c.{method}(2) for c in map({{ref}}, [1, 2]))",
        f"call({{ref}}(1).{method}, 2)",
        f"getattr({{ref}}(1), {method!r})(2)",
    ]
    calls += [
        f"sum(map({{ref}}().{method}, [1, 2]))",
        f"call({{ref}}, 2).{method}(3)",
        f"total_{method}([{{ref}}(1), {{ref}}(2)])",
    ]
    calls += [f"(lambda c: c.{method}(2))({{ref}}())", f"partial({{ref}}, n=3)().{method}(1)", f"{{ref}}.{method}({{ref}}(2), 3)"]
    return Unit(name, lines, calls, module, method)


def _held(writer: Writer, module: Module) -> str:
    return writer.random.choice(module.style.receivers)


def _members(writer: Writer, module: Module, method: str) -> tuple[list[str], list[str]]:
    """Some more members of a class, with the calls that use them."""
    drawn = writer.value(module, "self.n")
    choices: tuple[tuple[list[str], str], ...] = (
        (["@property", "def level(self):", f"    return self.n + {drawn}"], "{ref}(2).level"),
        (["@classmethod", "def build(cls, n):", f"    return cls(n + {writer.draw(module)})"], f"{{ref}}.build(1).{method}(2)"),
        (["@staticmethod", "def plain(n):", f"    return n + {writer.draw(module)}"], "{ref}.plain(2)"),
        (["def __call__(self, n):", f"    return n + {drawn}"], "{ref}(1)(2)"),
        (["def __iter__(self):", f"    yield {drawn}", "    yield self.n"], "sum({ref}(2))"),
        (["def __len__(self):", f"    return int(abs({drawn})) + 1"], "len({ref}(2))"),
        (["def __add__(self, other):", f"    return other + {drawn}"], "({ref}(2) + 1)"),
        (
            ["def __enter__(self):", f"    return {drawn}", "def __exit__(self, *error):", "    return None"],
            "call(lambda c: c.__enter__(), {ref}(2))",
        ),
        (
            [
                "def draw_a(self):",
                f"    return {drawn}",
                "def draw_b(self):",
                f"    return {writer.draw(module)}",
                "def go(self, which):",
                "    return getattr(self, 'draw_' + which)()",
            ],
            "{ref}(1).go('a')",
        ),
        (
            [
                "def hook(self):",
                f"    return {drawn}",
                "def run_hook(self, plain=False):",
                "    hook = None if plain else self.hook",
                "    return 0.0 if hook is None else hook()",
            ],
            "({ref}(1).run_hook() + {ref}(1).run_hook(True))",
        ),
        (["def again(self, k=2):", f"    return sum(self.{method}(i) for i in range(k))"], "{ref}(1).again()"),
    )
    lines, calls = [], []
    for extra, call in writer.random.sample(choices, writer.random.randint(0, 2)):
        lines += ["", *extra]
        calls += [call, call]
    return lines, calls


def subclass(writer: Writer, module: Module) -> Unit:
    """A class that derives from another of the program and overrides its method, or does not."""
    parents = [u for u in writer.units if u.method]
    if not parents:
        return klass(writer, module)
    parent = writer.random.choice(parents)
    name, method, base = writer.name("D"), parent.method, writer.reference(parent, module)
    body = writer.random.choice((f"out + super().{method}(n)", "out + n", f"out + {base}.{method}(self, n)"))
    lines = [f"class {name}({base}):"]
    if writer.chance(0.5):
        lines += indented(
            [
                "def __init__(self, n=1, scale=2.0):",
                "    super().__init__(n)",
                f"    self.scale = scale * {writer.draw(module)}",
                "",
            ]
        )
    lines += indented([f"def {method}(self, n):", *indented(["out = 0.0", *writer.body(module, 0), f"return {body}"])])
    calls = [
        f"{{ref}}(2).{method}(1)",
        f"sum(K().{method}(2) for K in ({{ref}}, {base}))",
        f"[{base}, {{ref}}][1](3).{method}(1)",
    ]
    return Unit(name, lines, [c for c in calls if base == parent.name or base not in c] or calls[:1], module, method)


def family(writer: Writer, module: Module) -> Unit:
    """Classes that share a member which nobody calls with arguments: from a base, a mixin, or overridden."""
    name = writer.name("F")
    drawn, more = writer.value(module, "self.n"), writer.draw(module)
    member, use = writer.random.choice(
        (
            (["@property", "def level(self):"], "level"),
            (["def level(self):"], "level()"),
            (["def __call__(self):"], ""),
            (["def __len__(self):"], "__len__()"),
        )
    )
    result = f"int(abs({drawn}))" if use == "__len__()" else drawn
    start = ["def __init__(self, n=1):", "    self.n = n"]
    base = [f"class {name}Base:", *indented([*start, *member, f"    return {result}"])]
    if writer.chance(0.4):
        base = [f"class {name}Mixin:", *indented([*member, f"    return {result}"])]
        base += [f"class {name}Base({name}Mixin):", *indented(start)]
    heir = [f"class {name}({name}Base):"]
    heir += indented(
        writer.random.choice(
            (
                ["pass"],
                ["def __init__(self, n=2):", "    super().__init__(n + 1)", f"    self.more = {more}"],
                [*member, f"    return {'int(self.n)' if use == '__len__()' else f'self.n + {more}'}"],
                ["def twice(self):", "    return self.n", "def later(self, box):", "    box.append(self.twice)"],
            )
        )
    )
    shown = f".{use}" if use else "()"
    calls = [f"{{ref}}(2){shown}", f"{{ref}}(){shown}", f"sum(f{shown} for f in map({{ref}}, [1, 2]))"]
    calls += [f"(lambda f: f{shown})({{ref}}(3))", f"[{{ref}}][0](n=2){shown}", f"call({{ref}}, 2){shown}"]
    return Unit(name, [*base, *heir], calls, module)


def button(writer: Writer, module: Module) -> Unit:
    """Methods and functions that objects hold and call later."""
    name = writer.name("B")
    handler = writer.random.choice(("self.clicked", "self.clicked", f"lambda: self.n + {writer.draw(module)}"))
    lines = [
        f"class {name}Button:",
        *indented(["def __init__(self, command=None):", "    self.command, self.commands = command, {}"]),
        *indented(["def on(self, name, command):", "    self.commands.setdefault(name, []).append(command)"]),
        *indented(["def click(self, name='click'):", "    return sum(command() for command in self.commands.get(name, []))"]),
        f"class {name}:",
        *indented(["def __init__(self, n=1):", f"    self.n, self.button = n, {name}Button()"]),
        *indented([f"    self.button.on('click', {handler})", "    self.button.command = self.clicked"]),
        *indented(["def clicked(self):", f"    return self.n + {writer.value(module, 'self.n')}"]),
    ]
    return Unit(name, lines, ["{ref}(2).button.click()", "{ref}().button.command()", "{ref}(3).button.click('none')"], module)


def registry(writer: Writer, module: Module) -> Unit:
    """Functions or classes found by their names in a table that they enter themselves."""
    name = writer.name("R")
    one = ["out = 0.0", *writer.body(module, 0, "n"), "return out + n"]
    if writer.chance(0.5):
        lines = [
            f"{name} = {{}}",
            f"def register_{name}(function):",
            f"    {name}[function.__name__] = function",
            "    return function",
        ]
        lines += [
            f"@register_{name}",
            f"def red_{name}(n):",
            *indented(one),
            f"@register_{name}",
            f"def blue_{name}(n):",
            "    return n",
        ]
        calls = [f"{{ref}}['red_{name}'](2)", "sum(function(1) for function in {ref}.values())"]
        return Unit(name, lines, calls, module)
    lines = [
        f"class {name}:",
        "    known = {}",
        "    def __init_subclass__(cls, **options):",
        "        super().__init_subclass__(**options)",
    ]
    lines += [f"        {name}.known[cls.__name__] = cls", f"class Red{name}({name}):", "    def __init__(self, n=1):"]
    lines += [
        f"        self.n = n + {writer.value(module)}",
        "    def level(self, n):",
        *indented(one, 2),
        f"class Blue{name}({name}):",
    ]
    lines += ["    n = 1", "    def level(self, n):", "        return n"]
    calls = [
        f"{{ref}}.known['Red{name}']().n",
        f"{{ref}}.known['Red{name}'](2).level(1)",
        "sum(K().level(1) for K in {ref}.known.values())",
    ]
    return Unit(name, lines, calls, module)


def record(writer: Writer, module: Module) -> Unit:
    """A dataclass whose fields or `__post_init__` draw."""
    name = writer.name("P")
    drawn = writer.value(module, "2")
    field_lines = writer.random.choice(
        (
            ["n: int = 2", f"x: float = dataclasses.field(default_factory=lambda: {drawn})"],
            ["n: int = 2", "x: float = 0.0", "def __post_init__(self):", f"    self.x = {drawn}"],
            ["n: int = 2", "x: float = 1.0", "def level(self):", f"    return self.x + {drawn}"],
        )
    )
    member = "level()" if "def level(self):" in field_lines else "x"
    calls = [f"{{ref}}().{member}", f"{{ref}}(3).{member}", f"dataclasses.replace({{ref}}(), n=4).{member}"]
    return Unit(name, ["@dataclasses.dataclass", f"class {name}:", *indented(field_lines)], calls, module)


def reset(writer: Writer, module: Module) -> Unit:
    """A function that seeds for its caller, and gives a number without drawing or with it."""
    name = writer.name("reset")
    lines = [f"def {name}(seed=None):", "    if seed is not None:", f"        {writer.seed(module, 'seed')}"]
    lines += [f"    return {writer.random.choice(('1', writer.draw(module)))}"]
    return Unit(name, lines, ["{ref}(3)", "{ref}()", "{ref}(seed=4)"], module)


KINDS: Final[tuple[Callable[[Writer, Module], Unit], ...]] = (
    *((function,) * 5),
    *((klass,) * 4),
    *((subclass,) * 2),
    *((wrapper,) * 2),
    closure,
    stream,
    cached,
    coroutine,
    task,
    family,
    family,
    button,
    registry,
    registry,
    record,
    reset,
)
