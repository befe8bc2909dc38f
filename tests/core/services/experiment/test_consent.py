"""The text that participants agree to."""

from __future__ import annotations

import pytest

from core.errors import StoreError
from core.services.experiment.consent import consent_text
from core.store.workspace import Workspace


def test_a_language_has_its_own_text_or_the_common_one(empty_workspace: Workspace) -> None:
    """Without a file, or with an empty one, none is asked for; consent.de.md goes before consent.md."""
    root = empty_workspace.root
    root.mkdir()
    (root / "consent.de.md").write_text(" \n")
    assert consent_text(empty_workspace, "en") is None and consent_text(empty_workspace, "de") is None
    (root / "consent.md").write_text("I agree.\n")
    assert consent_text(empty_workspace, "en") == consent_text(empty_workspace, "de") == "I agree."
    (root / "consent.de.md").write_text("Ich bin einverstanden, äöü.", encoding="utf-8")
    assert (consent_text(empty_workspace, "en"), consent_text(empty_workspace, "de")) == ("I agree.", "Ich bin einverstanden, äöü.")


def test_a_file_that_is_no_text_is_named(empty_workspace: Workspace) -> None:
    """Nobody takes part under a text that cannot be read."""
    empty_workspace.root.mkdir()
    (empty_workspace.root / "consent.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreError, match=r"consent\.md cannot be read"):
        consent_text(empty_workspace, "en")
