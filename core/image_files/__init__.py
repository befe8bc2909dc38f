"""Where the bytes of an image are found: in a file of a folder, or inside an archive or table there, on this machine or another.

No torch here: pages use it too.
"""

from __future__ import annotations

from core.image_files.listing import Listing, listed
from core.image_files.members import Columns, Member
from core.image_files.reading import read_bytes

__all__ = ["Columns", "Listing", "Member", "listed", "read_bytes"]
