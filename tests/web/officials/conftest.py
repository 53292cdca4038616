from tests.support.visitors import visitor

__all__ = ["visitor"]
