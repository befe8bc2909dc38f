"""The text that participants agree to before they take part: a file in the workspace, one for each language where there are several."""

from __future__ import annotations

from core.errors import StoreError
from core.experiment import Language
from core.store.workspace import Workspace


def consent_text(workspace: Workspace, language: Language) -> str | None:
    """Return the Markdown of consent.LANGUAGE.md, else of consent.md; None where neither says anything. Raises StoreError."""
    for name in (f"consent.{language}.md", "consent.md"):
        path = workspace.root / name
        try:
            text = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{path} cannot be read as text in UTF-8 ({error}); mend it, or take it away.") from error
        if text:
            return text
    return None
