"""The API of certification. Applications and decisions for those concerned; notices and the catalogue open to everybody."""

from marketplace.certification.api import applications, certificates, notices, revocations
from marketplace.certification.api.blueprint import blueprint

__all__ = ["applications", "blueprint", "certificates", "notices", "revocations"]
