"""A report of results as one HTML file that needs nothing else: methods with the actual design, figures, tables, versions."""
