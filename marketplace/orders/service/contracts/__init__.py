"""The contract of an order: drafted and sent by the seller, signed by both sides as files that another person checked."""

from marketplace.orders.service.contracts.collection import read_collection_with
from marketplace.orders.service.contracts.drafting import Agreed, draft
from marketplace.orders.service.contracts.papers import JOB, document_bytes, document_of, make_document
from marketplace.orders.service.contracts.reading import (
    contracts_of,
    open_state,
    read_contract,
    require_paper_access,
    signatures_of,
    signed_papers,
)
from marketplace.orders.service.contracts.signing import (
    Signed,
    check_signature,
    sign,
    signature_bytes,
    signature_file,
)
from marketplace.orders.service.contracts.steps import send, void

__all__ = [
    "JOB",
    "Agreed",
    "Signed",
    "check_signature",
    "contracts_of",
    "document_bytes",
    "document_of",
    "draft",
    "make_document",
    "open_state",
    "read_collection_with",
    "read_contract",
    "require_paper_access",
    "send",
    "sign",
    "signature_bytes",
    "signature_file",
    "signatures_of",
    "signed_papers",
    "void",
]
