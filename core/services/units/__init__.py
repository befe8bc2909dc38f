"""Units as pages and commands see them: one, or all as a table."""
