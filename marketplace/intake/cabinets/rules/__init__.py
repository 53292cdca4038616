"""What holds for cabinets, without a database."""
