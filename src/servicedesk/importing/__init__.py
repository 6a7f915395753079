"""Rows of a foreign log in, facts of our own tickets out; what does not fit is counted and listed, never dropped."""

from servicedesk.importing.log import ImportedCase, ImportedLog, commits, import_log
from servicedesk.importing.mapping import LogMapping
from servicedesk.importing.rows import ImportProblem

__all__ = ["ImportProblem", "ImportedCase", "ImportedLog", "LogMapping", "commits", "import_log"]
