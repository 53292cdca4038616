"""Which of the official participation modes (参与方式) a sale belongs to: exactly one, decided by a table.

The four modes are those of 国开办发〔2020〕11号; a fifth, 其他(个人), lets the monthly report foot (docs/rules.md,
"Participation mode").
"""

from dataclasses import dataclass

MODES = {
    "government_procurement": "政府采购",
    "poverty_cooperation": "扶贫协作",
    "market_entity": "经营主体",
    "social_organisation": "社会组织",
    "other_individual": "其他(个人)",
}


@dataclass(frozen=True, slots=True)
class ModeRule:
    """One line of the precedence table; an empty tuple or None asks nothing."""

    mode: str
    channel_kinds: tuple[str, ...] = ()
    buyer_kinds: tuple[str, ...] = ()
    brokered: bool | None = None

    def fits(self, channel_kind: str, buyer_kind: str, brokered: bool) -> bool:
        """Whether a sale over such a channel to such a buyer falls under this line."""
        return (
            (not self.channel_kinds or channel_kind in self.channel_kinds)
            and (not self.buyer_kinds or buyer_kind in self.buyer_kinds)
            and (self.brokered is None or self.brokered == brokered)
        )


#: Read from the top; the first line that fits decides. The last one asks nothing, so every sale has a mode.
PRECEDENCE = (
    ModeRule("government_procurement", channel_kinds=("platform_832",), buyer_kinds=("budget_unit",)),
    ModeRule("poverty_cooperation", brokered=True),
    ModeRule("market_entity", buyer_kinds=("enterprise",)),
    ModeRule("social_organisation", buyer_kinds=("union", "society")),
    ModeRule("government_procurement", buyer_kinds=("budget_unit",)),
    ModeRule("other_individual"),
)


def participation_mode(channel_kind: str, buyer_kind: str, *, brokered: bool) -> str:
    """Return the one mode of a sale; `brokered` says that it was arranged under a pairing (结对)."""
    return next(rule.mode for rule in PRECEDENCE if rule.fits(channel_kind, buyer_kind, brokered))
