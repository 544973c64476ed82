"""绩衡 Jiheng: budget performance management for county and district finance bureaus."""

__version__ = "0.1.0"
