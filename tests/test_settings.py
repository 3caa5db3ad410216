from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reelway.settings import Settings, SettingsFault, load, variables

SECRET = "0123456789abcdef0123456789abcdef"
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the settings file of the data folder `tmp_path`."""

    def write(text: str) -> Path:
        path = tmp_path / "reelway.toml"
        path.write_text(text)
        return path

    return write


def read(environ: dict[str, str], **overrides: Any) -> Settings:
    return load(environ=environ, overrides=overrides)[0]


def faults(environ: dict[str, str], config: Path | None = None, **overrides: Any) -> list[str]:
    with pytest.raises(SettingsFault) as told:
        load(config=config, environ=environ, overrides=overrides)
    return told.value.faults


def warnings(environ: dict[str, str], **overrides: Any) -> list[str]:
    return load(environ=environ, overrides=overrides)[1]


# Where a setting comes from


def test_nothing_set() -> None:
    settings, warned = load(environ={})
    assert (settings.host, settings.port, settings.animatic.slots) == ("127.0.0.1", 8080, 1)
    assert settings.public_url is None and settings.secret is None and not settings.exposed
    assert warned == []


def test_the_file_is_under_the_environment_is_under_the_command_line(
    write: Write, tmp_path: Path
) -> None:
    write('port = 1\nhost = "::1"\nlog_level = "debug"\n[animatic]\nslots = 3\nscale = 0.5\n')
    here = {"REELWAY_DATA": str(tmp_path)}
    assert read(here).port == 1
    environ = here | {"REELWAY_PORT": "2", "REELWAY_ANIMATIC_SLOTS": "4"}
    assert read(environ).port == 2
    settings = read(environ, port=3, host=None)  # None: an option that was not given
    assert (settings.port, settings.host, settings.log_level) == (3, "::1", "debug")
    assert (settings.animatic.slots, settings.animatic.scale) == (4, 0.5)


def test_the_data_folder_of_the_command_line_has_the_file(write: Write, tmp_path: Path) -> None:
    write("port = 1")
    assert read({"REELWAY_DATA": "/nowhere"}, data=tmp_path).port == 1
    assert read({"REELWAY_DATA": "/nowhere"}, data=tmp_path).data == tmp_path


def test_a_file_may_be_named(tmp_path: Path, write: Write) -> None:
    write("port = 1")
    named, other = tmp_path / "named.toml", tmp_path / "other.toml"
    named.write_text("port = 2")
    other.write_text("port = 3")
    environ = {"REELWAY_DATA": str(tmp_path), "REELWAY_CONFIG": str(named)}
    assert load(environ=environ)[0].port == 2
    assert load(config=other, environ=environ)[0].port == 3


def test_a_folder_below_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "reelway.toml").write_text("port = 1")
    settings = read({"REELWAY_DATA": "~/films"})
    assert (settings.data, settings.port) == (tmp_path / "films", 1)


# The environment


def test_lists_and_tables() -> None:
    settings = read(
        {
            "REELWAY_TRUSTED_HOSTS": '["a.example", "b.example"]',
            "REELWAY_MODEL_MAP": '{"kling-v3" = "animatic-still"}',
            "REELWAY_CORS_ORIGINS": "[]",
        }
    )
    assert settings.trusted_hosts == ("a.example", "b.example")
    assert settings.model_map == {"kling-v3": "animatic-still"}
    assert settings.cors_origins == ()


def test_a_list_that_is_not_one_is_refused() -> None:
    (fault,) = faults({"REELWAY_TRUSTED_HOSTS": "[a.example]"})
    assert fault.startswith("trusted_hosts (from REELWAY_TRUSTED_HOSTS): ")


def test_a_value_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    settings = read({"REELWAY_SECRET_FILE": str(tmp_path / "secret")})
    assert settings.secret and settings.secret.get_secret_value() == SECRET


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    told = faults(
        {
            "REELWAY_SECRET_FILE": str(tmp_path / "missing"),
            "REELWAY_PUBLIC_URL_FILE": str(tmp_path / "binary"),
        }
    )
    assert told == [
        "REELWAY_PUBLIC_URL_FILE: not text; name a file that can be read",
        "REELWAY_SECRET_FILE: No such file or directory; name a file that can be read",
    ]


def test_every_setting_has_a_variable() -> None:
    names = set(variables())
    assert {"PORT", "ANIMATIC_SLOTS", "ANIMATIC_SCALE", "SECRET"} <= names
    assert {"RETENTION_FILMS", "MAX_QUEUED", "MIN_FREE", "MAX_MEMORY"} <= names
    sections = {path[0] for path in variables().values() if len(path) > 1}
    assert names >= {n.upper() for n in Settings.model_fields.keys() - sections - {"v"}}


def test_an_unknown_variable_is_a_warning() -> None:
    (warned,) = warnings({"REELWAY_PUBLIC_ULR": "x", "PROT": "x", "REELWAY_KEY": "rw_x"})
    assert (
        warned == "REELWAY_PUBLIC_ULR is not a setting (did you mean PUBLIC_URL?); it has no effect"
    )
    (warned,) = warnings({"REELWAY_XYZZY": "1"})
    assert warned == "REELWAY_XYZZY is not a setting; it has no effect"


def test_the_version_is_the_files_alone(write: Write, tmp_path: Path) -> None:
    assert len(warnings({"REELWAY_V": "1"})) == 1
    write("v = 1")
    assert read({"REELWAY_DATA": str(tmp_path)}).v == 1
    write("v = 2")
    assert faults({"REELWAY_DATA": str(tmp_path)})[0].startswith("v (from the settings file)")


# Faults


def test_all_faults_are_told_at_once_with_where_they_come_from(
    write: Write, tmp_path: Path
) -> None:
    path = write("public_ulr = 1\nhost = 5\n[animatic]\nslotz = 2\nscale = 2\n[model_map]\nx = 1\n")
    told = faults(
        {
            "REELWAY_DATA": str(tmp_path),
            "REELWAY_PORT": "many",
            "REELWAY_ANIMATIC_SLOTS": "0",
            "REELWAY_DRAIN": "-1",
            "REELWAY_SECRET_FILE": "/nowhere",
        },
        drain=1000,
        log_level="loud",
    )
    where = sorted(line.split(": ")[0] for line in told)
    assert where == [
        "REELWAY_SECRET_FILE",
        "animatic.scale (from the settings file)",
        "animatic.slots (from REELWAY_ANIMATIC_SLOTS)",
        "animatic.slotz",
        "drain (from the command line)",
        "host (from the settings file)",
        "log_level (from the command line)",
        "model_map.x (from the settings file)",
        "port (from REELWAY_PORT)",
        "public_ulr",
    ]
    assert "public_ulr: no such setting in the settings file (did you mean public_url?)" in told
    assert (
        "animatic.slotz: no such setting in the settings file (did you mean animatic.slots?)"
        in told
    )
    assert path.exists()


def test_a_file_that_is_not_toml(write: Write, tmp_path: Path) -> None:
    path = write("port: 1")
    told = faults({"REELWAY_DATA": str(tmp_path), "REELWAY_PORT": "many"})
    assert [line.split(": ")[0] for line in told] == [str(path), "port (from REELWAY_PORT)"]


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    (told,) = faults({}, config=missing)
    assert told == f"{missing}: no such file; create it or drop --config / REELWAY_CONFIG"
    assert faults({"REELWAY_CONFIG": str(missing)}) == [told]


def test_a_file_that_is_a_folder_or_not_text(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff")
    for path in (tmp_path, tmp_path / "binary.toml"):
        (told,) = faults({}, config=path)
        assert told.startswith(f"{path}: cannot be read (")


def test_kubernetes_own_variable() -> None:
    (told,) = faults({"REELWAY_PORT": "tcp://10.0.0.1:8080"})
    assert told.startswith("port (from REELWAY_PORT): ")
    assert told.endswith("enableServiceLinks: false")


@pytest.mark.parametrize("data", ['["a"]', "~nosuchuser/x"])
def test_a_data_folder_that_is_no_path(data: str) -> None:
    (told,) = faults({"REELWAY_DATA": data})
    assert told.startswith("data (from REELWAY_DATA): ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("max_body", "0"),
        ("drain", "601"),
        ("log_format", "xml"),
        ("animatic_slots", "65"),
        ("animatic_scale", "0"),
        ("animatic_scale", "1.1"),
        ("secret", "x" * 31),
    ],
)
def test_bounds(name: str, value: str) -> None:
    (told,) = faults({f"REELWAY_{name.upper()}": value})
    assert f"(from REELWAY_{name.upper()})" in told


# Secrets


def test_the_secret_is_never_shown() -> None:
    settings = read({"REELWAY_SECRET": SECRET})
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert SECRET not in shown


def test_a_refused_secret_is_not_told() -> None:
    (told,) = faults({"REELWAY_SECRET": "hunter2hunter2"})
    assert "hunter2" not in told


# Addresses


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://video.example.com", "https://video.example.com"),
        ("https://video.example.com/", "https://video.example.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_a_public_address(given: str, address: str) -> None:
    assert read({"REELWAY_PUBLIC_URL": given}).public_url == address


@pytest.mark.parametrize(
    "given",
    [
        "video.example.com",
        "ftp://video.example.com",
        "https://",
        "https:///",
        "https://video.example.com/reelway",
        "https://video.example.com//",
        "https://video.example.com?x=1",
        "https://video.example.com#x",
        "https://ann@video.example.com",
        "https://video example.com",
        "https://video.example.com\n",
    ],
)
def test_what_is_no_public_address(given: str) -> None:
    (told,) = faults({}, public_url=given)
    assert told == (
        "public_url (from the command line): "
        "write scheme and host only, such as https://video.example.com"
    )


def test_open_to_others_without_a_public_address_is_a_warning() -> None:
    (warned,) = warnings({"REELWAY_HOST": "0.0.0.0"})
    assert "without public_url" in warned and "REELWAY_PUBLIC_URL" in warned
    address = {"REELWAY_PUBLIC_URL": "https://video.example.com"}
    assert warnings({"REELWAY_HOST": "0.0.0.0", **address}) == []
    for host in ("127.0.0.1", "::1", "localhost"):
        assert warnings({"REELWAY_HOST": host}) == []


# The zone of budgets


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5"])
def test_a_zone(name: str) -> None:
    assert read({"REELWAY_BUDGET_ZONE": name}).budget_zone == name
    assert read({}).budget_zone == "UTC"


@pytest.mark.parametrize("name", ["", "berlin", "+02:00", "../../etc/passwd", "/UTC", "Europe"])
def test_a_zone_that_is_none(name: str) -> None:
    (fault,) = faults({"REELWAY_BUDGET_ZONE": name})
    assert fault.startswith("budget_zone (from REELWAY_BUDGET_ZONE): write the name of a time zone")
