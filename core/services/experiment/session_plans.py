"""The plan of one participant's session in a study: its material read, its trials planned; nothing is stored. No torch."""

from __future__ import annotations

from core.design_spec import DesignSpec
from core.domain import Study
from core.psychophysics.design import SessionPlan, plan
from core.services.experiment.materials import design_materials
from core.store import catalogue_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace


def session_plan(
    workspace: Workspace, reader: CatalogueReader, study: Study, design: DesignSpec, *, participant_number: int
) -> SessionPlan:
    """Return what this participant will be shown. Raises NotReady where units or images are missing, UsageError."""
    return plan(
        design,
        participant_number=participant_number,
        materials=design_materials(workspace, reader, study, design, participant_number=participant_number),
        address_of=catalogue_read.crop_addresses(reader.cursor(), study),
    )
