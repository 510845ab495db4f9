"""Something that is wrong in a database, and which check found it."""

from enum import StrEnum
from typing import NamedTuple

from app.ledger.verify import Rule


class Check(StrEnum):
    """What a finding is about, beside the rules of the chain itself."""

    # The incident's row says what the entries say (H6).
    ROW = "row"
    # The columns beside a leaf, by which entries are searched, say what the leaf says.
    COLUMNS = "columns"
    # The state machine's memory says what the row says.
    STATE = "state"
    # An open incident has a timer (H5).
    TIMER = "timer"
    # Pages and messages belong to the incident and to parties that exist.
    REFERENCE = "reference"
    # The ledger's triggers are there and refuse changes.
    GUARD = "guard"
    # A log's tree is what its entries, tiles, row and checkpoint all say.
    TREE = "tree"
    # Places in a log are dense, and rise within an incident (LEDGER.md 9.4).
    L1 = "L1"
    # What is older than the deadline is sealed.
    L2 = "L2"


class Finding(NamedTuple):
    """Something that is wrong: with an entry, an incident, or without both the database.

    `detail` names ids, codes and instants only, never what is disclosed.
    """

    rule: Rule | Check
    incident_id: str | None
    seq: int | None
    detail: str
