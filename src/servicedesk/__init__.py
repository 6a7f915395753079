"""Service-desk domain logic: tickets, SLA clocks on business calendars, surge response, and the numbers."""

__version__ = "0.1.0"
