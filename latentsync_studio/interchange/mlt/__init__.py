"""MLT XML, which melt renders and Shotcut and Kdenlive open as a project; only written.

    producer (a medium) -> playlist (a track: entries and blanks) -> tractor (tracks and their mix)

All places count in frames of the profile, which is the sequence's rate. Source: MLT, "MLT XML".
"""
