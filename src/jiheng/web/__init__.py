"""Server-rendered pages, one module per room."""
