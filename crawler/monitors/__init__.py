"""Other people's monitors, one file each: their events and measurements in our form, with their words and licence."""
