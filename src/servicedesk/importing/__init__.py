"""Rows of a foreign log in, facts of our own tickets out; what does not fit is counted and listed, never dropped."""

from servicedesk.importing.csv_rows import csv_rows
from servicedesk.importing.drafting import discover
from servicedesk.importing.exporting import to_rows
from servicedesk.importing.imported import Comparison, ImportedCase, ImportedLog
from servicedesk.importing.lives import import_log
from servicedesk.importing.mapping import LogMapping
from servicedesk.importing.row import ImportProblem
from servicedesk.importing.storing import commits
from servicedesk.importing.suggesting import Suggestion
from servicedesk.importing.xes_rows import xes_rows

__all__ = [
    "Comparison",
    "ImportProblem",
    "ImportedCase",
    "ImportedLog",
    "LogMapping",
    "Suggestion",
    "commits",
    "csv_rows",
    "discover",
    "import_log",
    "to_rows",
    "xes_rows",
]
