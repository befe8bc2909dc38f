"""Long work as one folder on disk per job: spec, progress, checkpoint, lock."""
