"""Auditing: files in, reports out: reading, checking and checking again, many at once, told in five formats."""
