"""Keys of screens that nobody attends: each opens the wall of one area, and nothing else."""
