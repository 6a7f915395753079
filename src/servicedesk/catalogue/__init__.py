"""What a desk has declared: its workflows by name and version."""

from servicedesk.catalogue.definitions import Definitions

__all__ = ["Definitions"]
