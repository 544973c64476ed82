"""Append-only payment entries, the batches they came in, and what was executed as of a day."""
