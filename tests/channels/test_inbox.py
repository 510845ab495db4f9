import pytest

from app.channels.channel import AddressInvalid, Sent
from app.channels.inbox import InboxChannel
from tests.channels.messages import page


async def test_message_to_the_inbox_is_sent_at_once() -> None:
    assert await InboxChannel().send(page("inbox")) == Sent()


@pytest.mark.parametrize("address", ["", "inbox", "  "])
async def test_inbox_needs_no_address(address: str) -> None:
    assert InboxChannel().check_address(address) == "inbox"
    assert await InboxChannel().check_destination(address) == "inbox"


@pytest.mark.parametrize("address", ["佐藤", "inbox2", "https://example.jp/"])
def test_inbox_with_an_address_is_refused(address: str) -> None:
    with pytest.raises(AddressInvalid, match="leave it empty"):
        InboxChannel().check_address(address)
