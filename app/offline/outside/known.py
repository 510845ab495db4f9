"""What an auditor has beside the files that are judged."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.ledger.notes.checkpoint import Checkpoint
from app.ledger.notes.note import Note
from app.offline.outside.brackets import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Heads of the log, and when others saw them.

    Attributes:
        kept: checkpoints of this log that the auditor has from elsewhere.
        former: checkpoints of other logs, whose place this one may have taken.
        origins: the logs that the policy beside this one's checkpoint names.
        exported: the checkpoint of an export of the log before.
        heads: older heads that lie beside the export.
        seen: when others saw a head.
    """

    kept: Sequence[Checkpoint] = ()
    former: Sequence[Note] = ()
    origins: Collection[str] = ()
    exported: Note | None = None
    heads: Sequence[Checkpoint] = ()
    seen: Sequence[Seen] = ()
