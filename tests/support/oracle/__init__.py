"""The books and the reports in plain Python, computed slowly from what was sold, taken back, reported and closed. No SQL."""
