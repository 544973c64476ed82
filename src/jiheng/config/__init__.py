"""Settings, urls, command line and server."""
