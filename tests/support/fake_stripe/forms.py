"""Stripe's form encoding: ``a[b][0]=c`` → ``{"a": {"b": ["c"]}}``."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl


def parse(text: str) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        path = re.findall(r"[^\[\]]+", name)
        node = root
        for step in path[:-1]:
            node = node.setdefault(step, {})
        node[path[-1]] = value
    return _lists(root)


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    whole = {key: _lists(value) for key, value in node.items()}
    if whole and all(key.isdigit() for key in whole):
        return [whole[key] for key in sorted(whole, key=int)]
    return whole
