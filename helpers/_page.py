"""What a dossier's page holds and looks like: needs, rows, JSON that round-trips, HTML.

Users reach these through `dossier`. The page is one file without scripts or pictures from
elsewhere: it opens anywhere, prints on a sheet, and reads on a phone as a list of cards.
"""

from __future__ import annotations

import html
import json
import math
from dataclasses import asdict, dataclass
from typing import Any

from helpers import _check, show

VERSION = 1  # of the JSON form


@dataclass(frozen=True)
class Need:
    """A limit written before the number: relation, limit, why, who owns it, and until when.

    `owner` and `due` say who closes a *not shown* or *not measured*, and by which date.

    >>> Need(">=", .9).verdict(.93, .91, .95), Need(">=", .9).verdict(.93, .88, .96)
    ('pass', 'not shown')
    """

    relation: str
    limit: float
    why: str = ""
    owner: str = ""
    due: str = ""

    def __post_init__(self) -> None:
        _check.choice(self.relation, "relation", (">=", "<="))
        _check.number(self.limit, "limit")
        for name in ("why", "owner", "due"):
            if not isinstance(getattr(self, name), str):
                _check.refuse(name, f"found {getattr(self, name)!r}", "write it as text")

    def verdict(self, value: float, low: float, high: float) -> str:
        """pass, fail or not shown; a bound that is missing (NaN) shows nothing on its side."""
        low, high = (end if math.isnan(x) else x for x, end in ((low, -math.inf), (high, math.inf)))
        if math.isnan(value):
            return "not measured"
        if self.relation == ">=":
            return "pass" if low >= self.limit else "fail" if high < self.limit else "not shown"
        return "pass" if high <= self.limit else "fail" if low > self.limit else "not shown"

    @property
    def word(self) -> str:
        """The relation in words."""
        return "at least" if self.relation == ">=" else "at most"

    def __str__(self) -> str:
        return f"{self.word} {show.value(self.limit)}"


@dataclass(frozen=True)
class Entry:
    """One row: what was measured on which axis, with interval and n, and what was needed.

    `reason` says why there is no number; `machine` that the number belongs to one machine.
    """

    axis: str
    name: str
    value: float
    low: float
    high: float
    n: int
    unit: str = ""
    method: str = ""
    reason: str = ""
    machine: bool = False
    need: Need | None = None

    @property
    def verdict(self) -> str:
        """One of pass, fail, not shown, not measured, no limit."""
        if self.reason:
            return "not measured"
        return "no limit" if self.need is None else self.need.verdict(self.value, self.low,
                                                                      self.high)  # fmt: skip


def number(entry: Entry) -> str:
    """The measured value with its interval, as text: the page and the table show the same."""
    if entry.reason:
        return f"not measured: {entry.reason}"
    value, low, high = (_in(x, entry.unit) for x in (entry.value, entry.low, entry.high))
    text = value if low == high else f"{value} ({low} to {high})"
    return f"⟨{text}⟩" if entry.machine else text


def _in(x: float, unit: str) -> str:
    """A number in its unit: seconds in the unit that reads best, dollars with their sign before."""
    if math.isnan(x):
        return "no bound"
    return f"${show.value(x)}" if unit == "$" else show.machine(x, unit)[1:-1]


def to_json(page: Any) -> str:
    """Everything as JSON; NaN becomes null."""
    out = {"form": VERSION, **asdict(page)}
    for row in out["entries"]:
        for name in ("value", "low", "high"):
            row[name] = None if math.isnan(row[name]) else row[name]
    return json.dumps(out, indent=1, ensure_ascii=False, allow_nan=False)


def from_json(text: str, kind: type) -> Any:
    """A dossier of that kind from its JSON."""
    try:
        given = json.loads(text)
        form = given.pop("form")
        rows = [_entry(row) for row in given.pop("entries")]
        page = kind(**given, entries=rows)
    except (TypeError, KeyError, AttributeError, json.JSONDecodeError):
        _check.refuse("text", "is no dossier in JSON", "pass what to_json returned")
    if form != VERSION:
        _check.refuse("text", f"has the form {form!r}", f"this package reads {VERSION}")
    return page


def _entry(row: dict) -> Entry:
    need = None if row["need"] is None else Need(**row["need"])
    gone = {k: math.nan for k in ("value", "low", "high") if row[k] is None}
    return Entry(**(row | gone | {"need": need}))


SHAPES = {"pass": "✔", "fail": "✘", "not shown": "≈", "not measured": "?", "no limit": "–"}
STYLE = """
:root{--ink:#1b1f23;--soft:#5b636b;--line:#d9dde1;--ground:#fff;--pass:#00664b;--fail:#a33f00;
--open:#4d4d4d}
*{box-sizing:border-box}body{font:16px/1.45 system-ui,sans-serif;color:var(--ink);
background:var(--ground);max-width:60rem;margin:0 auto;padding:1.2rem}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.05rem;margin:1.4rem 0 .3rem}
p{margin:.3rem 0}.soft,small{color:var(--soft)}.sum{display:flex;flex-wrap:wrap;gap:.5rem;
margin:.9rem 0;padding:0;list-style:none}.sum li{border:1px solid var(--line);
border-radius:.5rem;padding:.3rem .7rem}.sum b{font-size:1.25rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;
padding:.45rem .5rem;border-top:1px solid var(--line)}thead th{border-top:0;font-size:.85rem;
color:var(--soft)}td.n{font-variant-numeric:tabular-nums}.v{font-weight:600;white-space:nowrap}
.pass{color:var(--pass)}.fail{color:var(--fail)}.open{color:var(--open)}
svg{display:block;width:9rem;height:1.2rem}ul{margin:.3rem 0;padding-left:1.2rem}
@media (max-width:44rem){thead{display:none}tr{display:flex;flex-direction:column;
border-top:2px solid var(--ink);padding:.4rem 0}td,tbody th{border:0;padding:.1rem 0}
td{order:2}td.v{order:1}}
@media print{body{font-size:11px;padding:0}}
"""


NOTHING = "<li>Nothing: every row has a limit and, where it is open, an owner and a date.</li>"


def to_html(page: Any) -> str:
    """The page as one HTML file."""
    rows = "".join(_html_row(e) for e in page.entries)
    points = "".join(f"<li>{_safe(p)}</li>" for p in page.open_points())
    versions = ", ".join(f"{_safe(k)} {_safe(v)}" for k, v in page.environment.items())
    facts = " · ".join(f"{label} {_safe(str(v))}" for label, v in (
        ("data", page.data_hash), ("answers", page.model_hash), ("seed", page.seed),
        ("made", page.made)) if v != "")  # fmt: skip
    heads = "".join(f'<th scope="col">{h}</th>' for h in
                    ("Quality", "Measured, with its interval", "Interval and limit", "Needed",
                     "Verdict"))  # fmt: skip
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Dossier: {_safe(page.title)}</title><style>{STYLE}</style></head><body><main>"
        f'<h1>{_safe(page.title)}</h1><p class="soft">Performance dossier</p>{_summary(page)}'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"<h2>Open before anybody signs</h2><ul>{points or NOTHING}</ul>"
        "<h2>How to read this</h2><p>A row passes or fails only if its whole interval lies on one "
        "side of the limit; else it is <i>not shown</i>. Numbers in ⟨ ⟩ belong to the machine they "
        "were measured on.</p>"
        f"<h2>To find the same numbers again</h2><p><small>{facts}<br>{versions}</small></p>"
        "</main></body></html>\n"
    )


def _safe(text: str) -> str:
    return html.escape(str(text))


def _summary(page: Any) -> str:
    """How many rows have which verdict, with word and shape."""
    said = [e.verdict for e in page.entries]
    items = "".join(f'<li class="{_class(v)}"><b>{said.count(v)}</b> {SHAPES[v]} {v}</li>'
                    for v in SHAPES if v in said)  # fmt: skip
    return f'<ul class="sum">{items}</ul>'


def _class(verdict: str) -> str:
    return verdict if verdict in ("pass", "fail") else "open"


def _html_row(e: Entry) -> str:
    need, about = "no limit", ""
    if e.need is not None:
        need = _safe(f"{e.need.word} {_in(e.need.limit, e.unit)}")
        about = "".join(f"<br><small>{label}{_safe(text)}</small>" for label, text in (
            ("", e.need.why), ("owner: ", e.need.owner), ("by: ", e.need.due)) if text)  # fmt: skip
    how = ", ".join(_safe(part) for part in (f"n = {e.n:,}" if e.n > 1 else "", e.method) if part)
    return (
        f'<tr><th scope="row">{_safe(e.axis)}<br><small>{_safe(e.name)}</small></th>'
        f'<td class="n">{_safe(number(e))}<br><small>{how}</small></td><td>{_picture(e)}</td>'
        f'<td class="n">{need}{about}</td>'
        f'<td class="v {_class(e.verdict)}">{SHAPES[e.verdict]} {e.verdict}</td></tr>'
    )


def _picture(e: Entry) -> str:
    """The interval as a bar, the value as a dot, the limit as a tick, on a scale of its own."""
    marks = [x for x in (e.value, e.low, e.high, e.need.limit if e.need else math.nan)
             if math.isfinite(x)]  # fmt: skip
    if e.reason or not math.isfinite(e.value):
        return ""
    low, high = min(marks), max(marks)
    wide = (high - low) or abs(high) or 1.0

    def at(x: float, end: float) -> float:
        return 8 + 128 * (x - low) / wide if math.isfinite(x) else end

    left, right, dot = at(e.low, 2), at(e.high, 142), at(e.value, 72)
    tick = "" if e.need is None else (
        f'<path d="M{at(e.need.limit, 72):.1f} 1V19" stroke="#000" stroke-width="2"/>')  # fmt: skip
    return (
        f'<svg viewBox="0 0 144 20" role="img" aria-label="interval {_safe(number(e))}, '
        f'{"no limit" if e.need is None else _safe(str(e.need))}">'
        f'<path d="M2 10H142" stroke="#d9dde1"/><path d="M{left:.1f} 10H{right:.1f}" '
        f'stroke="#0072B2" stroke-width="5" stroke-opacity=".45"/>{tick}'
        f'<circle cx="{dot:.1f}" cy="10" r="4.5" fill="#0072B2"/></svg>'
    )
