"""The layers of the project: who may not reach whom, because; and what importing a module must not do."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import output_of, python
from tests.studies import Workplace

ROOT = Path(__file__).parents[1]
TORCH = ("torch", "torchvision", "lucent")


@dataclass(frozen=True, slots=True)
class Rule:
    """Modules whose name begins with `who` (but for `except_for`) may not import what begins with `whom` (but for `allowed`)."""

    who: str
    whom: tuple[str, ...]
    because: str
    except_for: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    at_top_only: bool = False  # imports inside functions are free


PURE = (
    "core.selection",
    "core.percentile_bands",
    "core.class_balance",
    "core.ranking",
    "core.similar_units",
    "core.compared",
    "core.excitation",
    "core.unit_neighbours",
    "core.reviews",
    "core.roles",
    "core.passphrases",
    "core.login_tokens",
    "core.slow_down",
    "core.access_settings",
    "core.inference",
    "core.palette",
    "core.figures",
    "core.render_spec",
    "core.render_words",
    "core.report",
    "core.render_json",
    "core.standing",
    "core.psychophysics",
    "core.sheets",
    "core.png_text",
    "core.course_gif",
    "core.activation_map",
    "core.overlays",
    "core.imaging",
    "core.image_files",
    "core.answer_set",
    "core.exchange",
    "core.domain",
    "core.method_files",
    "core.method_table",
)
TORCH_SERVICES = (
    "core.services.networks",
    "core.services.mining.mining",
    "core.services.mining.mining_compiling",
    "core.services.mining.mining_pass",
    "core.services.mining.mining_precision",
    "core.services.renders.synthesis",
    "core.services.renders.render_inputs",
    "core.services.renders.render_storing",
    "core.services.renders.tracing",
    "core.services.observers.observing",
    "core.services.observers.embedding",
    "core.services.observers.observer_witnesses",
    "core.services.maps.map_making",
    "core.services.images.photo_measuring",
    "core.services.maps.map_export",
    "core.services.renders.method_import",
)
TORCH_DEMO = ("core.demo.network", "core.demo.train", "core.demo.training", "core.demo.observer_network", "core.demo.train_observer")
MAY_TORCH = ("core.vision", *TORCH_DEMO, *TORCH_SERVICES)

RULES = (
    Rule("core", ("streamlit", "starlette"), "the core serves commands as well as pages"),
    Rule("core", ("altair",), "charts are drawn in one place", except_for=("core.figures",)),
    Rule("core", ("vl_convert",), "importing it takes long: pages never pay for it", at_top_only=True),
    Rule("core", ("dashboard",), "arrows point downwards only"),
    Rule("core.domain", ("core",), "records know nobody"),
    Rule("core.errors", ("core",), "errors know nobody"),
    *(Rule(name, ("duckdb", *TORCH, "streamlit"), "pure core is tested without stores and networks") for name in PURE),
    *(Rule(name, ("core.store", "core.services", "core.vision", "core.jobs"), "pure core is below these") for name in PURE),
    Rule("core.store", ("core.services", "core.vision", "core.jobs", "core.demo"), "stores are below services and beside vision"),
    Rule("core.vision", ("core.services", "core.store", "core.jobs", "duckdb"), "vision is below services and beside stores"),
    Rule("core.jobs", ("core.services", "core.vision", "core.demo"), "jobs know how work is reported, not what it is"),
    Rule("core.services", ("core.cli", "core.cli_output", "core.cli_progress", "core.cli_synthesis"), "services do not print"),
    Rule("core", ("duckdb",), "SQL and its connections are in the store", except_for=("core.store",)),
    Rule("core", TORCH, "importing torch takes seconds: pages never pay for it", except_for=MAY_TORCH, at_top_only=True),
    Rule("dashboard", TORCH, "pages compute nothing"),
    Rule("dashboard", ("core.vision", "core.demo", *TORCH_SERVICES), "these import torch; pages start jobs instead"),
    Rule("dashboard", ("duckdb",), "pages ask services"),
    Rule("dashboard.components", ("dashboard.pages", "dashboard.resources", "dashboard.routes"), "components get arguments"),
    Rule("dashboard.pages", ("core.store", "core.vision"), "pages ask services through resources"),
    Rule("core.psychophysics", ("numpy.random",), "randomness is an rng argument", at_top_only=True),
    Rule("core", ("tests",), "what is shipped does not need its tests"),
    Rule("dashboard", ("tests",), "what is shipped does not need its tests"),
)


def modules() -> dict[str, Path]:
    """Return every module of the project by name."""
    files = sorted(path for package in ("core", "dashboard") for path in (ROOT / package).rglob("*.py"))
    return {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path for path in files}


def begins(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def imports(path: Path, *, at_top_only: bool) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything that a module imports; imports for type checkers only are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = {id(node) for block in ast.walk(tree) if is_type_checking(block) for node in ast.walk(block)}
    if at_top_only:
        functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))
        hidden |= {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.who} not {rule.whom[0]}")
def test_layers(rule: Rule) -> None:
    """No import breaks the rule."""
    broken = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for module, path in modules().items()
        if begins(module, (rule.who,)) and not begins(module, rule.except_for)
        for line, name in imports(path, at_top_only=rule.at_top_only)
        if begins(name, rule.whom) and not begins(name, rule.allowed)
    ]
    assert broken == [], f"because {rule.because}"


def test_rules_name_modules_that_exist() -> None:
    """A rule about a module that was renamed would hold for nothing."""
    known = modules()
    named = {name for rule in RULES for name in (rule.who, *rule.except_for, *rule.whom) if name.startswith(("core", "dashboard"))}
    later = {"core.vision", *TORCH_DEMO}
    assert {name for name in named if name not in known} <= later


def test_no_module_has_a_standard_librarys_name() -> None:
    """`streamlit run` puts dashboard/ first on the path: a module there named like the standard library's would replace it."""
    names = {part for module in modules() for part in module.split(".")}
    assert names & (set(sys.stdlib_module_names) | {"utils", "helpers", "common", "misc"}) == set()


SQL = re.compile(r"\b(SELECT\b[^\"]+\bFROM|INSERT INTO|DELETE FROM|CREATE TABLE|DROP TABLE|UPDATE \w+ SET|ATTACH '|COPY \()")


def test_sql_is_in_the_store_only() -> None:
    """No statement is written above the store."""
    outside = {name: path for name, path in modules().items() if not begins(name, ("core.store",))}
    assert [name for name, path in outside.items() if SQL.search(path.read_text(encoding="utf-8"))] == []


def test_only_settings_read_the_environment() -> None:
    """Machine facts come from one place; the launcher hands the environment on."""
    allowed = ("core.settings", "core.services.launching")
    pattern = re.compile(r"\bos\.(environ|getenv)\b")
    readers = [name for name, path in modules().items() if pattern.search(path.read_text(encoding="utf-8"))]
    assert [name for name in readers if not begins(name, allowed)] == []


IMPORTER = """
import importlib, os, sys
from pathlib import Path
before = set(Path.cwd().iterdir())
for name in sys.argv[1:]:
    importlib.import_module(name)
assert "torch" not in sys.modules, "torch was imported"
assert set(Path.cwd().iterdir()) == before, "a file appeared"
"""


def test_importing_does_nothing(tmp_path: Path) -> None:
    """Every module can be imported anywhere: nothing is printed, written or read, and torch stays out where it must."""
    scripts = ("dashboard.script", "dashboard.app")  # run by Streamlit, not imported
    names = [name for name in modules() if not begins(name, (*scripts, *MAY_TORCH))]
    code = f"import os; os.chdir({str(tmp_path)!r})\n{IMPORTER}"
    assert output_of(python(code, *names)) == ""


PAGES = """
import sys
from streamlit.testing.v1 import AppTest
from pathlib import Path
from tests.dashboard.apptest import open_page
for name in ("overview", "feature-maps", "image", "compare", "self-test", "results", "jobs"):
    page = open_page(name)
    assert not page.exception, page.exception
assert not open_page("feature-maps", unit="mixed3a:1").exception
assert not open_page("feature-maps", unit="mixed3a:1", show="Where it responds").exception
print("torch" in sys.modules)
"""


@pytest.mark.parametrize("is_empty", [True, False], ids=["empty", "tiny"])
def test_pages_need_no_torch(built_study: Workplace, tmp_path: Path, study_workspace: Workplace, is_empty: bool) -> None:
    """Every page is drawn without torch ever being imported."""
    where = tmp_path / "nothing" if is_empty else study_workspace.workspace.root
    assert output_of(python(PAGES, env={"EXEMPLARY_WORKSPACE": str(where)})).splitlines()[-1] == "False"
