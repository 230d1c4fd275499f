"""From what peers held to routing events. Pure: no file, no clock, no setting that is not an argument."""
