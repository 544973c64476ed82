"""Corrections 纠偏 ordered, answered, closed or waived."""
