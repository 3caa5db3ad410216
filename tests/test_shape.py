"""The shape of the source: which way imports point, what each kind may reach, how large things are.

A module that is new must be given its place in `LAYERS`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

import reelway
from reelway.request import ASPECT_RATIOS, LONGEST, RESOLUTIONS, SHORTEST, VideoRequest
from reelway.task import STATUSES

SOURCE = Path(reelway.__file__).parent
TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"

# From the bottom to the top: a module imports from its own layer and from those before it.
LAYERS = {
    "words": """
        captions door errors ids keys live log machine money news outbox provider request resource
        sandbox section settings shelf tally task webhook words
    """,
    "contracts": "asset engine hooks ledger limits replies runner store supply wire",
    "kinds": """
        addresses assets breaker child children control engines estimate folder hints lines links
        listener media outbound pace providers runners seal signing stores wires
    """,
    "steps": """
        accept admit announce backup cancel deliver due emulate flow follow health hub intake keep
        keyring means move notify orders preview quote reload remote resolve retain route standing
        strand submit sweep usage view voice
    """,
    "server": "server",
    "app": "app",
    "client": "client pytest_plugin sdk testing",
    "cli": "cli",
}
PLACES = {name: n for n, names in enumerate(LAYERS.values()) for name in names.split()}
# (who, what) that point the other way, and why.
EXCEPTIONS = {
    ("wire", "wires"): "the contract lists its folder; it names no wire",
}
KINDS = ("assets", "engines", "runners", "stores", "wires")
# Wires that are another one's dialect, and whose.
DIALECTS = {"myrouter": "novita"}

LONGEST_FILE, LONGEST_FUNCTION = 400, 60  # lines
REACHING = {  # what a wire does not import: it takes plain data and gives plain data
    "aiohttp", "asyncio", "http.client", "httpx", "os", "pathlib", "requests", "select", "shutil",
    "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib.request", "reelway.settings", "reelway.log",
}  # fmt: skip
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE \w+ SET|DELETE FROM|CREATE|DROP|ALTER|PRAGMA)\b")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def modules() -> dict[str, Path]:
    """Every module by its name without `reelway.`; a package by its own."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(p for p in parts if p != "__init__")
        if name:  # reelway itself is the version
            found[name] = path
    return found


MODULES = modules()


def rule(*only: Callable[[str], bool]) -> Callable[[Callable[[str], None]], Callable[[], None]]:
    """A test that a check holds for every module (or `only` for some): thousands of small ones
    would take longer than the checks. All that break it are told at once."""
    names = [name for name in MODULES if all(chosen(name) for chosen in only)]

    def test(check: Callable[[str], None]) -> Callable[[], None]:
        def holds() -> None:
            wrong = []
            for name in names:
                try:
                    check(name)
                except AssertionError as error:
                    wrong.append(f"reelway.{name}: {error}")
            assert names and not wrong, "\n".join(wrong)

        holds.__doc__ = check.__doc__
        return holds

    return test


def imports(path: Path) -> Iterator[str]:
    """Every module that is imported, wherever the import stands."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it points"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[str]:
    names = (n.removeprefix("reelway.") for n in imports(path) if n.startswith("reelway."))
    return {n for n in names if n in MODULES}


def top(name: str) -> str:
    return name.split(".")[0]


# Which way imports point


@rule()
def test_every_module_has_its_place(name: str) -> None:
    assert top(name) in PLACES, (
        f"reelway.{name} is new: say in LAYERS (tests/test_shape.py) which layer it belongs to"
    )


def test_every_place_is_taken() -> None:
    assert PLACES.keys() == {top(name) for name in MODULES}


@rule()
def test_imports_point_one_way(name: str) -> None:
    for other in ours(MODULES[name]):
        if (top(name), top(other)) not in EXCEPTIONS:
            assert PLACES[top(other)] <= PLACES[top(name)], (
                f"reelway.{name} imports reelway.{other}, which stands above it"
            )


def test_the_exceptions_are_needed() -> None:
    for who, what in EXCEPTIONS:
        assert PLACES[what] > PLACES[who]
        assert what in {top(n) for n in ours(MODULES[who])}


@rule(lambda n: top(n) in KINDS and "." in n)
def test_a_kind_knows_no_other_kind(name: str) -> None:
    folder, kind = name.split(".")[:2]
    others = {n for n in ours(MODULES[name]) if top(n) in KINDS and "." in n}
    own = {f"{folder}.{k}" for k in (kind, DIALECTS.get(kind, kind))}
    strangers = {n for n in others if ".".join(n.split(".")[:2]) not in own}
    assert not strangers


@rule(lambda n: top(n) not in ("app", *KINDS))
def test_only_the_app_names_concrete_kinds(name: str) -> None:
    assert not {n for n in ours(MODULES[name]) if top(n) in KINDS and "." in n}


@rule(lambda n: n.startswith("wires."))
def test_a_wire_reaches_nothing(name: str) -> None:
    reached = {n for n in imports(MODULES[name]) if n in REACHING or n.split(".")[0] in REACHING}
    assert not reached
    layers = {PLACES[top(n)] for n in ours(MODULES[name]) if top(n) != "wires"}
    assert layers <= {0, 1}
    called = {
        node.func.id
        for node in ast.walk(tree(MODULES[name]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "__import__"}


# Tests mirror the source


@pytest.mark.parametrize("folder", KINDS)
def test_no_kind_is_without_a_test(folder: str) -> None:
    kinds = {n.split(".")[1] for n in MODULES if n.startswith(f"{folder}.")}
    untested = {
        kind
        for kind in kinds
        if not (TESTS / folder / f"test_{kind}.py").exists()
        and not list((TESTS / folder / kind).glob("test_*.py"))
    }
    assert kinds and not untested


# Sizes


@rule()
def test_no_file_is_long(name: str) -> None:
    count = len(MODULES[name].read_text().splitlines())
    assert count <= LONGEST_FILE, f"{count} lines: what is the second thing in it?"


@rule()
def test_no_function_is_long(name: str) -> None:
    for node in ast.walk(tree(MODULES[name])):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno
            count = node.end_lineno - node.lineno + 1
            assert count <= LONGEST_FUNCTION, f"{node.name} has {count} lines"


# Habits


@rule()
def test_only_the_command_line_prints(name: str) -> None:
    """What a child has to say goes to standard error, from where its parent logs it."""
    if top(name) == "cli":
        return
    for node in ast.walk(tree(MODULES[name])):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ):
            where = [ast.unparse(k.value) for k in node.keywords if k.arg == "file"]
            assert where == ["sys.stderr"], f"line {node.lineno}: use reelway.log"


@rule()
def test_no_sql_is_put_together_from_values(name: str) -> None:
    for node in ast.walk(tree(MODULES[name])):
        parts: list[ast.expr] = []
        if isinstance(node, ast.JoinedStr):
            parts = node.values[:1]
        elif isinstance(node, ast.BinOp):
            parts = [node.left]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            parts = [node.func.value] if node.func.attr == "format" else []
        for part in parts:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                assert not SQL.match(part.value), f"line {part.lineno}: bind the values"


@rule()
def test_every_module_says_what_it_is(name: str) -> None:
    assert ast.get_docstring(tree(MODULES[name])), "a docstring that draws what is inside"


# The glossary


def glossary() -> dict[str, str]:
    rows = re.findall(r"^\| ([\w, ]+?) \| (.+) \|$", (DOCS / "glossary.md").read_text(), re.M)
    return {word: text for words, text in rows for word in words.split(", ") if word != "word"}


# Fields of a request that are no words of their own: what a wire keeps, marks or sorts by.
NO_WORDS = {
    "kind", "references", "shot_mode", "sample", "external_id", "labels", "extra", "v",
}  # fmt: skip
SINGULAR = {"shots": "shot", "elements": "element", "voices": "voice"}


def test_every_word_of_a_request_is_in_the_glossary() -> None:
    names = {f.name for f in fields(VideoRequest)}
    assert names >= NO_WORDS
    words = {SINGULAR.get(name, name) for name in names - NO_WORDS}
    assert words <= glossary().keys()
    assert not NO_WORDS & glossary().keys()


@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("status", STATUSES),
        ("resolution", RESOLUTIONS),
        ("aspect_ratio", ASPECT_RATIOS),
        ("duration", (f"{SHORTEST}–{LONGEST}",)),
    ],
)
def test_the_glossary_has_the_values_of_the_code(word: str, values: tuple[str, ...]) -> None:
    assert all(value in glossary()[word] for value in values)
