"""绩效目标: goal forms prefilled, checked, approved and adjusted."""
