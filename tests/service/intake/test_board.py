"""A reporter's board: every report on one line, and the sum that of the ledger to the fen."""

from __future__ import annotations

import pytest

from marketplace.core.actor import system_actor
from marketplace.core.errors import Forbidden, Invalid
from marketplace.intake.service.board import Board, board_of
from tests.support.county import make_actor
from tests.support.reporters import UNION, Reporter, open_reporter
from tests.support.reporting_device import Cabinet


def lines_of(board: Board) -> dict[str, tuple[int, int]]:
    """What is not empty."""
    return {line.code: (line.count, line.fen) for line in board.lines if line.count}


@pytest.fixture
def county(cabinet: Cabinet) -> Reporter:
    return open_reporter(cabinet, "hall_offline", "county_register")


def test_duplicates_transfers_and_raw_material_stand_beside_the_sum_and_the_ledger_agrees(
    cabinet: Cabinet, county: Reporter
) -> None:
    platform = open_reporter(cabinet, "platform_832", "platform_832")
    platform.report(platform.row("P1"), platform.row("P2", 订单状态="待付款", 预算单位统一社会信用代码=UNION))
    county.report(
        county.row("X1", 原平台订单编号="P1"),
        county.row("X2", **{"金额(元)": "10.00"}),
        county.row("X3", 性质="调拨", 调入销售点编号=cabinet.channel.code, **{"金额(元)": "20.00"}),
        county.row("X4", 性质="原料收购", **{"金额(元)": "30.00"}),
        county.row("X5", 数量="0"),
    )
    board = board_of(cabinet.session, system_actor(), county.channel.code, "2020-09")
    assert lines_of(board) == {
        "counted": (1, 1_000),
        "duplicates": (1, 4_900),
        "transfers": (1, 2_000),
        "inputs": (1, 3_000),
    }
    assert (board.sum_fen, board.ledger_fen, board.difference_fen) == (1_000, 1_000, 0)
    october = board_of(cabinet.session, system_actor(), county.channel.code, "2020-10")
    assert lines_of(october) == {"quarantined": (1, 4_900)}
    theirs = board_of(cabinet.session, system_actor(), platform.channel.code, "2020-09")
    assert lines_of(theirs) == {"counted": (1, 4_900), "waiting": (1, 4_900)}
    assert theirs.difference_fen == 0


def test_what_was_given_back_is_in_neither_figure(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("A1", payamt="98.00", qty="2"))
    cabinet.report(cabinet.row("A1", tradetp="2", tradeno="R1", paytm="2020-10-01 11:45:00"))
    board = board_of(cabinet.session, system_actor(), cabinet.channel.code, "2020-10")
    assert (lines_of(board), board.ledger_fen, board.booked_fen) == ({"counted": (1, 4_900)}, 4_900, 4_900)


def test_a_board_is_for_the_area_and_the_operator_of_the_point_of_sale(cabinet: Cabinet) -> None:
    stranger = make_actor(cabinet.session, "county_officer", "441403")
    with pytest.raises(Forbidden):
        board_of(cabinet.session, stranger, cabinet.channel.code, "2020-10")
    official = make_actor(cabinet.session, "county_officer", "440106")
    assert board_of(cabinet.session, official, cabinet.channel.code, "2020-10").sum_fen == 0
    with pytest.raises(Invalid):
        board_of(cabinet.session, official, cabinet.channel.code, "2020-13")
