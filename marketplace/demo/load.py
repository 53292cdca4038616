"""Building the demo: the steps of the chain, one file each, in the order in which goods and data travel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from marketplace.core.db import transaction
from marketplace.demo import store
from marketplace.demo.context import Demo
from marketplace.demo.steps import (
    agreements,
    bank_accounts,
    buyers,
    catalogue,
    certification,
    commissions,
    filings,
    households,
    logins,
    officials,
    producers,
    settlement,
    targets,
    waiting,
    year,
)
from marketplace.demo.twin import Twin
from marketplace.demo.world import World
from marketplace.demo.world.timeline import events
from marketplace.features import Derived
from marketplace.statistics.segments import care


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what the progress bar calls it, how much work it announces, what it does.

    Steps `beside` need nothing of the next one that is not, nor that of them: where there are two processes the second one
    takes them, one after the other, while the first takes that one.
    """

    title: str
    size: Callable[[World], int]
    build: Callable[[Demo], None]
    beside: bool = False


STEPS: Final = (
    Step("各级主管部门", lambda _: 1, officials.build),
    Step("农户(演示数据)", lambda world: sum(map(len, world.homes.values())), households.build, beside=True),
    Step("带贫主体和产品", lambda world: len(world.producers), producers.build),
    Step("采购单位", lambda world: len(world.buyers), buyers.build, beside=True),
    Step("预留份额填报", lambda _: 1, filings.build, beside=True),
    Step("利益联结协议", lambda world: len(world.agreements), agreements.build, beside=True),
    Step("销售点和报价", lambda world: len(world.products()), catalogue.offer, beside=True),
    Step("供应商收款账户", bank_accounts.size, bank_accounts.build, beside=True),
    Step("认定、公示、发证", lambda world: 9 * len(world.products()), certification.build),
    Step(
        "专柜、专馆、专区、832上架",
        lambda world: sum(len(site.product_keys) for site in world.sites),
        catalogue.build,
    ),
    Step("年度目标", lambda _: 21, targets.build),
    Step("监管账户协议", lambda _: 1, settlement.agree),
    Step("平台服务费协议", lambda _: 1, commissions.agree),
    Step("2020年订单与十一次关账", lambda world: len(events(world.orders)), year.build),
    Step("货款结算", lambda _: 1, settlement.settle),
    Step("登录账号", lambda _: len(logins.logins()), logins.build),
    Step("待办事项", lambda _: 1, waiting.build),
)


def load(
    world: World, console: Console, seed: str, twin: Twin | None = None, derived: Sequence[Derived] = ()
) -> None:
    """Build the whole demo with a progress bar; marks the beginning and, when all is there, the end.

    With a `twin` a second process shares the work; without, everything happens in this one. `derived` is what the features on top
    make of it all, built last, with the ledger's columns: no worker runs on the demo.
    """
    with transaction() as session:
        store.mark(session, store.BEGUN, seed)
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        _take_steps(Demo(world, lambda _: None, twin=twin), progress)
        for one in derived:
            task = progress.add_task(one.title_zh, total=one.size())
            one.build(partial(_tick_to, progress, task))
        task = progress.add_task("账本的列式文件", total=1)
        care.build_now()
        _tick_to(progress, task, 1)
    with transaction() as session:
        store.mark(session, store.WHOLE, seed)


def _take_steps(demo: Demo, progress: Progress) -> None:
    beside: list[tuple[Step, TaskID]] = []
    for step in STEPS:
        task = progress.add_task(step.title, total=step.size(demo.world))
        if step.beside and demo.twin is not None:
            beside.append((step, task))
            continue
        if beside and demo.twin is not None:
            demo.twin.begin(in_turn, demo, tuple(other.build for other, _ in beside))
        _tick_on(demo, progress, task)
        step.build(demo)
        progress.update(task, completed=step.size(demo.world))
        if beside and demo.twin is not None:
            _tick_on(demo, progress, beside[0][1])
            demo.twin.finish(demo)
            for other, task in beside:
                progress.update(task, completed=other.size(demo.world))
            beside.clear()


def in_turn(demo: Demo, builds: Sequence[Callable[[Demo], None]]) -> None:
    """Take steps one after the other: what the second process is asked for."""
    for build in builds:
        build(demo)


def _tick_to(progress: Progress, task: TaskID, count: int) -> None:
    progress.update(task, completed=count)


def _tick_on(demo: Demo, progress: Progress, task: TaskID) -> None:
    demo.tick = lambda count: progress.advance(task, count)
