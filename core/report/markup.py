"""The parts of an HTML page as text: paragraphs, tables, sections; everything that comes from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

Cell = str | float | int | None

ROUNDING: Final = 1e-15  # below it a number is 0 but for rounding; p values are not that small
STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c1c1c; --ground: #ffffff; --line: #d9d9d9; --pale: #5a5a5a; --band: #f4f4f4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --ground: #161616; --line: #3a3a3a; --pale: #a8a8a8; --band: #222222; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.5rem 4rem; color: var(--ink); background: var(--ground);
  font: 16px/1.5 "Source Sans Pro", "Helvetica Neue", Helvetica, Arial, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; } h2 { font-size: 1.35rem; margin: 2.4rem 0 .6rem; }
h3 { font-size: 1.08rem; margin: 1.8rem 0 .4rem; } h4 { font-size: 1rem; margin: 0 0 .4rem; }
p { margin: .5rem 0; max-width: 46rem; } p.pale, figcaption { color: var(--pale); }
figure { margin: 1.2rem 0 1.8rem; break-inside: avoid; } figure svg { display: block; max-width: 100%; height: auto; }
figcaption { font-size: .9rem; max-width: 46rem; margin: .3rem 0; } .wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; margin: .5rem 0; }
th, td { padding: .2rem .7rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } td.number, th.number { text-align: right; white-space: nowrap; padding-left: .7rem; }
details { margin: .3rem 0; } summary { cursor: pointer; color: var(--pale); font-size: .9rem; }
code { font-size: .88em; overflow-wrap: anywhere; } ul { padding-left: 1.2rem; max-width: 46rem; } li { margin: .2rem 0; }
.warning { border-left: 4px solid #d55e00; padding: .1rem .9rem; background: var(--band); }
nav { font-size: .9rem; margin: 1rem 0; } nav a { margin-right: 1rem; color: inherit; }
@media print {
  :root { --ink: #000000; --ground: #ffffff; --line: #bbbbbb; --pale: #333333; --band: #ffffff; color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10.5pt; } nav { display: none; }
  h2, h3, h4 { break-after: avoid; } tr { break-inside: avoid; } }
"""


def page(title: str, body: Iterable[str]) -> str:
    """Return a whole document that asks for nothing from anywhere."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{escape(title)}</title><style>{STYLE}</style>'
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def section(title: str, *parts: str, name: str, level: int = 2) -> str:
    """Return a section with its heading, which its name leads to; empty where it has no parts."""
    inside = "\n".join(part for part in parts if part)
    return f'<section id="{escape(name)}"><h{level}>{escape(title)}</h{level}>\n{inside}\n</section>' if inside else ""


def paragraph(words: str, *, kind: str = "") -> str:
    """Return a paragraph; **bold** and `code` are marked up."""
    opened = f'<p class="{kind}">' if kind else "<p>"
    return f"{opened}{inline(words)}</p>" if words else ""


def bullets(sentences: Iterable[str]) -> str:
    """Return a list of sentences; empty where there are none."""
    items = "".join(f"<li>{inline(one)}</li>" for one in sentences)
    return f"<ul>{items}</ul>" if items else ""


def facts(pairs: Mapping[str, Cell]) -> str:
    """Return names and values as a table without a head; what is not known is left out."""
    known = {name: shown(value) for name, value in pairs.items() if value not in (None, "")}
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{inline(value)}</td></tr>' for name, value in known.items())
    return f"<table>{rows}</table>" if rows else ""


def table(rows: Sequence[Mapping[str, Cell]], names: Mapping[str, str] | None = None) -> str:
    """Return rows as a table; `names`: what its columns are called where not as their keys; those without a value are left out."""
    if not rows:
        return ""
    columns = list(dict.fromkeys(name for row in rows for name, value in row.items() if value is not None))
    numeric = {name for name in columns if any(isinstance(row.get(name), int | float) for row in rows)}
    kind = {name: ' class="number"' if name in numeric else "" for name in columns}
    head = "".join(f'<th scope="col"{kind[name]}>{escape((names or {}).get(name, name.replace("_", " ")))}</th>' for name in columns)
    cells = ("".join(f"<td{kind[name]}>{escape(shown(row.get(name)))}</td>" for name in columns) for row in rows)
    lines = "".join(f"<tr>{line}</tr>" for line in cells)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def folded(summary: str, inside: str, *, is_open: bool = False) -> str:
    """Return a part that opens where it is asked for."""
    return f"<details{' open' if is_open else ''}><summary>{escape(summary)}</summary>{inside}</details>" if inside else ""


def shown(value: Cell) -> str:
    """Return a value as it is read: numbers to four digits, counts whole, what is not known as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{0.0 if abs(value) < ROUNDING else value:.4g}".replace("-", "−")


def inline(words: str) -> str:
    """Return words with **bold** and `code` marked up."""
    bold = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(words))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", bold)
