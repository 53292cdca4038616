"""The demonstration: the whole chain on really published products, through the services and never around them.

`published/` reads what was published, `invented/` makes everything that was not (each such value carries the
mark 演示数据), and `steps/` walks the chain with both.  Nothing here is needed to run the service.
"""
