"""Running the dashboard's own script on one page, with its address, without a browser."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

(MAIN,) = (Path(__file__).parents[2] / "dashboard").rglob("main.py")
TIMEOUT_S = 60.0


def open_page(name: str, **query: str) -> AppTest:
    """Return the page of this name after its first run. Streamlit's own way reaches pages that are files only; these are functions."""
    test = AppTest.from_file(str(MAIN), default_timeout=TIMEOUT_S)
    test._page_hash = calc_hash("" if name == "overview" else name)
    for key, value in query.items():
        test.query_params[key] = value
    return test.run()


def words_of(page: AppTest) -> str:
    """Return all texts that a page shows, one a line."""
    kinds = (page.title, page.header, page.subheader, page.markdown, page.caption, page.info, page.warning, page.error, page.code)
    metrics = [f"{metric.label} {metric.value}" for metric in page.metric]
    return "\n".join([str(element.value) for kind in kinds for element in kind] + metrics)
