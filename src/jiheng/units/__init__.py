"""Regions, departments 主管部门, units 单位, people, roles, access, change log, jobs."""
