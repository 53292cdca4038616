"""What holds for reported sales, without a database: rows, adapters, signatures."""
