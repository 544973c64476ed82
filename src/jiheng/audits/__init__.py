"""文件审核: documents uploaded and checked, what became of each finding, and the gate before publication."""
