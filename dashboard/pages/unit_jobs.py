"""Rendering what one looks at: a unit without synthetic images, or the units that the wall's filters leave."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from core.domain import Study, Unit
from core.jobs import launch
from core.services import job_offers
from core.services.unit_finding import Found
from core.services.unit_table import UnitTable
from dashboard import access, job_text, resources
from dashboard.components.job_list import live_jobs, tell_started
from dashboard.components.job_starting import Starter, render_button


def render_this_unit(study: Study, unit: Unit) -> None:
    """Draw the way to the unit's first synthetic images, and the jobs that make them; nothing for whom may start none."""
    tell_started()
    if not access.may("run_jobs"):
        return
    where, by = resources.workspace(), access.person().name
    working = {one.number for one in launch.alive(where) if job_offers.renders_unit(one.asked.arguments, study, unit)}
    if working:
        live_jobs(where, key=f"unit-jobs/{study.key}/{unit}", by=by, may_stop=True, only=working)
    else:
        render_button(Starter(where, by), study, lambda: (unit,), label=job_text.RENDER_UNIT, key=f"render/{study.key}/{unit}")


def render_these_units(study: Study, table: UnitTable, found: Found) -> None:
    """Draw the way to synthetic images of the units that were found and have none; nothing for whom may not start any."""
    if not access.may("run_jobs"):
        return
    rows = found.rows[~table.is_rendered[found.rows]]
    if not len(rows):
        return
    tell_started()
    render_button(
        Starter(resources.workspace(), access.person().name),
        study,
        partial(_units, table, rows.tolist()),
        label=job_text.RENDER_UNITS.format(n=len(rows)) if len(rows) > 1 else job_text.RENDER_ONE.format(unit=table.unit(int(rows[0]))),
        key=f"render-found/{study.key}",
        help_text=job_text.RENDER_UNITS_HELP,
    )


def _units(table: UnitTable, rows: Sequence[int]) -> list[Unit]:
    return [table.unit(row) for row in rows]
