"""The pinned protocol documents of a database, read once for all incidents that have the same."""

from collections import OrderedDict
from hashlib import sha256
from typing import Any, Final

import rfc8785

from app.ledger.judge.judge import Plans
from app.ledger.judge.plan import Plan, PlanInvalid, read_plan

KEPT_MAX: Final = 500


class Documents:
    """What documents say, by their digest as they are now: whoever changes one is not believed."""

    def __init__(self) -> None:
        """Know none yet."""
        self._read: OrderedDict[str, Plan | None] = OrderedDict()

    def plans(self, document: Any) -> Plans:  # noqa: ANN401  # whatever is stored
        """Answers for the digest of this document (None: there is none), and for no other."""
        if document is None:
            return lambda _: None
        try:
            data = rfc8785.dumps(document)
        except (rfc8785.CanonicalizationError, RecursionError):
            return lambda _: None
        own = sha256(data).hexdigest()
        return lambda digest: self._of(own, data) if digest == own else None

    def _of(self, digest: str, data: bytes) -> Plan | None:
        if digest not in self._read:
            try:
                self._read[digest] = read_plan(data)[1]
            except PlanInvalid:
                self._read[digest] = None
            if len(self._read) > KEPT_MAX:
                self._read.popitem(last=False)
        return self._read[digest]
