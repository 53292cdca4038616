"""Use cases of bulletins: draw up, review, issue, read, compare, verify."""

from marketplace.statistics.bulletins.service.comparison import MOST, Comparison, adjustments_of, compare
from marketplace.statistics.bulletins.service.copies import (
    Copy,
    NewCopy,
    add_copy,
    check_copy,
    copies_of,
    read_copy,
)
from marketplace.statistics.bulletins.service.deciding import issue_bulletin, review_bulletin
from marketplace.statistics.bulletins.service.drafting import NewBulletin, draft_bulletin
from marketplace.statistics.bulletins.service.papers import document_bytes, document_of
from marketplace.statistics.bulletins.service.reading import (
    bulletins_seen_by,
    find_bulletin,
    find_open_bulletin,
    open_bulletins,
    public_keys,
    steps_of,
    superseded_by,
    versions_beside,
)
from marketplace.statistics.bulletins.service.verifying import Verification, verify_bulletin

__all__ = [
    "MOST",
    "Comparison",
    "Copy",
    "NewBulletin",
    "NewCopy",
    "Verification",
    "add_copy",
    "adjustments_of",
    "bulletins_seen_by",
    "check_copy",
    "compare",
    "copies_of",
    "document_bytes",
    "document_of",
    "draft_bulletin",
    "find_bulletin",
    "find_open_bulletin",
    "issue_bulletin",
    "open_bulletins",
    "public_keys",
    "read_copy",
    "review_bulletin",
    "steps_of",
    "superseded_by",
    "verify_bulletin",
    "versions_beside",
]
