"""Runs everything: settings, the command line, the scheduler, the pages and the mail."""
