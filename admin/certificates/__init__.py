"""Certificates for the offices: the catalogue, one with its history, suspension, revocation by two persons, issuing, batches."""

from admin.certificates.catalogue import pages as catalogue
from admin.certificates.issuing import pages as issuing
from admin.certificates.standing import pages as standing

__all__ = ["catalogue", "issuing", "standing"]
