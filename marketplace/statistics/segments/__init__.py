"""The ledger as columns: immutable Parquet files that DuckDB reads in process, and the newest entries from PostgreSQL.

A way through it: `layout` (what a row is) → `build` (entries with a chain position become files) → `store` (where files lie, and
that they are whole) → `books` (one relation of files and tail, asked by the same statements as the table).
"""
