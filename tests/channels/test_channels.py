from app.channels import CHANNELS, open_channels
from app.channels.channel import Sent
from app.clock import utc_now
from tests.channels.messages import page, settings
from tests.peers.sink import running_sink


async def test_every_channel_has_its_name() -> None:
    channels = open_channels(settings(), utc_now)
    assert tuple(channels) == CHANNELS == ("webhook", "email", "inbox")
    assert all(channel.name == name for name, channel in channels.items())
    for channel in channels.values():
        await channel.close()


async def test_opened_channel_sends() -> None:
    channels = open_channels(settings(), utc_now)
    async with running_sink() as sink:
        assert await channels["webhook"].send(page(sink.url)) == Sent()
    for channel in channels.values():
        await channel.close()
