"""Sealed values: one data key per subject, wrapped by the installation's; destroyed, all is gone.

Pure but for randomness. Who keeps the wrapped keys, and which columns are sealed, is the store's
matter (docs/security.md).
"""

from app.vault.sealed import Place, SealBroken, SubjectErased, SubjectKey
from app.vault.vault import Vault

__all__ = ["Place", "SealBroken", "SubjectErased", "SubjectKey", "Vault"]
