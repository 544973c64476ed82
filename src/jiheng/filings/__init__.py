"""报送: the life every official form shares, from draft over its desks to approval."""
