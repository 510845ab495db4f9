"""Acts that the state of an incident does not allow. A refused act changes nothing."""


class ActRefused(Exception):
    """The incident does not allow this act now."""

    def __init__(self, message: str | None = None) -> None:
        """The class's docstring is the message, unless one is given."""
        super().__init__(message or self.__doc__)


class NotAllowed(ActRefused):
    """The status of the incident does not allow this act."""


class IncidentClosed(ActRefused):
    """The incident is closed; nothing re-opens it."""


class NotAsked(ActRefused):
    """This person was not asked to take the incident."""


class NotHolder(ActRefused):
    """Only the holder, or a coordinator on their behalf, may do this."""


class NothingOffered(ActRefused):
    """No hand-over is offered to this person."""


class NotUpwards(ActRefused):
    """An incident is only reclassified upwards."""


class AlreadyHolder(ActRefused):
    """The party that the incident is offered to holds it already."""


class NobodyToOffer(ActRefused):
    """Nobody of that party is on duty now, so nobody could accept the hand-over."""


class PartyRestricted(ActRefused):
    """Family takes no part in an incident of this type."""
