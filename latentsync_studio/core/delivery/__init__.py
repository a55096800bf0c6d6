"""What movies can be delivered as: codecs, containers, hardware encoders, named targets."""
