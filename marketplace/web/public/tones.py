"""How the standings of certificates and notices are coloured; their titles belong to the slices."""

from __future__ import annotations

from typing import Final

STANDING_TONES: Final = {
    "active": "good",
    "not_yet_valid": "info",
    "suspended": "warn",
    "revoked": "bad",
    "amended": "quiet",
    "expired": "quiet",
}
NOTICE_TONES: Final = {"not_begun": "info", "running": "good", "ended": "quiet", "withdrawn": "bad"}
OBJECTION_TONES: Final = {"open": "info", "dismissed": "quiet", "upheld": "warn"}
