"""What the ledger and the certificates refuse: each sentence says what, which, and what to do."""

from lakehouse.errors import LakehouseError


class EvidenceError(LakehouseError):
    """Something that would have to be guessed."""


class NotCertifiable(EvidenceError):
    """A materialisation of which too little is known to certify anything."""
