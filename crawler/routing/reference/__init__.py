"""What was known of networks at a time: names, countries, relationships, organisations, VRPs."""
