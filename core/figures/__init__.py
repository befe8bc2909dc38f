"""The paper's figures as Altair charts, drawn from records of results: one look on pages, in reports and as files."""
