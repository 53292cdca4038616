"""What buyers do around the checkout: cart, addresses, approval by amount, plan, three quotes, gifts to many addresses.

Every way of ordering ends in `orders.service.place`; nothing here writes an order by itself.
"""
