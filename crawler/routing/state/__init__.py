"""What each peer held, as columns: filled from files by processes, looked into where something changed."""
