"""Building anew, beside what answers, an index that another release has built: once, by whichever worker comes first."""

from __future__ import annotations

import structlog

from search.engines.protocol import Engine, EngineUnavailable
from search.engines.registry import engines
from search.fingerprint import fingerprint
from search.sync.rebuild import RebuildRunning, build_anew, rebuilding

log = structlog.get_logger(__name__)


def is_current(engine: Engine) -> bool:
    """Whether the index that answers was built as this release builds it. EngineUnavailable."""
    return engine.built_with() == fingerprint()


class Renewal:
    """The work of one process, done again and again.

    An index that was once seen to be current is never looked at again: if it changes after that, the workers of a newer release
    have built it, and two releases that run beside each other during an upgrade must not build by turns.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def run(self) -> int:
        """Renew what is not current; how many indices were built. What cannot be now comes round again."""
        built = 0
        for engine in engines().written:
            if engine.code not in self._seen:
                try:
                    built += self._renew(engine)
                except RebuildRunning:
                    log.info(
                        "search_renewal_put_off", engine=engine.code, reason="another rebuild is running"
                    )
                except EngineUnavailable as away:
                    log.warning("search_renewal_put_off", engine=engine.code, reason=str(away)[:200])
        return built

    def _renew(self, engine: Engine) -> bool:
        outdated = not is_current(engine)
        if outdated:
            with rebuilding():
                outdated = not is_current(engine)  # another worker may just have ended
                if outdated:
                    log.warning("search_index_outdated", engine=engine.code, wanted=fingerprint()[:12])
                    products = build_anew(engine)
                    log.warning("search_index_renewed", engine=engine.code, products=products)
        self._seen.add(engine.code)
        return outdated
