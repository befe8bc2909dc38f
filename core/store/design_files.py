"""Designs that people made, kept by name as JSON files in the workspace: anyone may read, copy and compare them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from core.design_spec import DesignSpec, read_design
from core.domain import as_content, digest
from core.errors import ExemplaryError, StoreError, UnknownName, UsageError
from core.store.workspace import Workspace, write_whole

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True, slots=True)
class SavedDesign:
    """A design and the name under which it was saved."""

    name: str
    spec: DesignSpec


def save_design(workspace: Workspace, spec: DesignSpec, *, replace: bool = False) -> None:
    """Keep a design under its name. Raises UsageError for a name that does not fit, or one that another design has."""
    if not NAME.fullmatch(spec.name):
        raise UsageError(f"A design is called by letters, digits, dots, - and _, at most 60; {spec.name!r:.80} came.")
    path = workspace.designs / f"{spec.name}.json"
    if path.exists() and not replace and digest(read_saved(workspace, spec.name)) != digest(spec):
        raise UsageError(f"There is another design called {spec.name!r}; choose another name, or replace it (--replace).")
    write_whole(path, json.dumps(as_content(spec), indent=1, ensure_ascii=False).encode() + b"\n")


def read_saved(workspace: Workspace, name: str) -> DesignSpec:
    """Return the design of this name. Raises UnknownName, StoreError for a file that is not one."""
    path = workspace.designs / f"{name}.json"
    if not NAME.fullmatch(name) or not path.is_file():
        raise UnknownName("saved design", name, saved_names(workspace))
    try:
        spec = read_design(path.read_text(encoding="utf-8"))
    except (ValueError, TypeError, KeyError, ExemplaryError) as error:
        raise StoreError(f"{path} holds no design that can be read ({error}); make it anew with `exemplary design`.") from error
    if spec.name != name:
        raise StoreError(f"{path} holds the design called {spec.name!r}; name the file after it, or change its name.")
    return spec


def saved_names(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of all saved designs."""
    return tuple(sorted(path.stem for path in workspace.designs.glob("*.json")))


def saved_designs(workspace: Workspace, study_key: str) -> tuple[SavedDesign, ...]:
    """Return the saved designs of a study, by name; files that hold none are passed over (`unreadable_designs`)."""
    found, _ = _read_all(workspace)
    return tuple(SavedDesign(spec.name, spec) for spec in found if spec.study == study_key)


def unreadable_designs(workspace: Workspace) -> tuple[str, ...]:
    """Return one sentence for each file among the saved designs that holds none."""
    _, problems = _read_all(workspace)
    return tuple(problems)


def _read_all(workspace: Workspace) -> tuple[list[DesignSpec], list[str]]:
    found, problems = [], []
    for name in saved_names(workspace):
        try:
            found.append(read_saved(workspace, name))
        except UnknownName:
            problems.append(f"{workspace.designs / name}.json has a name that no design has, or was deleted just now.")
        except StoreError as error:
            problems.append(str(error))
    return found, problems
