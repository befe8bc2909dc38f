"""Pure experiment logic: designs, sessions, observers. Neither duckdb nor torch."""
