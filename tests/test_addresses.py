"""What is a web address, which IP addresses are public, and sockets that ask before connecting."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_network

import pytest

from reelway.addresses import (
    MOST_CHARACTERS,
    NOT_PUBLIC,
    BadAddress,
    Guard,
    GuardedSocket,
    Refused,
    follow,
    parse,
    refusal,
)

GOOD = {
    "http://example.com": "http://example.com/",
    "HTTPS://EXAMPLE.com:443/A": "https://example.com/A",
    "http://example.com:80?q": "http://example.com/?q",
    "https://example.com:8443/a/../b": "https://example.com:8443/a/../b",
    "http://example.com./a": "http://example.com./a",
    "http://a_b.example.com/": "http://a_b.example.com/",
    "http://example.com/a#b": "http://example.com/a",
    "http://example.com/#@127.0.0.1/": "http://example.com/",
    "http://example.com/?u=http://x@y/": "http://example.com/?u=http://x@y/",
    # A signature counts every byte: escapes stay as they are, also odd ones.
    "https://s3.example/k%2Fx%zz+y?X-Sig=a%2Bb%3D&c=d/e": None,
    "https://example.com/猫 .png".replace(" ", ""): "https://example.com/%E7%8C%AB.png",
    'https://example.com/{a}|"b"': "https://example.com/%7Ba%7D%7C%22b%22",
    "https://Bücher.example/": "https://xn--bcher-kva.example/",
    "https://例え。テスト/": "https://xn--r8jz45g.xn--zckzah/",
    "http://1.2.3.4/": "http://1.2.3.4/",
    "http://１.２.３.４/": "http://1.2.3.4/",  # one reading only, after UTS 46
    "http://[2606:4700:0:0::1111]:81/": "http://[2606:4700::1111]:81/",
    "http://1.2.3.4.example/": "http://1.2.3.4.example/",
    "http://0x7f.example/": "http://0x7f.example/",
}

BAD = {
    "example.com/a.png": "http://",
    "//example.com/a.png": "http://",
    "": "http://",
    "file:///etc/passwd": "http://",
    "ftp://example.com/a": "http://",
    "gopher://127.0.0.1:70/_x": "http://",
    "data:image/png;base64,AA==": "http://",
    "javascript://example.com/": "http://",
    "http:example.com": "no host",
    "http:/example.com": "no host",
    "http:///example.com": "no host",
    "http://": "no host",
    "http://:80/": "no host",
    "http://user@example.com/": "user name",
    "http://user:word@example.com/": "user name",
    "http://example.com@127.0.0.1/": "user name",
    "http://127.0.0.1:80@example.com/": "user name",
    "http://@example.com/": "user name",
    "http://127.0.0.1\\@example.com/": "backslash",
    "http:\\\\127.0.0.1/": "backslash",
    "http://example.com/a b": "space",
    " http://example.com/": "space",
    "http://example.com/\n": "printed",
    "http://exam\tple.com/": "printed",
    "http://example.com/\x00": "printed",
    "http://example.com/\x7f": "printed",
    "http://example.com/\u202e": "printed",
    "http://example.com/\u3000": "printed",
    "http://exam\u200bple.com/": "printed",
    "http://example.com/\ud800": "printed",
    "http://example.com:/": "malformed",
    "http://example.com:http/": "malformed",
    "http://example.com:80:80/": "malformed",
    "http://example.com:٣/": "malformed",
    "http://example.com:0/": "port",
    "http://example.com:65536/": "port",
    "http://example.com:99999/": "port",
    "http://::1/": "malformed",
    "http://[::1/": "malformed",
    "http://[]/": "IPv6",
    "http://[v1.x]/": "IPv6",
    "http://[127.0.0.1]/": "IPv6",
    "http://[fe80::1%25eth0]/": "IPv6",
    "http://[::1%lo]/": "IPv6",
    "http://[::1]x/": "malformed",
    "http://%31%32%37.0.0.1/": "host name",
    "http://exa mple.com/": "space",
    "http://exa$mple.com/": "host name",
    "http://-example.com/": "host name",
    "http://a..b/": "host name",
    "http://./": "host name",
    f"http://{'a' * 64}.example/": "host name",
    f"http://{'a.' * 130}example/": "host name",
    f"http://{'ü' * 300}.example/": "host name",
    "http://❤.example/": "host name",  # not in IDNA 2008
    "http://2130706433/": "decimal",
    "http://017700000001/": "decimal",
    "http://0x7f000001/": "decimal",
    "http://0X7F.0.0.1/": "decimal",
    "http://0x7f.1/": "decimal",
    "http://0x/": "decimal",
    "http://0177.0.0.1/": "decimal",
    "http://127.0.0.01/": "decimal",
    "http://127.1/": "decimal",
    "http://127.0.1/": "decimal",
    "http://0/": "decimal",
    "http://127.0.0.1./": "decimal",
    "http://127.0.0.1.0/": "decimal",
    "http://256.1.1.1/": "decimal",
    "http://example.1/": "decimal",
    "http://①②⑦.1/": "decimal",
    "http://example.com/" + "a" * MOST_CHARACTERS: "longer",
}


@pytest.mark.parametrize("text", GOOD)
def test_good_addresses_have_one_strict_form(text):
    strict = GOOD[text] or text
    assert parse(text).text == strict
    assert parse(strict).text == strict


@pytest.mark.parametrize("text", BAD)
def test_bad_addresses_are_refused_in_words(text):
    with pytest.raises(BadAddress, match=BAD[text]):
        parse(text)


def test_the_parts():
    url = parse("https://Bücher.example:8443/a?b#c")
    assert (url.scheme, url.host, url.port) == ("https", "xn--bcher-kva.example", 8443)
    assert (url.target, url.written, url.ip) == ("/a?b", "Bücher.example", None)
    assert parse("http://[::1]/").ip == ip_address("::1")
    assert parse("http://1.2.3.4/").ip == ip_address("1.2.3.4")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b?c#d", "http://example.com:81/b?c"),
        ("b", "http://example.com:81/a/b"),
        ("../b", "http://example.com:81/b"),
        ("?b", "http://example.com:81/a/x?b"),
        ("//other.example/b", "http://other.example/b"),
        ("https://other.example", "https://other.example/"),
        ("", None),
        ("//[", None),
        ("ftp://example.com/", None),
        ("file:///etc/passwd", None),
        ("//user@other.example/", None),
        ("/\\other.example", None),
        ("\thttp://other.example/", None),
        ("/\udcff", None),
        ("http://127.1/", None),
    ],
)
def test_redirects(location, target):
    url = parse("http://example.com:81/a/x?y")
    if target:
        assert follow(url, location).text == target
    else:
        with pytest.raises(BadAddress, match="redirect"):
            follow(url, location)


def test_a_redirect_does_not_drop_tls():
    url = parse("https://example.com/")
    assert follow(url, "/a").scheme == "https"
    with pytest.raises(BadAddress, match="from https to http"):
        follow(url, "http://example.com/a")


PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
168.63.129.15 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255
192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 2606:4700::1111 2001:4860:4860::8888
2a00:1450::1 2001:200::1 2003::1 2620:4f:8000::1
""".split()

# Where a range is opened by name: (address, the range that refuses it).
REFUSED = {
    "0.0.0.0": "0.0.0.0/8",
    "0.1.2.3": "0.0.0.0/8",
    "10.0.0.0": "10.0.0.0/8",
    "10.255.255.255": "10.0.0.0/8",
    "100.64.0.1": "100.64.0.0/10",
    "100.100.100.200": "100.64.0.0/10",
    "127.0.0.1": "127.0.0.0/8",
    "127.255.255.254": "127.0.0.0/8",
    "168.63.129.16": "168.63.129.16/32",
    "169.254.169.254": "169.254.0.0/16",
    "172.16.0.1": "172.16.0.0/12",
    "172.31.255.255": "172.16.0.0/12",
    "192.0.0.192": "192.0.0.0/24",
    "192.0.2.1": "192.0.2.0/24",
    "192.88.99.1": "192.88.99.0/24",
    "192.168.255.255": "192.168.0.0/16",
    "198.18.0.1": "198.18.0.0/15",
    "198.19.255.255": "198.18.0.0/15",
    "198.51.100.1": "198.51.100.0/24",
    "203.0.113.1": "203.0.113.0/24",
    "224.0.0.1": "224.0.0.0/4",
    "239.255.255.255": "224.0.0.0/4",
    "240.0.0.1": "240.0.0.0/4",
    "255.255.255.255": "240.0.0.0/4",
    "::": "::/96",
    "::1": "::1/128",
    "::7f00:1": "::/96",
    "::8.8.8.8": "::/96",
    "::ffff:127.0.0.1": "::ffff:0:0/96",
    "::ffff:8.8.8.8": "::ffff:0:0/96",
    "::ffff:0:127.0.0.1": "::ffff:0:0:0/96",
    "64:ff9b::7f00:1": "64:ff9b::/96",
    "64:ff9b::8.8.8.8": "64:ff9b::/96",
    "64:ff9b:1::1": "64:ff9b:1::/48",
    "100::1": "100::/64",
    "2001::1": "2001::/32",
    "2001:0:4136:e378:8000:63bf:80ff:fffe": "2001::/32",
    "2001:10::1": "2001::/23",
    "2001:20::1": "2001::/23",
    "2001:db8::1": "2001:db8::/32",
    "2002:7f00:1::": "2002::/16",
    "2002:808:808::1": "2002::/16",
    "3fff::1": "3fff::/20",
    "5f00::1": "5f00::/16",
    "fc00::1": "fc00::/7",
    "fd00:ec2::254": "fc00::/7",
    "fe80::1": "fe80::/10",
    "fe80::1%eth0": "fe80::/10",
    "fec0::1": "fec0::/10",
    "ff02::1": "ff00::/8",
    "4000::1": "4000::1/128",  # given out to nobody yet
    "::2:0:0:1": "::2:0:0:1/128",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address):
    assert refusal(ip_address(address)) is None


@pytest.mark.parametrize("address", REFUSED)
def test_other_addresses_are_refused_by_range(address):
    refused = refusal(ip_address(address))
    assert refused and ip_network(refused) == ip_network(REFUSED[address])
    far = [ip_network("10.9.8.0/24"), ip_network("fd12::/64")]
    assert refusal(ip_address(address), far) == refused


@pytest.mark.parametrize("network", NOT_PUBLIC, ids=str)
def test_the_ends_of_every_range_are_refused(network):
    assert refusal(network[0]) and refusal(network[-1])


@pytest.mark.parametrize(
    ("address", "allowed", "good"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.3/32", True),
        ("10.1.2.4", "10.1.2.3/32", False),
        ("127.0.0.1", "127.0.0.0/8", True),
        ("::1", "::1/128", True),
        ("::1", "127.0.0.0/8", False),
        ("fd00::1", "fd00::/8", True),
        ("::ffff:127.0.0.1", "127.0.0.0/8", False),
        ("::ffff:127.0.0.1", "::ffff:0:0/96", False),
        ("::ffff:127.0.0.1", "127.0.0.0/8 ::ffff:0:0/96", True),
        ("64:ff9b::8.8.8.8", "64:ff9b::/96", True),
        ("64:ff9b::10.0.0.1", "64:ff9b::/96", False),
        ("64:ff9b::10.0.0.1", "64:ff9b::/96 10.0.0.0/8", True),
        ("2002:a00:1::1", "2002::/16", False),
        ("2002:808:808::1", "2002::/16", True),
        ("2001:0:808:808::f7f7:f7f7", "2001::/32", True),  # server and client are 8.8.8.8
        ("2001:0:808:808::f5ff:fffe", "2001::/32", False),  # the client is 10.0.0.1
        ("2001:0:a00:1::f7f7:f7f7", "2001::/32", False),
        ("169.254.169.254", "0.0.0.0/0", True),
    ],
)
def test_opened_ranges(address, allowed, good):
    networks = [ip_network(text) for text in allowed.split()]
    assert (refusal(ip_address(address), networks) is None) is good


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", ""])
def test_a_guard_opens_no_socket_to_what_it_cannot_read_or_must_not_reach(host):
    guard = Guard([ip_network("10.0.0.0/8")])
    with pytest.raises(Refused):
        guard.open((socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, 80)))
    assert guard.refused and not guard.sockets


def test_a_guarded_socket_judges_the_address_it_is_given_to_connect_to():
    guard = Guard([])
    with guard.open((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 80))) as made:
        for connect in (made.connect, made.connect_ex):
            with pytest.raises(Refused):
                connect(("127.0.0.1", 80))
    with GuardedSocket() as alone, pytest.raises(Refused, match="no guard"):
        alone.connect(("8.8.8.8", 80))
