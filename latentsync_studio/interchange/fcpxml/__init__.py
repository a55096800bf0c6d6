"""FCPXML, the format of Final Cut Pro, which DaVinci Resolve and others exchange as well.

    resources > format, asset > media-rep            what there is
    project > sequence > spine > asset-clip, gap      the lowest picture track, without holes
                                   > asset-clip lane  what lies above or below, hung on it

Times are fractions of seconds. A clip's own time is the time code of its medium; what hangs on it
is placed in that time. Source: Apple, "FCPXML Reference" and "Timing Attributes".
"""
