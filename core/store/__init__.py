"""All SQL and all files of a workspace: three stores (answers, catalogue with images, observers)."""
