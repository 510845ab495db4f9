"""The inbox: a message that waits on the person's own page; nothing leaves the house."""

from app.channels.channel import AddressInvalid, Message, Result, Sent


class InboxChannel:
    """The page of a person lists what was asked of them; being listed is being sent."""

    name = "inbox"

    async def send(self, message: Message) -> Result:  # noqa: ARG002  # the row is the message
        """Done already: the page reads the delivery's own row."""
        return Sent()

    def check_address(self, address: str) -> str:
        """An inbox has no address: nothing, or its name.

        Raises:
            AddressInvalid: anything else.
        """
        if address.strip() not in {"", self.name}:
            raise AddressInvalid("An inbox has no address: leave it empty.")
        return self.name

    async def check_destination(self, address: str) -> str:
        """The same as `check_address`: it leads nowhere.

        Raises:
            AddressInvalid: the address is not empty.
        """
        return self.check_address(address)

    async def close(self) -> None:
        """Nothing is open."""
