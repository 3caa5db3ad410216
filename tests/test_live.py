from __future__ import annotations

from reelway.live import Live, Progress


def test_nothing_is_known_at_first() -> None:
    assert Live().progress(1) == Progress(percent=0, eta=None)


def test_progress_never_falls() -> None:
    live = Live()
    seen = []
    for percent in (0, 10, 5, 40, 39, 41):
        live.report(1, percent, None)
        seen.append(live.progress(1).percent)
    assert seen == [0, 10, 10, 40, 40, 41]


def test_100_is_for_a_film_that_is_kept() -> None:
    live = Live()
    live.report(1, 100, 0.0)
    assert live.progress(1).percent == 99


def test_the_time_left_is_the_last_that_was_told() -> None:
    live = Live()
    live.report(1, 10, 5.5)
    live.report(1, 5, 7.0)
    assert live.progress(1).eta == 7.0
    live.report(1, 20, None)
    assert live.progress(1).eta is None


def test_tasks_are_apart_and_forgotten() -> None:
    live = Live()
    live.report(1, 10, 1.0)
    live.report(2, 20, 2.0)
    live.forget(1)
    live.forget(3)
    assert live.progress(1) == Progress()
    assert live.progress(2) == Progress(percent=20, eta=2.0)
    live.report(1, 1, None)  # the next attempt begins anew
    assert live.progress(1).percent == 1


def test_asking_remembers_nothing() -> None:
    live = Live()
    live.progress(1).percent = 50
    assert live.progress(1).percent == 0
