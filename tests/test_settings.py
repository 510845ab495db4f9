"""What the environment says, and what it leaves open."""

import pytest

from app.settings import PREFIX, read_settings


@pytest.mark.parametrize(
    ("said", "public_url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"PORT": "8123"}, "http://127.0.0.1:8123"),
        ({"HOST": "192.0.2.7"}, "http://192.0.2.7:8000"),
        ({"HOST": "renraku.example.jp", "PORT": "80"}, "http://renraku.example.jp:80"),
        ({"HOST": "::1"}, "http://[::1]:8000"),
        ({"HOST": "0.0.0.0"}, "http://127.0.0.1:8000"),  # noqa: S104  # all addresses: no link
        ({"HOST": "::", "PORT": "8123"}, "http://[::1]:8123"),
        ({"HOST": ""}, "http://127.0.0.1:8000"),
        ({"PORT": "8123", "PUBLIC_URL": "https://x.example/"}, "https://x.example"),  # as said
    ],
)
def test_links_lead_to_where_the_server_listens_unless_another_place_is_said(
    said: dict[str, str], public_url: str
) -> None:
    settings = read_settings({PREFIX + name: value for name, value in said.items()})
    assert settings.public_url == public_url
