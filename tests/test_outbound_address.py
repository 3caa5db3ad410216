"""An address that somebody gives for a webhook: what can be told before anything is posted."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from reelway.errors import InvalidRequest
from reelway.outbound import check_address


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "HTTPS://Example.com:8443/a b".replace(" ", "%20") + "?c=d&e",
        "http://93.184.215.14/hook",
        "http://[2606:4700::1]/hook",
        "https://Bücher.example/ü",
        "http://internal/",  # what it is, is known at the socket
        "http://localhost.example/",
        "http://x/" + "y" * 2039,
    ],
)
def test_an_address_that_may_be_given(url):
    check_address(url, field="webhook")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "only http:// and https://"),
        ("ftp://x/", "only http:// and https://"),
        ("//x/", "only http"),
        ("https:///hook", "no host"),
        ("https://", "no host"),
        ("https://user:secret@x/", "user name or password"),
        ("https://x:0/", "port"),
        ("https://x/#hook", "fragment"),
        ("https://x/#", "fragment"),
        ("https://x/\r\nHost: y", "cannot be printed"),
        ("https://x/ y", "a space"),
        ("https://x/\ud800", "cannot be printed"),
        ("https://x\\@y/", "backslash"),
        ("http://x/" + "y" * 2040, "longer than 2,048 characters"),
        ("http://127.1/", "IPv4"),
        ("http://127.0.0.1/", "not public; start the server with --allow-private 127.0.0.0/8 to"),
        ("http://10.1.2.3:8080/hook", "--allow-private 10.0.0.0/8 to"),
        ("http://169.254.169.254/", "not public"),
        ("http://[::1]/", "not public"),
        ("http://[::ffff:10.0.0.1]/", "not public"),
        ("http://LOCALHOST:8080/", "--allow-private 127.0.0.0/8 to"),
        ("http://a.localhost./", "not public"),
    ],
)
def test_an_address_that_may_not(url, words):
    with pytest.raises(InvalidRequest, match=words) as error:
        check_address(url, field="webhook.url")
    assert error.value.field == "webhook.url"
    assert error.value.message.startswith("webhook.url is not an address that can be posted to: ")
    assert "secret" not in error.value.message


def test_an_address_in_a_range_that_is_open():
    check_address("http://127.0.0.1/", field="x", allowed=[ip_network("127.0.0.0/8")])
    check_address("http://localhost/", field="x", allowed=[ip_network("127.0.0.0/8")])
    check_address("http://localhost/", field="x", allowed=[ip_network("::1/128")])
    with pytest.raises(InvalidRequest):
        check_address("http://10.0.0.1/", field="x", allowed=[ip_network("127.0.0.0/8")])
