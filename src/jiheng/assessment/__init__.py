"""事前绩效评估: a project asks in, experts score blind, the bureau concludes; not passed, no money."""
