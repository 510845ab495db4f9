"""What messages say to the people who read them, in Japanese and in English."""

from app.channels.channel import Message
from app.channels.wording import checkpoint, incident, notice


def subject_line(message: Message) -> str:
    """The message in one line, short enough for one SMS without its link."""
    if message.is_notice:
        return notice.subject_line(message)
    if message.type == checkpoint.CHECKPOINT:
        return checkpoint.subject_line(message)
    return incident.subject_line(message)


def body_text(message: Message) -> str:
    """The message in full: what, when, where, and the link to answer by."""
    if message.is_notice:
        return notice.body_text(message)
    if message.type == checkpoint.CHECKPOINT:
        return checkpoint.body_text(message)
    return incident.body_text(message)
