"""RIS Live: the stream becomes an archive, and where nothing was heard is a gap."""
