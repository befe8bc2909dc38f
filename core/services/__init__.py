"""One use case per function: what commands and pages ask for."""
