"""绩效运行监控: money pulled from payments, progress of goals, lights, orders of correction."""
