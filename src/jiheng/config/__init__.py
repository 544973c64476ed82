"""Settings, urls, command line and server."""


class CommandError(Exception):
    """Why a command can't be done and what to do, in Chinese."""
