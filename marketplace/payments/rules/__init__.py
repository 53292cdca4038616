"""What holds for money, without a database: states, accounts, amounts."""
