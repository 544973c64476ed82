"""Disclosure: the year's explanations, generated, checked, published and withdrawn, with a trace."""
