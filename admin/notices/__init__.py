"""Public notices for the offices that hang them, and the objections they answer."""

from admin.notices.editor import pages as editor
from admin.notices.objections import pages as objections

__all__ = ["editor", "objections"]
