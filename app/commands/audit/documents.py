"""The pinned protocol documents of a database, read once for all incidents that have the same."""

import json
from collections import OrderedDict
from typing import Final

import rfc8785

from app.ledger.judge.judge import Plans
from app.ledger.judge.plan import Plan, PlanInvalid, read_plan
from app.store.audit.verification import Raw

KEPT_MAX: Final = 500


class Documents:
    """What documents say, by the text that is stored: whoever changes it is not believed."""

    def __init__(self) -> None:
        """Know none yet."""
        self._read: OrderedDict[str, tuple[str, Plan] | None] = OrderedDict()

    def plans(self, version: Raw | None) -> Plans:
        """Answers for the digest of this version's document as it is now, and for no other."""
        read = self._of(str(version["document"])) if version is not None else None
        return lambda digest: read[1] if read is not None and read[0] == digest else None

    def _of(self, text: str) -> tuple[str, Plan] | None:
        if text not in self._read:
            self._read[text] = _read(text)
            if len(self._read) > KEPT_MAX:
                self._read.popitem(last=False)
        return self._read[text]


def _read(text: str) -> tuple[str, Plan] | None:
    try:
        return read_plan(rfc8785.dumps(json.loads(text)))
    except (ValueError, RecursionError, PlanInvalid):
        return None
