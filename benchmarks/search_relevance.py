"""What a search finds, scored against graded answers: nDCG@10 overall and by kind, recall@20, MRR of exact names, empty answers.

`python -m benchmarks search-relevance --engine postgresql|elasticsearch [--products FILE.csv --queries FILE.jsonl]`
"""

from __future__ import annotations

import argparse
import json
import math
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, Final

from benchmarks.database import postgres
from benchmarks.search_engines import ENGINES, engine_for
from benchmarks.search_world import load, read_products
from marketplace.core.db import transaction
from search.engines.registry import engines
from search.service import Asked, search
from search.sync.rebuild import rebuild

DATA: Final = Path(__file__).resolve().parents[1] / "data"
TOP: Final = 10
RECALL: Final = 20
WORST: Final = 10


@dataclass(frozen=True, slots=True)
class Query:
    """A query with its graded answers (file id → 1–3); none: nothing is the right answer."""

    q: str
    relevant: dict[str, int]
    kind: str


@dataclass(frozen=True, slots=True)
class Score:
    """What one query got. `ndcg` is None where nothing is the right answer."""

    query: Query
    found: Sequence[str]
    ndcg: float | None

    @property
    def recall(self) -> float:
        """The share of the relevant products (at most RECALL of them) among the first RECALL hits."""
        wanted = min(len(self.query.relevant), RECALL)
        return sum(one in self.query.relevant for one in self.found[:RECALL]) / wanted if wanted else 0.0

    @property
    def reciprocal_rank(self) -> float:
        """1 ÷ the place of the first product of the highest grade there is."""
        best = max(self.query.relevant.values(), default=0)
        for place, one in enumerate(self.found, 1):
            if self.query.relevant.get(one) == best:
                return 1 / place
        return 0.0


def main(arguments: Sequence[str]) -> None:
    """Load, ask, score, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks search-relevance", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="postgresql")
    parser.add_argument("--products", type=Path, default=DATA / "search_products.csv")
    parser.add_argument("--queries", type=Path, default=DATA / "search_queries_dev.jsonl")
    parser.add_argument("--all", action="store_true", help="print every query, not only the worst")
    chosen = parser.parse_args(arguments)
    queries = read_queries(chosen.queries)
    with postgres() as server, engine_for(chosen.engine, server.settings):
        names = {row.id: row.name for row in read_products(chosen.products)}
        ids = load(read_products(chosen.products))
        for engine in engines().written:
            rebuild(engine)
        server.analyse()
        scores = [_score(query, _ask(query.q, ids)) for query in queries]
    show(scores, names, chosen.engine, everything=chosen.all)


def read_queries(path: Path) -> list[Query]:
    """JSON lines ``{"q", "relevant": {id: grade}, "kind"}``."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Query(row["q"], row["relevant"], row["kind"]) for row in map(json.loads, filter(None, lines))]


def _ask(q: str, ids: dict[uuid.UUID, str]) -> list[str]:
    with transaction() as session:
        found = search(session, Asked(q=q, size=RECALL))
    return [ids[item["product_id"]] for item in found.items]


def _score(query: Query, found: list[str]) -> Score:
    if not query.relevant:
        return Score(query, found, None)
    return Score(query, found, ndcg([query.relevant.get(one, 0) for one in found[:TOP]], query.relevant.values()))


def ndcg(grades: Sequence[int], all_grades: Any) -> float:
    """DCG of the first TOP with gain 2^grade − 1, over the best there could be."""
    best = sorted(all_grades, reverse=True)[:TOP]
    ideal = _dcg(best)
    return _dcg(grades[:TOP]) / ideal if ideal else 0.0


def _dcg(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def show(scores: Sequence[Score], names: dict[str, str], engine: str, *, everything: bool) -> None:
    """The figures, the worst queries with what stood where, and the JSON line."""
    by_kind: defaultdict[str, list[float]] = defaultdict(list)
    for score in scores:
        if score.ndcg is not None:
            by_kind[score.query.kind].append(score.ndcg)
    answered = [score for score in scores if score.ndcg is not None]
    empty = [score for score in scores if score.ndcg is None]
    exact = [score for score in answered if score.query.kind == "exact_name"]
    result = {
        "bench": "search-relevance",
        "engine": engine,
        "ndcg10": round(mean(s.ndcg or 0.0 for s in answered), 4) if answered else None,
        "ndcg10_by_kind": {kind: round(mean(values), 4) for kind, values in sorted(by_kind.items())},
        "recall20": round(mean(s.recall for s in answered), 4) if answered else None,
        "mrr_exact": round(mean(s.reciprocal_rank for s in exact), 4) if exact else None,
        "no_result": round(mean(not s.found for s in empty), 4) if empty else None,
    }
    print(f"\nsearch-relevance, {engine}: {len(scores)} queries")
    for kind, values in sorted(by_kind.items(), key=lambda pair: mean(pair[1])):
        print(f"  {kind:<18} {mean(values):.3f}  ({len(values)})")
    ordered = sorted(answered, key=lambda s: s.ndcg or 0.0)
    print("\nthe worst:" if not everything else "\nall:")
    for score in ordered if everything else ordered[:WORST]:
        _explain(score, names)
    for score in empty:
        if score.found:
            print(f"  {score.query.q}: should be empty, found {', '.join(names[one] for one in score.found[:5])}")
    print(json.dumps(result, ensure_ascii=False), flush=True)


def _explain(score: Score, names: dict[str, str]) -> None:
    relevant = score.query.relevant
    shown = [f"{names[one][:14]}·{relevant.get(one, 0)}" for one in score.found[:TOP]]
    missed = [f"{names[one][:14]}·{grade}" for one, grade in relevant.items() if one not in score.found[:TOP]]
    missed = sorted(missed, key=lambda text: text[-1], reverse=True)[:6]
    print(f"  {score.ndcg:.3f} {score.query.kind} {score.query.q}: {' '.join(shown) or 'nothing'}")
    if missed:
        print(f"        missed {' '.join(missed)}")
