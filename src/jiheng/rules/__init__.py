"""Rules: what an official form must satisfy, one function a rule, each with its 文号 and its case file.

    findings = run("goals", sheet, policy, Context(budget=…, fund_text=…))

Codes: MB goals, JK monitoring, PJ evaluation (PJ01–PJ09 are scoring's own). Nothing is computed into a sheet
here; the registry is closed once this package is imported.
"""

from jiheng.rules import evaluation, goals, monitoring
from jiheng.rules.engine import Context, Custom, Rule, registered, run, seal

seal()

__all__ = ["Context", "Custom", "Rule", "evaluation", "goals", "monitoring", "registered", "run"]
