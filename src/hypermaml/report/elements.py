"""The pieces of an HTML page, every text escaped; light or dark as the reader's system is."""

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from hypermaml.report.findings import Finding
from hypermaml.report.plots.style import GRID, INK, PAPER, SETTINGS, TRUTH, Plot, as_svg
from hypermaml.report.tables import Table, setting

_LONG = 45  # characters, from which on a cell holds a sentence
_STYLE = """
:root { color-scheme: light dark; --ink: #24292f; --soft: #57606a; --paper: #ffffff; --card: #f6f8fa; --grid: #d8dee4;
  --truth: #b4bec9; --better: #1a7f37; --worse: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b3; --paper: #0d1117; --card: #161b22;
  --grid: #30363d; --truth: #4d5866; --better: #3fb950; --worse: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem clamp(.8rem, 3vw, 2rem) 4rem; max-width: 1200px; color: var(--ink);
  background: var(--paper); font: 16px/1.55 system-ui, sans-serif; }
h1 { line-height: 1.2; margin-bottom: .3rem; }
h2 { margin-top: 2.6rem; padding-top: .6rem; border-top: 1px solid var(--grid); }
h3 { margin: 1.4rem 0 .3rem; font-size: 1.02rem; } p { max-width: 75ch; } .soft, figcaption { color: var(--soft); }
.lead { font-size: 1.12rem; margin: .5rem 0; } .soft:empty { display: none; } .narrow { display: none; }
.wide { overflow-x: auto; } figure { margin: 1.2rem 0 2rem; } figcaption { max-width: 80ch; font-size: .93rem; }
figure svg, figure img { display: block; width: 100%; min-width: 620px; height: auto; } figure img { background: #fff; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; margin: .3rem 0 1.2rem; }
th, td { padding: .28rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
th:first-child, td:first-child { text-align: left; } th { color: var(--soft); }
td.text { text-align: left; white-space: normal; }
dl { max-width: 80ch; font-size: .93rem; color: var(--soft); } dt { float: left; clear: left; margin-right: .5rem; }
dt::after { content: ":"; } dt { color: var(--ink); } dd { margin: 0 0 .2rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); padding: .8rem 1rem;
  border-radius: 6px; }
details { margin: .6rem 0; } summary { cursor: pointer; }
ul { padding-left: 1.1rem; } li { margin: .25rem 0; max-width: 85ch; }
li.better::marker { content: "▲ "; color: var(--better); } li.worse::marker { content: "▼ "; color: var(--worse); }
li.open::marker { content: "○ "; } li.note::marker { content: "· "; }
@media (max-width: 640px) { .broad { display: none; } .narrow { display: block; } th, td { padding: .25rem .4rem; }
  figure .narrow svg { min-width: 0; } figure svg, figure img { min-width: 540px; } h1 { font-size: 1.5rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } .wide { overflow: visible; }
  table { font-size: 7.5pt; } th, td { white-space: normal; padding: .15rem .3rem; } tr, figure { break-inside: avoid; }
  h2, h3 { break-after: avoid; } figure svg, figure img { min-width: 0; } }
"""


def document(title: str, body: Iterable[str]) -> str:
    """Return the whole page around the HTML of its parts."""
    width = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'<meta charset="utf-8">{width}<title>{escape(title)}</title><style>{_STYLE}</style>'
    parts = "\n".join(body)
    return f"""<!doctype html>
<html lang="en"><head>{head}</head>
<body><h1>{escape(title)}</h1>
{parts}
</body></html>
"""


def heading(text: str) -> str:
    """Return the heading of a section."""
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph; `soft` is a kind in a quieter color."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def terms(content: Sequence[tuple[str, str]]) -> str:
    """Return words with their meanings; nothing where there are none."""
    found = "".join(f"<dt>{escape(word)}</dt><dd>{escape(meaning)}</dd>" for word, meaning in content)
    return f"<dl>{found}</dl>" if found else ""


def code(text: str) -> str:
    """Return a command line, as it was typed."""
    return f"<pre><code>{escape(text)}</code></pre>"


def details(summary: str, parts: Sequence[str]) -> str:
    """Return parts that a reader opens; nothing where there are none."""
    return f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>" if parts else ""


def table(content: Table) -> str:
    """Return a table that scrolls sideways on a narrow screen."""
    head = "".join(f"<th>{escape(text)}</th>" for text in content.headers)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in content.rows)
    body = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<h3>{escape(content.title)}</h3><div class="wide">{body}</div>'


def _cell(text: str) -> str:
    sentence = ' class="text"' if len(text) > _LONG else ""
    return f"<td{sentence}>{escape(text)}</td>"


def entries(content: Mapping[str, Any]) -> str:
    """Nested settings as two columns, with dotted names."""
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="text">{escape(value)}</td></tr>' for name, value in _flat(content)
    )
    return f'<div class="wide"><table><tbody>{rows}</tbody></table></div>'


def _flat(content: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{name}", ", ".join(map(setting, value))
        else:
            yield f"{prefix}{name}", setting(value)


def sentences(found: Sequence[Finding]) -> str:
    """Return findings: the main ones, and below them all others, folded, as lists, one for each scope."""
    main, others = ([finding for finding in found if finding.main == main] for main in (True, False))
    folded = [_lists(others)] if others else []
    return _lists(main) + details(f"{len(others)} more sentences", folded)


def _lists(found: Sequence[Finding]) -> str:
    html = []
    for scope in dict.fromkeys(finding.scope for finding in found):
        lines = [finding for finding in found if finding.scope == scope]
        items = "".join(f'<li class="{line.verdict}">{escape(line.text)}</li>' for line in lines)
        html.append(f"<h3>{escape(scope)}</h3><ul>{items}</ul>")
    return "".join(html)


def figure(plot: Plot, svg: str, *, inline: bool) -> str:
    """Return a plot with its title and its explanation: as SVG in the page's colors, or as an image of fixed size."""
    drawn = _inline(plot, svg, plot.name, plot.figure) if inline else _image(plot)
    caption = f"<figcaption>{escape(plot.caption)}</figcaption>"
    if inline and plot.narrow is not None:
        below = _inline(plot, as_svg(plot.narrow), f"{plot.name}-narrow", plot.narrow)
        drawn = f'<div class="wide broad">{drawn}</div><div class="narrow">{below}</div>'
    else:
        drawn = f'<div class="wide">{drawn}</div>'
    return f"<h3>{escape(plot.title)}</h3><figure>{drawn}{caption}</figure>"


def _inline(plot: Plot, svg: str, name: str, drawn: Figure) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\n\s*", "\n", svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)  # ids are unique in a page
    described = f'role="img" aria-label="{escape(plot.title)}" {_width(drawn)}'
    svg = re.sub(r'^<svg ([^>]*?)width="[^"]*" height="[^"]*"', rf"<svg \1 {described}", svg)
    for color, themed in ((INK, "currentColor"), (GRID, "var(--grid)"), (TRUTH, "var(--truth)"), (PAPER, "none")):
        svg = svg.replace(color, themed)
    return svg


def _image(plot: Plot) -> str:
    drawn = io.BytesIO()
    with matplotlib.rc_context(SETTINGS):
        plot.figure.savefig(drawn, format="webp", dpi=110, pil_kwargs={"quality": 80})
    data = base64.b64encode(drawn.getvalue()).decode()
    return f'<img alt="{escape(plot.title)}" {_width(plot.figure)} src="data:image/webp;base64,{data}">'


def _width(drawn: Figure) -> str:
    return f'style="max-width: {drawn.get_figwidth() * 100:.0f}px"'
