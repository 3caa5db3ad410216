"""Signed links: the same within an hour, refused when cut, changed or old."""

from __future__ import annotations

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest

from reelway.errors import LinkRefused
from reelway.links import Links, load_secret

SECRET = bytes(range(32))
PATH = "/files/8e1e315e-b50d-4334-a231-be7d19a372f4/film.mp4"
HOUR = 3_600_000  # milliseconds
TEN = 1_767_261_600_000  # 2026-01-01T10:00:00Z


@pytest.fixture
def links():
    return Links(SECRET)


def parts(link):
    split = urlsplit(link)
    return split.path, {name: values[0] for name, values in parse_qs(split.query).items()}


def test_a_link_is_good_until_it_expires(links):
    link, expires = links.sign(PATH, TEN)
    path, query = parts(link)
    assert path == PATH and query.keys() == {"expires", "signature"}
    assert int(query["expires"]) * 1000 == expires
    assert len(query["signature"]) == 32
    links.check(path, query, TEN)
    links.check(path, query | {"download": "1"}, expires - 1)
    with pytest.raises(LinkRefused, match="expired") as refused:
        links.check(path, query, expires)
    assert (refused.value.status, refused.value.code) == (403, "link_refused")


@pytest.mark.parametrize(
    ("now", "hours"),
    [(TEN, 25), (TEN + 1, 25), (TEN + HOUR - 1, 25), (TEN + HOUR, 26), (TEN - 1, 24)],
)
def test_reads_within_one_clock_hour_yield_the_same_link(links, now, hours):
    link, expires = links.sign(PATH, now)
    assert expires == TEN + hours * HOUR
    assert 24 * HOUR < expires - now <= 25 * HOUR
    assert link == links.sign(PATH, expires - 25 * HOUR)[0]


def changed(text, at):
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda p, q: (p, {}), "not complete"),
        (lambda p, q: (p, {"expires": q["expires"]}), "not complete"),
        (lambda p, q: (p, {"signature": q["signature"]}), "not complete"),
        (lambda p, q: (p, q | {"signature": ""}), "not complete"),
        (lambda p, q: (p, q | {"signature": changed(q["signature"], 0)}), "changed"),
        (lambda p, q: (p, q | {"signature": changed(q["signature"], 31)}), "changed"),
        (lambda p, q: (p, q | {"signature": q["signature"][:-1]}), "changed"),
        (lambda p, q: (p, q | {"signature": q["signature"] + "="}), "changed"),
        (lambda p, q: (p, q | {"signature": "ü\udcff"}), "changed"),
        (lambda p, q: (p, q | {"expires": str(int(q["expires"]) + 3600)}), "changed"),
        (lambda p, q: (p, q | {"expires": "0" + q["expires"]}), "changed"),
        (lambda p, q: (p, q | {"expires": q["expires"] + "\n"}), "changed"),
        (lambda p, q: (p, q | {"expires": "never"}), "changed"),
        (lambda p, q: (p, q | {"expires": "١٢٣"}), "changed"),
        (lambda p, q: (p.replace("film.mp4", "poster.jpg"), q), "changed"),
        (lambda p, q: (p + "/", q), "changed"),
        (lambda p, q: (p + "\n" + q["expires"], q), "changed"),
    ],
)
def test_refused(links, change, why):
    path, query = change(*parts(links.sign(PATH, TEN)[0]))
    with pytest.raises(LinkRefused, match=why):
        links.check(path, query, TEN)


def test_who_guesses_is_not_told_that_a_link_is_old(links):
    with pytest.raises(LinkRefused, match="changed"):
        links.check(PATH, {"expires": "1", "signature": "x" * 32}, TEN)


def test_even_a_right_signature_needs_a_plain_time(links):
    for expires in ("01", "1e9", "-5", "9" * 13):
        query = {"expires": expires, "signature": links._signature(PATH, expires)}
        with pytest.raises(LinkRefused, match="changed"):
            links.check(PATH, query, TEN)


def test_another_secret_another_link(links):
    path, query = parts(Links(bytes(32)).sign(PATH, TEN)[0])
    with pytest.raises(LinkRefused):
        links.check(path, query, TEN)


@pytest.mark.parametrize("path", ["files/x", "/a?b", "/a#b", "/a b", "/ü", "/a%20b", "/a\n", ""])
def test_only_plain_paths(links, path):
    with pytest.raises(ValueError):
        links.sign(path, TEN)


def test_the_form_is_kept(links):
    """A link that is out must stay good: a change of this text needs a second version."""
    assert links.sign("/files/a/film.mp4", TEN)[0] == (
        "/files/a/film.mp4?expires=1767351600&signature=_o0E5pV9rmAyphAEd0t82sygCCgbKwLb"
    )


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError):
        Links(b"secret")


def test_the_secret_is_made_once(tmp_path):
    file = tmp_path / "data" / "links.key"
    secret = load_secret(file)
    assert len(secret) == 32 and load_secret(file) == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [f.name for f in file.parent.iterdir()] == ["links.key"]


def test_many_that_begin_at_once_share_one_secret(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(load_secret, [tmp_path / "links.key"] * 64))
    assert len(secrets) == 1
    assert [f.name for f in tmp_path.iterdir()] == ["links.key"]


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_damaged_secret_is_told_and_kept(tmp_path, content):
    file = tmp_path / "links.key"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(str(file))):
        load_secret(file)
    assert file.read_bytes() == content


@pytest.mark.parametrize("life", [0, 1, 90, 604_800])
def test_a_link_with_a_life_of_its_own(links, life):
    link, expires = links.sign(PATH, TEN + 500, life)
    path, query = parts(link)
    assert expires == TEN + life * 1000
    if life:
        links.check(path, query, expires - 1)
    with pytest.raises(LinkRefused, match="expired"):
        links.check(path, query, max(expires, TEN + 500))
