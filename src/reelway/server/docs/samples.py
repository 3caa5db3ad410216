"""A story as cURL, Python and JavaScript: each runs as printed, but for the key.

No sample needs more than the language itself: a shell with curl, Python's standard library,
Node's own fetch.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reelway import words
from reelway.server.docs.stories import Place, Send, Story, Wait
from reelway.server.openapi import PART

YOUR_KEY = "YOUR_KEY"
FILM, PICTURE = "film.mp4", "horizon.png"
PICTURE_BASE64 = words.PICTURE_EXAMPLE.partition(",")[2]


@dataclass(frozen=True, kw_only=True)
class Language:
    name: str
    file: str
    run: str
    write: Callable[[Story, str], str]


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


# A shell with curl


CURL_TEXT = r"""
# The first text behind $1: all that is read of an answer.
text() {
  grep -o "$1\"[^\"]*\"" | head -n 1 | sed 's/.*"\([^"]*\)"$/\1/'
}
"""


def curl(story: Story, server: str) -> str:
    parts = [f"SERVER={shlex.quote(server)}\nKEY={YOUR_KEY}"]
    parts += [CURL_TEXT] if story.id else []
    if story.order:
        made = _curl(story.order, "made=$(", ")")
        parts.append(made + (f"\n{_text('id', 'made', story.id)}" if story.id else ""))
    if story.wait:
        parts.append(_curl_wait(story.wait))
    if story.film:
        parts.append(
            f"{_text('film', 'task', story.film)}\n"
            f'curl -sS -o {FILM} "${{film:?$task}}" && echo {FILM}'
        )
    if story.then:
        parts.append(_curl(story.then))
    elif not story.film:
        parts.append('echo "$made"')
    return _paragraphs(*parts)


def _curl(send: Send, before: str = "", after: str = "") -> str:
    method = "" if send.method == "GET" or send.body or send.upload else f"-X {send.method} "
    path = send.path.replace("{id}", "$id")
    lines = [f'{before}curl -sS {method}"$SERVER{path}"', '-H "Authorization: Bearer $KEY"']
    if send.upload:
        picture = f"echo {PICTURE_BASE64} | base64 -d > {PICTURE}\n\n"
        return picture + " \\\n  ".join([*lines, f"-F {PART}=@{PICTURE}{after}"])
    if send.body is not None:
        body = json.dumps(send.body, indent=2, ensure_ascii=False).replace("'", "'\\''")
        lines += ['-H "Content-Type: application/json"', f"-d '{body}'"]
    return " \\\n  ".join(lines) + after


def _curl_wait(wait: Wait) -> str:
    last = "|".join((wait.done, *wait.failed))
    look = _curl(wait.look).replace("\n", "\n  ")
    return (
        ': "${id:?$made}"  # without an id, what was answered says why\n'
        'while [ "$id" ]; do\n'
        f"  task=$({look})\n"
        f"  {_text('status', 'task', wait.status)}\n"
        f"  case $status in {last}) break ;; esac\n"
        "  sleep 1\n"
        "done"
    )


def _text(name: str, source: str, place: Place | None) -> str:
    """Set `name` to the first text behind the letters that stand in front of it."""
    front = re.sub(r"[\[\].*^$\\]", r"\\\g<0>", place.front if place else "")
    return f'{name}=$(printf %s "${source}" | text {shlex.quote(front)})'


# Python


PYTHON_CALL = """
def call(method, path, body=None):
    request = urllib.request.Request(SERVER + path, method=method)
    request.add_header("Authorization", "Bearer " + KEY)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{error.code}: {error.read().decode()}")
"""
PYTHON_UPLOAD = f'''
def upload(path, name, data):
    mark = "part-of-the-form"
    head = f'--{{mark}}\\r\\nContent-Disposition: form-data; name="{PART}"; filename="{{name}}"'
    request = urllib.request.Request(SERVER + path, method="POST")
    request.data = f"{{head}}\\r\\n\\r\\n".encode() + data + f"\\r\\n--{{mark}}--\\r\\n".encode()
    request.add_header("Authorization", "Bearer " + KEY)
    request.add_header("Content-Type", f"multipart/form-data; boundary={{mark}}")
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)
'''


def python(story: Story, server: str) -> str:
    upload = bool(story.order and story.order.upload)
    sends = [send for send in (story.order, story.then) if send and not send.upload]
    modules = {"json", "urllib.request"}
    modules |= {"urllib.error"} if sends else set()
    modules |= {"base64"} if upload else set()
    modules |= {"time"} if story.wait else set()
    modules |= {"shutil"} if story.film else set()
    helpers = [text for text, used in ((PYTHON_CALL, sends), (PYTHON_UPLOAD, upload)) if used]
    head = [
        "\n".join(f"import {name}" for name in sorted(modules)),
        f'SERVER = {json.dumps(server)}\nKEY = "{YOUR_KEY}"',
    ]
    parts = [_python_order(story.order, story.id)] if story.order else []
    if story.wait:
        parts.append(_python_wait(story.wait))
    if story.film:
        parts.append(
            f"with urllib.request.urlopen(task{_items(story.film)}) as film, "
            f'open("{FILM}", "wb") as file:\n'
            f'    shutil.copyfileobj(film, file)\nprint("{FILM}")'
        )
    if story.then:
        parts.append(f"print({_python_call(story.then)})")
    elif not story.film:
        parts.append("print(made)")
    # Two empty lines around functions, as in all Python.
    return (
        "\n\n\n".join(["\n\n".join(head), *(h.strip() for h in helpers), "\n\n".join(parts)]) + "\n"
    )


def _python_order(send: Send, id: Place | None) -> str:
    if send.upload:
        made = (
            f'picture = base64.b64decode("{PICTURE_BASE64}")\n'
            f'made = upload("{send.path}", "{PICTURE}", picture)'
        )
    else:
        made = f"made = {_python_call(send)}"
    return made + (f"\nid = made{_items(id)}" if id else "")


def _python_call(send: Send) -> str:
    head, mark, tail = send.path.partition("{id}")
    path = json.dumps(head) + (" + id" if mark else "") + (f" + {json.dumps(tail)}" if tail else "")
    body = f", {_literal(send.body)}" if send.body is not None else ""
    return f'call("{send.method}", {path}{body})'


def _python_wait(wait: Wait) -> str:
    last = ", ".join(map(json.dumps, (wait.done, *wait.failed)))
    return (
        "while True:\n"
        f"    task = {_python_call(wait.look)}\n"
        f"    status = task{_items(wait.status)}\n"
        f"    if status in ({last}):\n"
        "        break\n"
        "    time.sleep(1)\n"
        f"if status != {json.dumps(wait.done)}:\n"
        '    raise SystemExit(f"no film: {task}")'
    )


def _items(place: Place) -> str:
    return "".join(f"[{json.dumps(step)}]" for step in place.steps)


def _literal(value: Any, indent: str = "") -> str:
    """JSON as Python writes it."""
    if isinstance(value, Mapping | list) and value:
        inner = indent + "    "
        if isinstance(value, Mapping):
            lines = [f"{inner}{json.dumps(n)}: {_literal(v, inner)},\n" for n, v in value.items()]
            return "{\n" + "".join(lines) + indent + "}"
        return "[\n" + "".join(f"{inner}{_literal(v, inner)},\n" for v in value) + indent + "]"
    constant = {True: "True", False: "False", None: "None"}
    if value is None or isinstance(value, bool):
        return constant[value]
    return json.dumps(value, ensure_ascii=False)


# JavaScript


JAVASCRIPT_CALL = """
async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${KEY}` };
  if (body) headers["Content-Type"] = "application/json";
  const reply = await fetch(SERVER + path, { method, headers, body: body && JSON.stringify(body) });
  if (!reply.ok) throw new Error(`${reply.status}: ${await reply.text()}`);
  return reply.json();
}
"""
JAVASCRIPT_UPLOAD = f"""
async function upload(path, name, data) {{
  const form = new FormData();
  form.append("{PART}", new Blob([data]), name);
  const headers = {{ Authorization: `Bearer ${{KEY}}` }};
  const reply = await fetch(SERVER + path, {{ method: "POST", headers, body: form }});
  if (!reply.ok) throw new Error(`${{reply.status}}: ${{await reply.text()}}`);
  return reply.json();
}}
"""


def javascript(story: Story, server: str) -> str:
    upload = bool(story.order and story.order.upload)
    sends = [send for send in (story.order, story.then) if send and not send.upload]
    parts = ['import { writeFile } from "node:fs/promises";'] if story.film else []
    parts.append(f'const SERVER = {json.dumps(server)};\nconst KEY = "{YOUR_KEY}";')
    parts += [t for t, used in ((JAVASCRIPT_CALL, sends), (JAVASCRIPT_UPLOAD, upload)) if used]
    if story.order:
        parts.append(_javascript_order(story.order, story.id))
    if story.wait:
        parts.append(_javascript_wait(story.wait))
    if story.film:
        parts.append(
            f"const film = await fetch(task{_members(story.film)});\n"
            f'await writeFile("{FILM}", Buffer.from(await film.arrayBuffer()));\n'
            f'console.log("{FILM}");'
        )
    if story.then:
        parts.append(f"console.log(await {_javascript_call(story.then)});")
    elif not story.film:
        parts.append("console.log(made);")
    return _paragraphs(*parts)


def _javascript_order(send: Send, id: Place | None) -> str:
    if send.upload:
        made = (
            f'const picture = Buffer.from("{PICTURE_BASE64}", "base64");\n'
            f'const made = await upload("{send.path}", "{PICTURE}", picture);'
        )
    else:
        made = f"const made = await {_javascript_call(send)};"
    return made + (f"\nconst id = made{_members(id)};" if id else "")


def _javascript_call(send: Send) -> str:
    quote = "`" if "{id}" in send.path else '"'
    path = quote + send.path.replace("{id}", "${id}") + quote
    body = ""
    if send.body is not None:
        text = json.dumps(send.body, indent=2, ensure_ascii=False)
        body = ", " + re.sub(r'^( +)"([A-Za-z_]\w*)":', r"\1\2:", text, flags=re.MULTILINE)
    return f'call("{send.method}", {path}{body})'


def _javascript_wait(wait: Wait) -> str:
    last = ", ".join(map(json.dumps, (wait.done, *wait.failed)))
    return (
        "let task, status;\n"
        "do {\n"
        "  await new Promise((wake) => setTimeout(wake, 1000));\n"
        f"  task = await {_javascript_call(wait.look)};\n"
        f"  status = task{_members(wait.status)};\n"
        f"}} while (![{last}].includes(status));\n"
        f"if (status !== {json.dumps(wait.done)}) "
        "throw new Error(`no film: ${JSON.stringify(task)}`);"
    )


def _members(place: Place) -> str:
    return "".join(
        f".{step}" if isinstance(step, str) and step.isidentifier() else f"[{json.dumps(step)}]"
        for step in place.steps
    )


LANGUAGES = (
    Language(name="cURL", file="film.sh", run="sh film.sh", write=curl),
    Language(name="Python", file="film.py", run="python3 film.py", write=python),
    Language(name="JavaScript", file="film.mjs", run="node film.mjs", write=javascript),
)
