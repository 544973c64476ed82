"""财政重点评价、部门评价: candidates, picking, working papers, scoring, reviews, report, freezing."""
