"""Settings: one TOML file, `REELWAY_…` over it, `REELWAY_…_FILE` for secrets and the like.

    reelway.toml in the data folder (or --config, or REELWAY_CONFIG)
      < REELWAY_PORT=9000, REELWAY_ANIMATIC_SLOTS=2, REELWAY_SECRET_FILE=/run/secrets/reelway
      < the command line

One frozen object, made once and passed in. `load` reads everything and tells all faults at
once, each with what to do about it.
"""

from __future__ import annotations

import contextlib
import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError

from reelway.provider import HostedSettings, Provider
from reelway.section import Money, Names, Section, Share, Span, Zone

PREFIX = "REELWAY_"
# Variables under our prefix that are not settings.
OTHER_VARIABLES = frozenset({"CONFIG", "REQUIRE", "KEY", "URL", "PYTHON", "VENV"})
FILE = "reelway.toml"  # in the data folder
MEBIBYTE = 1024 * 1024
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
WEB_ADDRESS = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:[0-9]{1,5})?/?")


class SettingsFault(Exception):
    """Everything that is wrong with the settings, one line each, with a hint."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _web_address(value: str) -> str:
    if not WEB_ADDRESS.fullmatch(value):
        raise ValueError("write scheme and host only, such as https://video.example.com")
    return value.rstrip("/")


def _user_path(value: Path) -> Path:
    try:
        return value.expanduser().absolute()
    except RuntimeError:
        raise ValueError("there is no such user, or none with a home folder") from None


def _network(value: str) -> str:
    ipaddress.ip_network(value)
    return value


Network = Annotated[str, AfterValidator(_network)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
UserPath = Annotated[Path, AfterValidator(_user_path)]


class AnimaticSettings(Section):
    slots: int = Field(default=1, ge=1, le=64, description="films at a time")
    slate: bool = Field(
        default=True, description="a line at the foot of each shot's first seconds that names it"
    )
    # Tests only: renders and encodes a smaller frame of the same ratio, never an upscale.
    scale: float = Field(default=1.0, gt=0, le=1, description="tests only: shrink the frame")


Days = Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)]


class RetentionSettings(Section):
    """How long what is over is kept; not set: for ever."""

    films: Days | None = Field(default=None, description="days until a film is removed")
    tasks: Days | None = Field(
        default=None, description="days until a task that is over is removed, with its film"
    )
    deliveries: Days = Field(
        default=30, description="days until a webhook's delivery is removed from the log"
    )


class WebhookSettings(Section):
    # Tests only: what the pauses between tries are multiplied by.
    pace: float = Field(default=1.0, gt=0, le=1, description="tests only: shorten the pauses")


class EmulateSettings(Section):
    """Off unless `wires` names one."""

    wires: Names = Field(default=(), description="vendors to behave as, by the names of wires")
    model: Literal["animatic-still", "animatic"] = Field(
        default="animatic-still", description="what makes the films, whatever model is asked for"
    )
    latency: Span | None = Field(
        default=None, description='seconds from acceptance to the end: 4, or a range: "2-6"'
    )
    failure_rate: Share = Field(default=0.0, description="share of tasks that fail, 0–1")
    error_rate: Share = Field(
        default=0.0, description="share of creates that are answered with 429, 500 or 503, 0–1"
    )
    seed: int = Field(default=0, description="what failures and latencies are drawn from")
    link_seconds: int | None = Field(
        default=None, ge=0, le=7 * 24 * 3600, description="seconds that a link to a film lives"
    )
    slots_per_key: int | None = Field(
        default=None, ge=0, description="open tasks of a key; one more is answered with 429"
    )
    requests_per_minute: int | None = Field(
        default=None, ge=1, description="creates of a key; one more is answered with 429"
    )
    balance: Money | None = Field(
        default=None, description="US dollars that a key begins with, such as 2.10"
    )


class Settings(Section):
    """Everything that can be set; the field's name in capitals is its variable."""

    v: Literal[1] = 1
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8080, ge=0, le=65535, description="port to listen on; 0: any free")
    data: UserPath = Field(
        default_factory=lambda: Path(platformdirs.user_data_path("reelway")),
        description="folder for the database, films, keys and backups",
    )
    public_url: WebAddress | None = Field(
        default=None, description="the address that clients see; used in every link"
    )
    trusted_hosts: tuple[str, ...] = Field(
        default=(), description="host names that may stand in links when public_url is not set"
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"), description="addresses whose X-Forwarded-… is believed"
    )
    cors_origins: tuple[str, ...] = Field(default=(), description="web pages that may call")
    root: tuple[str, ...] = Field(
        default=("novita", "aihubmax", "openai"),
        description="wires that win where two share a path at the root",
    )
    model_map: Mapping[str, str] = Field(
        default_factory=dict,
        description='replace a model family, e.g. {"kling-v3" = "animatic-still"}',
    )
    max_body: int = Field(default=64 * MEBIBYTE, ge=1024, description="bytes of a request's body")
    max_bodies: int = Field(
        default=512 * MEBIBYTE,
        ge=1024,
        description="bytes of all requests' bodies that are read or answered at a time; one "
        "owner's "
        "large ones take at most half of them",
    )
    max_queued: int = Field(default=100_000, ge=1, description="tasks that wait, in all")
    max_queued_per_owner: int = Field(default=10_000, ge=1, description="of one owner")
    max_memory: int | None = Field(
        default=None,
        ge=1,
        description="bytes for all films that are made at a time; default: three quarters of what "
        "the machine or container has",
    )
    min_free: int | None = Field(
        default=None,
        ge=0,
        description="bytes of the data folder's disk below which nothing new is taken; default: "
        "1 GiB, or a twentieth of the disk where that is less",
    )
    budget_zone: Zone = Field(
        default="UTC", description="time zone of the days and months that budgets count"
    )
    allow_private: tuple[Network, ...] = Field(
        default=(),
        description="ranges that may be fetched from and posted to though they are not public",
    )
    drain: float = Field(
        default=5.0, ge=0, le=600, description="seconds to let films end at a stop"
    )
    metrics: Literal["open", "key", "off"] | None = Field(
        default=None,
        description="who may read /metrics: everybody, who has an admin's key, nobody; default: "
        "open on loopback without public_url, else key",
    )
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    secret: SecretStr | None = Field(
        default=None, min_length=32, description="signs links; default: a file in the data folder"
    )
    animatic: AnimaticSettings = AnimaticSettings()
    emulate: EmulateSettings = EmulateSettings()
    webhooks: WebhookSettings = WebhookSettings()
    retention: RetentionSettings = RetentionSettings()
    hosted: HostedSettings = HostedSettings()
    providers: tuple[Provider, ...] = Field(default=(), description="accounts at vendors")

    @property
    def exposed(self) -> bool:
        """Whether other machines can reach the address."""
        return self.host not in LOOPBACK

    @property
    def measured_by(self) -> Literal["open", "key", "off"]:
        """Who may read the metrics. A public address on loopback means a proxy in front."""
        return self.metrics or ("key" if self.exposed or self.public_url else "open")


def load(
    *,
    config: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] | None = None,
) -> tuple[Settings, list[str]]:
    """The settings and a list of warnings. Raises SettingsFault with every fault found."""
    given = {k: v for k, v in (overrides or {}).items() if v is not None}
    faults: list[str] = []
    warnings: list[str] = []
    from_env = _from_environment(environ, faults, warnings)
    named = config or (Path(environ["REELWAY_CONFIG"]) if environ.get("REELWAY_CONFIG") else None)
    from_file = _from_file(named or _folder(given, from_env) / FILE, named is not None, faults)
    merged = _merge(_merge(from_file, from_env), given)
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        faults += [_explain(e, given, from_env) for e in error.errors()]
        raise SettingsFault(faults) from None
    if faults:
        raise SettingsFault(faults)
    if settings.exposed and not settings.public_url:
        warnings.append(
            f"listening on {settings.host} without public_url: links carry the address that each "
            'request came to; set public_url = "https://…" (REELWAY_PUBLIC_URL) to fix them'
        )
    return settings, warnings


def variables() -> Mapping[str, tuple[str, ...]]:
    """Every environment variable's name without prefix, and the path of its setting. `v` is the
    file's own: the version of its words."""
    return {"_".join(path).upper(): path for path in _paths(Settings) if path != ("v",)}


def _folder(*given: Mapping[str, Any]) -> Path:
    """The data folder in which the settings file is looked for; one that cannot be is refused
    later on, with the other faults."""
    for values in given:
        if isinstance(data := values.get("data"), str | Path) and str(data):
            with contextlib.suppress(ValueError):
                return _user_path(Path(data))
    return Settings().data


def _paths(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from _paths(kind, (*above, name))
        else:
            yield (*above, name)


def _from_environment(
    environ: Mapping[str, str], faults: list[str], warnings: list[str]
) -> dict[str, Any]:
    known = variables()
    out: dict[str, Any] = {}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX)
        if name in known:
            value: Any = _parse(text)
        elif name.endswith("_FILE") and (plain := name.removesuffix("_FILE")) in known:
            try:
                name, value = plain, Path(text).read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "not text"
                faults.append(f"{variable}: {why}; name a file that can be read")
                continue
        else:
            if name not in OTHER_VARIABLES:
                warnings.append(
                    f"{variable} is not a setting{_near(name, known)}; it has no effect"
                )
            continue
        target = out
        for part in known[name][:-1]:
            target = target.setdefault(part, {})
        target[known[name][-1]] = value
    return out


def _parse(text: str) -> Any:
    """Lists and tables as in TOML, everything else as text (pydantic reads numbers from text)."""
    if text[:1] in "[{" and text:
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text  # validation refuses it and names the setting
    return text


def _from_file(path: Path, must_exist: bool, faults: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        if must_exist:
            faults.append(f"{path}: no such file; create it or drop --config / REELWAY_CONFIG")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{path}: cannot be read ({error}); check its owner, mode and encoding")
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{path}: not TOML: {error}")
    return {}


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(below)
    for name, value in above.items():
        both = isinstance(value, Mapping) and isinstance(out.get(name), Mapping)
        out[name] = _merge(out[name], value) if both else value
    return out


def _explain(error: Any, given: Mapping[str, Any], from_env: Mapping[str, Any]) -> str:
    path = tuple(str(p) for p in error["loc"] if isinstance(p, str))
    name = re.sub(r"\.(\d+)\b", r"[\1]", ".".join(str(p) for p in error["loc"]))
    setting = next((s for s in _paths(Settings) if path[: len(s)] == s), path)
    origin = (
        "the command line" if _holds(given, setting)
        else PREFIX + "_".join(setting).upper() if _holds(from_env, setting)
        else "the settings file"
    )  # fmt: skip
    if error["type"] == "extra_forbidden":
        known = [".".join(s) for s in _paths(Settings)]
        return f"{name}: no such setting in {origin}{_near(name, known)}"
    hint = ""
    if name == "port" and str(error.get("input", "")).startswith("tcp://"):
        hint = "; Kubernetes sets this for a service named reelway: enableServiceLinks: false"
    return f"{name} (from {origin}): {error['msg'].removeprefix('Value error, ')}{hint}"


def _holds(values: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        if not isinstance(values, Mapping) or part not in values:
            return False
        values = values[part]
    return True


def _near(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
