"""What was bought: checkout, one order per producer, shipment, acceptance, evaluation, returns, counting."""
