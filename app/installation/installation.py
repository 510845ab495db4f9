"""What every command of one installation works with."""

from collections.abc import Callable
from dataclasses import dataclass

from app.clock import Clock
from app.database import Database
from app.installation.secrets import LinkKey
from app.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Settings, database, clock, keys and the source of ids, joined once by `app/main.py`."""

    settings: Settings
    database: Database
    clock: Clock
    link_key: LinkKey
    # UUIDv7 as text: ids sort by the time at which they were made.
    new_id: Callable[[], str]
