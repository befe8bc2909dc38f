"""Rendering what one looks at: a unit without synthetic images, or the units that the wall's filters leave."""

from __future__ import annotations

from core.domain import Study, Unit
from core.jobs import launch
from core.services.jobs import job_offers
from core.services.units.unit_finding import Rows
from core.services.units.unit_table import UnitTable
from dashboard import access, job_text, resources
from dashboard.components.job_list import live_jobs, tell_started
from dashboard.components.job_starting import Starter, render_button, render_dialog


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


def render_these_units(study: Study, table: UnitTable, rows: Rows) -> None:
    """Open the way to synthetic images of those units of a table that have none; nothing for whom may not start any."""
    left = rows[~table.is_rendered[rows]].tolist()
    if access.may("run_jobs") and left:
        starter = Starter(resources.workspace(), access.person().name)
        render_dialog(starter, study, [table.unit(row) for row in left], key=f"render-found/{study.key}")
