"""The library: standard indicators and expenditure standards, their versions, and who uses them."""
