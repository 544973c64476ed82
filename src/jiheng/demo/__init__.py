"""The example district 天衡区 (invented)."""
