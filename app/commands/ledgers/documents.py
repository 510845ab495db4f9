"""The protocol documents that go with what is handed on, so that R7 can be judged elsewhere."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256

import rfc8785
from sqlmodel import Session

from app.auth import Principal, RoleForbids
from app.commands.directory.clients import seen_client
from app.installation.answer import NotFound
from app.ledger.disclosure import Disclosure, DisclosureInvalid, decode
from app.ledger.exports.disclosed import Disclosed
from app.store.audit.document import documents_of

PINNED = "protocol"


def pinned_versions(disclosed: Iterable[Disclosed]) -> Iterator[str]:
    """The ids of the versions that these lines say incidents were pinned to, as far as told."""
    for one in disclosed:
        # Only the first entry of an incident says so.
        if one.seq == 0 and one.disclosure is not None:
            version_id = _version_id(one.disclosure)
            if version_id is not None:
                yield version_id


def sees_protocols(session: Session, principal: Principal, client_id: str) -> bool:
    """Whether the caller may read a client's protocols: auditors see none."""
    try:
        return bool(seen_client(session, principal, client_id))
    except (RoleForbids, NotFound):
        return False


def document_lines(session: Session, version_ids: Collection[str]) -> Sequence[bytes]:
    """The documents of these versions, a line each in RFC 8785 form, none twice."""
    found = documents_of(session, version_ids)
    # Two clients may have the same one.
    lines = {rfc8785.dumps(found[one]) + b"\n" for one in version_ids if one in found}  # type: ignore[arg-type]  # what a JSON column holds
    return sorted(lines, key=lambda line: sha256(line).digest())


def _version_id(text: str) -> str | None:
    try:
        read: Disclosure = decode(text)
    except DisclosureInvalid:
        return None
    value = read.value
    if read.name != PINNED or not isinstance(value, dict):
        return None
    version_id = value.get("id")
    return version_id if isinstance(version_id, str) else None
