"""Special funds 专项资金, their projects 项目, budget lines, and the calendar of each work year."""
