"""The accounts 决算账表: 三公, transfers, debt, budget and final-account tables, entered and checked."""
