"""Published figures of consumption aid, kept in their own words: read exactly, doubted aloud, never added up and never mended."""

from marketplace.statistics.published.checks import FLAGS
from marketplace.statistics.published.imports import PublishedImport, import_published, list_published

__all__ = ["FLAGS", "PublishedImport", "import_published", "list_published"]
