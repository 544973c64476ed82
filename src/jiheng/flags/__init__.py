"""疑点: runs of the red flags over a region's year, and what people at the bureau make of each hit."""
