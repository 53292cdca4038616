"""From the rows of a product to the document that an engine keeps."""

from search.documents.build import build, digest_of
from search.documents.source import ProductSource, read_sources

__all__ = ["ProductSource", "build", "digest_of", "read_sources"]
