"""结果应用: what a result does to next year's budget; and the end of a year: closed, the next one opened."""
