"""A wire's page and the index, as HTML: one file each, with nothing to fetch and nothing to run.

Everything that is put in is escaped: `_t` for text, and whatever comes out of a function here
is HTML already.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path

from reelway import __version__
from reelway.limits import Row
from reelway.server.docs import HERE
from reelway.server.docs.fields import Field
from reelway.server.docs.groups import Group, groups_of
from reelway.server.docs.samples import LANGUAGES, YOUR_KEY
from reelway.server.docs.stories import Story
from reelway.server.openapi import REPLY_HEADERS, REQUEST_HEADERS, Json
from reelway.wire import Reply, Wire

MARKS = {
    "D": "documented",
    "C": "seen in client code",
    "I": "inferred",
    "A": "assumed",
}
LONGEST_SHOWN = 64  # characters of a data URL in an answer


@cache
def style() -> str:
    return Path(__file__).with_name("page.css").read_text("utf-8")


@cache
def policy() -> str:
    """What a browser may do with a page: nothing but its own style, known by its hash."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def wire_page(wire: Wire, wires: Sequence[Wire], document: Json) -> str:
    groups = groups_of(wire, document)
    links = [(g.anchor, g.title) for g in groups] + [("headers", "Headers")]
    body = f"""<div class="layout">
<aside><nav aria-label="On this page"><ul>
{_lines(f'<li><a href="#{a}">{_t(t)}</a></li>' for a, t in links)}
</ul></nav></aside>
<main>
<h1>{_t(wire.title)}</h1>
<p class="lead">The calls of {_t(wire.title)} that this server answers, with their fields, limits
and samples. Every sample runs as printed: put your key in place of <code>{YOUR_KEY}</code>.</p>
{_start(wire)}
{_lines(_section(wire, group) for group in groups)}
{_headers()}
{_footer(wire)}
</main>
</div>"""
    return _html(f"{wire.title} – Reelway", body, wires, wire, languages=True)


def index_page(wires: Sequence[Wire]) -> str:
    cards = _lines(
        f'<li><h2><a href="/{w.name}/docs">{_t(w.title)}</a></h2>'
        f"<p>{_t(_many(len(w.routes), 'call'))} under <code>/{w.name}</code></p>"
        f'<a href="/{w.name}/docs">Docs</a> · '
        f'<a href="/{w.name}/openapi.json">OpenAPI</a></li>'
        for w in wires
    )
    body = f"""<main>
<h1>Reelway</h1>
<p class="lead">One server for AI video, in the formats that your code already speaks. Choose the
one that you call; a task that was made in one can be read in all.</p>
<ul class="cards">
{cards}
</ul>
<section id="key"><h2>Your key</h2>
<p>Each call carries a key: <code>Authorization: Bearer {YOUR_KEY}</code>. The first start of the
server makes one and leaves it in <code>local.key</code> in the data folder;
<code>reelway keys create --name me</code> makes more.</p></section>
{_headers()}
<footer>Reelway {_t(__version__)} · <a href="/openapi.json">All OpenAPI documents</a></footer>
</main>"""
    return _html("Reelway docs", f'<div class="plain">{body}</div>', wires, None)


# Parts of a page


def _html(
    title: str, body: str, wires: Sequence[Wire], now: Wire | None, *, languages: bool = False
) -> str:
    links = _lines(
        f'<a href="/{w.name}/docs"{" aria-current=page" if w is now else ""}>{_t(w.title)}</a>'
        for w in wires
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_t(title)}</title>
<link rel="icon" href="data:,">
<style>{style()}</style>
</head>
<body>
<header><a class="name" href="/docs">Reelway docs</a>
<nav aria-label="Formats">{links}</nav>{_languages() if languages else ""}</header>
{body}
</body>
</html>
"""


def _languages() -> str:
    out = []
    for number, language in enumerate(LANGUAGES):
        id, checked = f"in-{language.name.lower()}", "" if number else " checked"
        out.append(
            f'<input type="radio" name="language" id="{id}"{checked}>'
            f'<label for="{id}">{_t(language.name)}</label>'
        )
    inputs = "".join(out)
    return f'<fieldset class="languages" aria-label="Language of samples">{inputs}</fieldset>'


def _start(wire: Wire) -> str:
    return f"""<table class="pairs stacked"><tbody>
<tr><td>Address</td><td><code>{HERE}/{wire.name}</code></td></tr>
<tr><td>Key</td><td><code>Authorization: Bearer {YOUR_KEY}</code></td></tr>
<tr><td>Document</td><td><a href="/{wire.name}/openapi.json">OpenAPI 3.1</a></td></tr>
</tbody></table>"""


def _section(wire: Wire, group: Group) -> str:
    paths = _lines(
        f'<li><span class="method {r.method}">{r.method}</span> <code>{_breaks(r.path)}</code></li>'
        for r in group.routes
    )
    left = [f"<p>{_rich(group.summary)}</p>"]
    left += [_fields("In the address", group.parameters)] if group.parameters else []
    left += [_fields("Body", group.fields)] if group.fields else []
    left += [_limits(group.limits)] if group.limits else []
    left += [_told(group.told)] if group.told else []
    right = [_story(wire, group.story)] if group.story else _body(group)
    right.append(_answers(group))
    return f"""<section id="{group.anchor}">
<h2><a class="anchor" href="#{group.anchor}">{_t(group.title)}</a></h2>
<ul class="paths">{paths}</ul>
<div class="columns"><div>{_lines(left)}</div><div class="samples">{_lines(right)}</div></div>
</section>"""


def _fields(title: str, fields: Iterable[Field]) -> str:
    rows = []
    for field in fields:
        need = '<span class="required">required</span>' if field.required else ""
        held = [f"<code>{_t(value)}</code>" for value in field.values] or [_t(field.range)]
        if field.default and not field.required:
            held.append(f'<span class="default">Default: {_t(field.default)}</span>')
        rows.append(
            f"<tr{' class=inner' if '[].' in field.name else ''}>"
            f'<td><code>{_breaks(field.name)}</code><span class="type">{_t(field.type)}</span>'
            f"{need}</td><td>{' '.join(filter(None, held))}</td><td>{_rich(field.text)}</td></tr>"
        )
    return (
        f'<h3>{title}</h3><table class="fields stacked"><thead><tr><th>Field</th>'
        "<th>Range and default</th><th>What it does</th></tr></thead>"
        f"<tbody>{_lines(rows)}</tbody></table>"
    )


def _told(fields: Iterable[Field]) -> str:
    rows = _lines(
        f"<tr{' class=inner' if '.' in field.name else ''}><td><code>{_breaks(field.name)}</code>"
        f'<span class="type">{_t(field.type)}</span></td><td>{_rich(field.text)}</td></tr>'
        for field in fields
    )
    return (
        "<details><summary>Fields of the answer</summary><table><thead><tr><th>Field</th>"
        f"<th>What it says</th></tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _limits(rows: Sequence[Row]) -> str:
    """The limits as they are checked, and, where not all are documented, how each is known."""
    known = any(row.mark != "D" for row in rows)
    body = _lines(
        f"<tr><td><code>{_breaks(row.field)}</code></td><td>{_t(row.words)}</td>"
        + (f"<td>{MARKS[row.mark]}</td>" if known else "")
        + "</tr>"
        for row in rows
    )
    head = "<th>Field</th><th>What is refused otherwise</th>" + (
        "<th>How known</th>" if known else ""
    )
    return (
        f"<details><summary>Limits</summary><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></details>"
    )


def _story(wire: Wire, story: Story) -> str:
    out = []
    for language in LANGUAGES:
        text = language.write(story, f"{HERE}/{wire.name}")
        out.append(
            f'<figure class="in-{language.name.lower()}"><figcaption><b>{_t(language.name)}</b>'
            f"<span>{language.file}, run with <code>{_t(language.run)}</code></span></figcaption>"
            f'<pre tabindex="0"><code data-file="{language.file}">{_coloured(text)}</code></pre>'
            "</figure>"
        )
    return _lines(out)


def _body(group: Group) -> list[str]:
    example = group.example
    if not example or not example.reading:
        return []
    text = json.dumps(example.body, indent=2, ensure_ascii=False)
    return [
        "<figure><figcaption><b>Body</b><span>with an address of your own</span>"
        f'</figcaption><pre tabindex="0"><code>{_coloured(text)}</code></pre></figure>'
    ]


def _answers(group: Group) -> str:
    out = ["<h3>Answers</h3>"]
    if group.stream:
        out.append(
            '<details class="good" open><summary><b>200</b>text/event-stream</summary>'
            f'<pre tabindex="0"><code>{_t(group.stream)}</code></pre></details>'
        )
    for number, (when, reply) in enumerate((*group.replies, *group.refusals)):
        good = "good" if reply.status < 400 else "bad"
        shown = " open" if number == 0 and group.replies else ""
        out.append(
            f'<details class="{good}"{shown}>'
            f"<summary><b>{reply.status}</b>{_t(when or 'Done')}</summary>"
            f'<pre tabindex="0"><code>{_coloured(_json(reply))}</code></pre></details>'
        )
    return _lines(out)


def _json(reply: Reply) -> str:
    text = json.dumps(reply.data, indent=2, ensure_ascii=False)
    return re.sub(rf'("data:[^"]{{{LONGEST_SHOWN}}})[^"]+"', r'\1…"', text)


def _headers() -> str:
    def table(title: str, headers: Iterable[tuple[str, str]]) -> str:
        rows = _lines(
            f"<tr><td><code>{_t(name)}</code></td><td>{_rich(text)}</td></tr>"
            for name, text in headers
        )
        return f'<h3>{title}</h3><table class="pairs stacked"><tbody>{rows}</tbody></table>'

    return (
        '<section id="headers"><h2><a class="anchor" href="#headers">Headers</a></h2>'
        f"{table('Of a call that orders a film', REQUEST_HEADERS.items())}"
        f"{table('Of answers', REPLY_HEADERS.items())}</section>"
    )


def _footer(wire: Wire) -> str:
    return (
        f"<footer>Reelway {_t(__version__)} · "
        f'<a href="/{wire.name}/openapi.json">OpenAPI document</a> · '
        '<a href="/docs">All formats</a></footer>'
    )


# Text


def _t(text: str) -> str:
    return escape(text)


def _rich(text: str) -> str:
    """Text, in which `this` is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _breaks(name: str) -> str:
    """A path or a field's name, which may be broken at its joints."""
    return re.sub(r"(/|_|\.|\[\])", r"\1<wbr>", escape(name))


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(parts)


TOKEN = re.compile(
    r'"(?:\\.|[^"\\\n])*"|\'[^\']*\'|`[^`]*`|(?:(?<=\s)|^)(?:#|//)\s[^\n]*', re.MULTILINE
)


def _coloured(text: str) -> str:
    """Code with its texts and comments marked."""
    out, end = [], 0
    for token in TOKEN.finditer(text):
        kind = "c" if token[0][0] in "#/" else "s"
        out += [
            escape(text[end : token.start()]),
            f'<span class="{kind}">{escape(token[0])}</span>',
        ]
        end = token.end()
    return "".join([*out, escape(text[end:])])
