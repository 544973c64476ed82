"""绩效自评: prefilled, scored with steps, reviewed beside the self score, frozen."""
