"""The review of applications: the queue, one application in split view, decisions."""

from admin.reviews.pages import pages

__all__ = ["pages"]
