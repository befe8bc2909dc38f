"""Reviews of units: given, queued, compared, exported."""
