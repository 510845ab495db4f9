"""SQLModel tables: columns, constraints, indexes. No queries, no behaviour.

A table class never parses outside data (it does not validate): requests are parsed by the
pydantic models of `app/routes`, documents by `app/protocols`.
"""

from app.models import access, directory, incident, ledger, notice, protocol, roster, watch
from app.models.publishing import auditors, witnesses

__all__ = [
    "access",
    "auditors",
    "directory",
    "incident",
    "ledger",
    "notice",
    "protocol",
    "roster",
    "watch",
    "witnesses",
]
