"""The live set of engines, and what a reload makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts import SECRET, account_of, live, provider, settings_of
from reelway.errors import Conflict
from reelway.settings import Settings, SettingsFault
from reelway.supply import Changes


def test_engines_of_ours_and_accounts_are_found_by_name() -> None:
    engines = live([provider("north"), provider("south")])
    assert list(engines) == ["animatic", "north", "south"]
    assert len(engines) == 3
    assert engines["south"].name == "south"
    assert "east" not in engines and engines.get("east") is None
    with pytest.raises(KeyError):
        engines["east"]


def test_added_changed_and_removed() -> None:
    engines = live([provider("north"), provider("south"), provider("same")])
    north, south = account_of(engines, "north"), account_of(engines, "south")
    told = engines.change(
        settings_of(
            [provider("east"), provider("same"), provider("north", slots=9)],
            {"policy": "cheapest"},
        )
    )
    assert told == Changes(added=("east",), changed=("north",), removed=("south",), hosted=True)
    assert list(engines) == ["animatic", "east", "same", "north", "south"]
    assert account_of(engines, "north") is north  # its open tasks hold it
    assert (north.slots, north.retired) == (9, False)
    assert account_of(engines, "south") is south
    assert south.retired
    assert engines.hosted.policy == "cheapest"
    assert engines.policy("kling-v3") == "cheapest"
    assert engines.change(settings_of(
        [provider("east"), provider("same"), provider("north", slots=9)], {"policy": "cheapest"}
    )) == Changes()  # fmt: skip


def test_one_that_comes_back_is_the_same_by_its_new_settings() -> None:
    engines = live([provider("north", slots=1)])
    north = account_of(engines, "north")
    engines.change(settings_of([]))
    assert north.retired
    assert engines.change(settings_of([])) == Changes()  # removed once only
    told = engines.change(settings_of([provider("north", slots=4)]))
    assert told == Changes(added=("north",))
    assert account_of(engines, "north") is north
    assert (north.retired, north.slots) == (False, 4)


def test_a_key_that_was_changed_in_its_file_is_a_change(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-old\n")
    engines = live([provider("north", key=None, key_file=file)])
    file.write_text("sk-new\n")
    told = engines.change(settings_of([provider("north", key=None, key_file=file)]))
    assert told == Changes(changed=("north",))
    assert account_of(engines, "north").provider.secret == "sk-new"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([provider("north"), provider("north")], "two named north"),
        ([provider("animatic")], "animatic is an engine's name"),
        ([provider("east", wire="gopher")], "no wire is named gopher"),
        ([provider("east", key=None, key_file=Path("/nowhere/key"))], "key_file: No such file"),
        ([provider("north", wire="mulerouter")], "north speaks novita"),
    ],
)
def test_a_fault_leaves_everything_as_it_was(bad: list, words: str) -> None:
    engines = live([provider("north", slots=3)], policy="weight")
    before = account_of(engines, "north")
    with pytest.raises(SettingsFault) as told:
        engines.change(settings_of([*bad, provider("west")]))
    assert any(words in fault for fault in told.value.faults), told.value.faults
    assert SECRET not in str(told.value)
    assert list(engines) == ["animatic", "north"]
    assert account_of(engines, "north") is before
    assert (before.slots, before.retired, engines.hosted.policy) == (3, False, "weight")


def test_every_fault_is_told_at_once() -> None:
    engines = live([provider("north")])
    with pytest.raises(SettingsFault) as told:
        engines.change(settings_of([provider("a", wire="x"), provider("north", wire="aihubmax")]))
    assert len(told.value.faults) == 2


def test_faults_at_the_start_too() -> None:
    with pytest.raises(SettingsFault, match="two named north"):
        live([provider("north"), provider("north")])


def test_other_settings_wait_for_a_restart_and_are_named() -> None:
    engines = live([provider("north")])
    fresh = settings_of([provider("north")]).model_copy(update={"port": 9, "drain": 1.0})
    assert engines.change(fresh) == Changes(restart=("port", "drain"))


def test_what_there_is_to_read() -> None:
    fresh = Settings(port=1)
    assert live(read=lambda: fresh).read() is fresh
    with pytest.raises(Conflict):
        live().read()
