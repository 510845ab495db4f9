"""The ways to reach a contact: one file per channel, and what may travel on them.

A channel sends one message to one address once and says what became of it. Not here: whether a
message is still wanted, when it is tried again, and what a failure means for an incident
(`app/engine`, `app/escalation`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.channels.channel import Channel
from app.channels.email import EmailChannel
from app.channels.inbox import InboxChannel
from app.channels.webhook import WebhookChannel
from app.clock import Clock
from app.settings import Settings

CHANNELS: Final = (WebhookChannel.name, EmailChannel.name, InboxChannel.name)
"""What a contact point's `channel` may be."""


def open_channels(settings: Settings, clock: Clock, *, fast: bool = True) -> Mapping[str, Channel]:
    """Every channel by its name; whoever opens them closes them.

    Args:
        settings: time-out, networks that webhooks may reach, mail server.
        clock: the instant of a try.
        fast: send webhooks by the fast transport, which tests cannot intercept.
    """
    channels: tuple[Channel, ...] = (
        WebhookChannel(settings, clock, fast=fast),
        EmailChannel(settings),
        InboxChannel(),
    )
    return MappingProxyType({channel.name: channel for channel in channels})
