"""What every page must be: free of serious faults by axe, of Chinese in English, of personal data, within its weight."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

AXE = Path(__file__).resolve().parents[1] / "data" / "vendor" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
RESIDENT_ID = re.compile(
    r"(?<![0-9])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9])"
)
# Heads of the demo's households are a surname with 演示 for a given name.
DEMO_HEAD = re.compile(
    r"[李王张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈]演示(?!数据)"
)
PHONE = re.compile(r"(?<![0-9a-f])1[3-9]\d{9}(?![0-9a-f])")


def axe(page: Any) -> list[str]:
    """What axe finds serious or critical on a page, as ``rule: element``. The script is evaluated past the page's policy.

    Who opens many pages adds it to their context (``add_init_script(path=AXE)``): it is sent once then.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def is_wider_than_the_window(page: Any) -> bool:
    """Whether one has to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def personal(html: str) -> list[str]:
    """Full resident numbers, mobile numbers and names of the demo's households in a page's text."""
    text = re.sub(
        r"<script.*?</script>|<[^>]*>", " ", html, flags=re.DOTALL
    )  # ids in addresses hold digits of all kinds
    return [*RESIDENT_ID.findall(text), *PHONE.findall(text), *DEMO_HEAD.findall(text)]
