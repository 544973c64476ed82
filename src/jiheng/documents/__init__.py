"""Documents: official Excel forms out and back in, tables in and out, hostile files kept out.

Doors: `forms` (blank, fill, take, marks, zips), `tables` (column-spec imports and exports),
`workbook.open_workbook`. What cannot be read raises `archive.DocumentError` with a Chinese message; what can
be read but is wrong comes back as findings with the place of each.
"""
