"""`reelway_emulator` and `reelway_emulators` come with Reelway: there is nothing to import."""

import pytest
from film import NoFilm, NoMoney, client, film, order


def test_a_film(reelway_emulator):
    with client(reelway_emulator.url, reelway_emulator.key) as novita:
        assert film(novita, "A paper boat drifts down a rainy gutter")[4:8] == b"ftyp"


def test_a_film_that_fails(reelway_emulator):
    with client(reelway_emulator.url, reelway_emulator.key) as novita:
        with pytest.raises(NoFilm, match="content policy"):
            film(novita, "A paper boat [[reelway fail=content_policy]]")


def test_a_vendor_that_is_down_now_and_then(reelway_emulators):
    vendor = reelway_emulators("novita", error_rate=0.3, seed=4)
    with client(vendor.url, vendor.fresh_key("down")) as novita:
        assert all(order(novita, "A paper boat") for _ in range(3))


def test_a_vendor_whose_films_fail_now_and_then(reelway_emulators):
    vendor = reelway_emulators("novita", failure_rate=0.5, seed=1)
    ended = []
    with client(vendor.url, vendor.fresh_key("fails")) as novita:
        for _ in range(4):
            try:
                ended.append(len(film(novita, "A paper boat")) > 0)
            except NoFilm:
                ended.append(False)
    assert set(ended) == {True, False}  # and the same ones each time


def test_an_exhausted_balance(reelway_emulators):
    vendor = reelway_emulators("novita", balance="0.50")  # a film of 3 seconds costs 0.252
    with client(vendor.url, vendor.fresh_key("poor")) as novita:
        film(novita, "A paper boat")
        with pytest.raises(NoFilm):
            film(novita, "A paper boat [[reelway fail=timeout]]")  # gives its money back
        with pytest.raises(NoMoney, match=r"0\.248 USD is left"):
            film(novita, "A paper boat")


def test_a_key_that_is_wrong(reelway_emulator):
    with client(reelway_emulator.url, "invalid") as novita:
        with pytest.raises(NoFilm, match="key is not valid"):
            film(novita, "A paper boat")
