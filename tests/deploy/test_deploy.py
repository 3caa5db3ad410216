"""The files of deploy/ parse, and name nothing that is not there."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import click
import pytest
import yaml

from reelway.app import LAST_WORDS
from reelway.cli.main import cli
from reelway.engines.hosted import LAST_ANSWER
from reelway.settings import OTHER_VARIABLES, PREFIX, load, variables
from requires import require
from server.test_metrics import NAMES

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.iterdir() if path.is_file())
VARIABLE = re.compile(r"\bREELWAY_[A-Z0-9_]+")
METRIC = re.compile(r"\b(?:reelway|process)_[a-z_]+\b")
PROCESS = {
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
}


def text(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_variable_is_a_setting(path: Path) -> None:
    known = {PREFIX + name for name in variables()}
    known |= {f"{name}_FILE" for name in known} | {PREFIX + name for name in OTHER_VARIABLES}
    assert set(VARIABLE.findall(path.read_text("utf-8"))) <= known


# The container


def steps() -> list[tuple[str, str]]:
    """(instruction, arguments) of the Dockerfile, continued lines joined."""
    lines = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", text("Dockerfile"))).splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


def of(instruction: str) -> list[str]:
    return [arguments for name, arguments in steps() if name == instruction]


def test_the_base_is_a_python_that_is_supported() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    version = re.fullmatch(r"PYTHON=(\d+)\.(\d+)", of("ARG")[0])
    assert version and of("FROM") == ["python:${PYTHON}-slim AS build", "python:${PYTHON}-slim"]
    least = re.fullmatch(r">=(\d+)\.(\d+)", wanted["requires-python"])
    assert least and tuple(map(int, version.groups())) >= tuple(map(int, least.groups()))
    assert (
        f"Programming Language :: Python :: {'.'.join(version.groups())}" in wanted["classifiers"]
    )


def test_what_is_copied_is_there_and_let_through() -> None:
    wanted = [name for line in of("COPY") if "--from" not in line for name in line.split()[:-1]]
    let_through = re.findall(r"(?m)^!(\S+)$", text("Dockerfile.dockerignore"))
    assert sorted(wanted) == sorted(let_through)
    assert all((ROOT / name).exists() for name in wanted)
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {build["readme"], *build["license-files"]} <= set(wanted)  # or it is not built


def test_the_container_is_as_it_says() -> None:
    number = re.search(r"useradd --uid (\d+)", " ".join(of("RUN")))
    assert number and of("USER") == [f"{number[1]}:{number[1]}"]
    assert of("VOLUME") == ["/data"] and of("STOPSIGNAL") == ["SIGTERM"]
    given = dict(word.split("=", 1) for word in shlex.split(of("ENV")[0]))
    assert of("EXPOSE") == [given["REELWAY_PORT"]]
    settings, _ = load(environ={k: v for k, v in given.items() if k.startswith(PREFIX)})
    assert (settings.host, settings.data) == ("0.0.0.0", Path("/data"))
    assert settings.measured_by == "key"
    assert json.loads(of("ENTRYPOINT")[0])[-1] == "reelway"
    assert json.loads(of("CMD")[0])[0] in cli.list_commands(click.Context(cli))


@pytest.fixture
def stand_in() -> Iterator[tuple[int, list[int]]]:
    """A server that answers GET /readyz with what is in the list."""
    answers = [200]

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers[0] if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, answers
        server.shutdown()
        thread.join()


def test_the_health_check_tells_ready_from_not(stand_in: tuple[int, list[int]]) -> None:
    port, answers = stand_in
    words = json.loads(of("HEALTHCHECK")[0].split("CMD ", 1)[1])
    assert words[0] == "python"

    def code(port: int) -> int:
        environ = {"REELWAY_PORT": str(port), "http_proxy": "http://127.0.0.1:9"}
        return subprocess.run(
            [sys.executable, *words[1:]], env=environ, capture_output=True
        ).returncode

    assert code(port) == 0
    answers[0] = 503
    assert code(port) == 1
    assert code(9) == 1  # nobody listens


def test_compose() -> None:
    told = yaml.safe_load(text("compose.yaml"))
    server = told["services"]["reelway"]
    assert (DEPLOY / server["build"]["context"]).resolve() == ROOT
    assert (ROOT / server["build"]["dockerfile"]).exists()
    assert server["volumes"] == ["reelway:/data"] and "reelway" in told["volumes"]
    assert server["restart"] == "unless-stopped"
    environ = {k: v for k, v in server["environment"].items() if not k.endswith("_FILE")}
    settings, _ = load(environ={"REELWAY_DATA": "/data", **environ})
    assert settings.trusted_proxies == ("172.16.0.0/12",)
    assert seconds(server["stop_grace_period"]) > 2 * settings.drain + LAST_ANSWER + LAST_WORDS
    secret = server["secrets"][0]
    assert server["environment"]["REELWAY_SECRET_FILE"] == f"/run/secrets/{secret}"
    assert secret in told["secrets"]


def seconds(span: str) -> int:
    return int(span.removesuffix("s"))


# systemd


def unit() -> dict[str, list[str]]:
    """NAME → values of [Service], in order; configparser reads the rest of the form."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.read_string(text("reelway.service"))
    assert parser.sections() == ["Unit", "Service", "Install"]
    found: dict[str, list[str]] = {}
    section = text("reelway.service").split("[Service]")[1].split("[Install]")[0]
    for line in section.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_the_unit() -> None:
    options = unit()
    for name, value in {
        "Type": "exec",
        "User": "reelway",
        "StateDirectory": "reelway",
        "KillMode": "mixed",
        "Restart": "on-failure",
        "OOMPolicy": "continue",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    }.items():
        assert options[name] == [value]
    assert int(options["LimitNOFILE"][0]) >= 65_536
    assert not options.keys() & {"MemoryDenyWriteExecute", "ProcSubset", "DynamicUser"}
    command = shlex.split(options["ExecStart"][0])
    assert command[0].endswith("/reelway") and command[1] in cli.list_commands(click.Context(cli))
    environ = env_file()
    environ["REELWAY_DATA"] = "/var/lib/reelway"
    settings, warnings = load(environ=environ)
    assert warnings == []
    assert int(options["TimeoutStopSec"][0]) > 2 * settings.drain + LAST_ANSWER + LAST_WORDS


def env_file() -> dict[str, str]:
    lines = [line for line in text("reelway.env").splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def test_the_examples_that_are_commented_out_are_settings_too() -> None:
    lines = re.findall(r"(?m)^#(REELWAY_\w+)=(.*)$", text("reelway.env"))
    assert len(lines) == 4
    environ = {name: value for name, value in lines if not name.endswith("_FILE")}
    settings, _ = load(environ={"REELWAY_DATA": "/var/lib/reelway", **environ})
    assert settings.trusted_proxies == ("10.0.0.5",) and settings.metrics == "open"


def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    present = shutil.which("systemd-analyze") is not None
    require("systemd-analyze", present, "systemd-analyze is not installed")
    copy = tmp_path / "reelway.service"
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text("reelway.service")))
    result = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")


# Prometheus and Grafana


def expressions() -> list[tuple[str, str]]:
    rules = [
        (rule["alert"], rule["expr"])
        for group in yaml.safe_load(text("prometheus-alerts.yaml"))["groups"]
        for rule in group["rules"]
    ]
    panels = json.loads(text("grafana-dashboard.json"))["panels"]
    return rules + [(p["title"], t["expr"]) for p in panels for t in p.get("targets", ())]


@pytest.mark.parametrize(("name", "expr"), expressions())
def test_an_expression_asks_for_what_there_is(name: str, expr: str) -> None:
    assert expr.count("(") == expr.count(")") and expr.count("{") == expr.count("}")
    found = set(METRIC.findall(expr))
    assert found or "up{" in expr
    assert found <= NAMES.keys() | PROCESS
    labels = set().union(*(NAMES.get(metric, ()) for metric in found)) | {"instance", "job"}
    asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expr))
    for listed in re.findall(r"\b(?:by|on|ignoring)\s*\(([^)]*)\)", expr):
        asked |= {word.strip() for word in listed.split(",")}
    assert asked <= labels
    for metric in found:  # counters are asked for their rise, and nothing else is
        rising = re.search(rf"(?:rate|increase)\({metric}\b", expr) is not None
        assert rising == metric.endswith(("_total", "_bucket"))


def test_the_alerts_say_what_they_are() -> None:
    (group,) = yaml.safe_load(text("prometheus-alerts.yaml"))["groups"]
    names = [rule["alert"] for rule in group["rules"]]
    assert len(set(names)) == len(names) >= 12
    for rule in group["rules"]:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))


def test_every_metric_is_on_the_dashboard() -> None:
    board = json.loads(text("grafana-dashboard.json"))
    shown = set(METRIC.findall(json.dumps([p.get("targets") for p in board["panels"]])))
    assert NAMES.keys() - shown == set()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in board["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24 and panel["title"]


def test_the_job_of_the_alerts_is_the_one_in_the_readme() -> None:
    jobs = set(re.findall(r'job="(\w+)"', text("prometheus-alerts.yaml")))
    blocks = re.findall(r"(?ms)^```yaml\n(.*?)^```", text("README.md"))
    told = yaml.safe_load(blocks[0])
    assert {config["job_name"] for config in told["scrape_configs"]} == jobs
    assert told["rule_files"] == ["prometheus-alerts.yaml"]


def test_the_readme_names_every_file_and_no_other() -> None:
    named = set(
        re.findall(r"`([\w.-]+\.(?:yaml|json|service|env)|Dockerfile[\w.]*)`", text("README.md"))
    )
    assert named == {path.name for path in FILES} - {"README.md"}
