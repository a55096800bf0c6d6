"""Final Cut Pro 7 XML ("xmeml"), which Premiere Pro, DaVinci Resolve, Avid and others exchange.

    sequence > media > video > track > clipitem [start, end) on the sequence, [in, out) of the file
                     > audio > track > one clipitem for every channel, joined by links

Everything counts in frames of the `rate` that stands beside it; a 1001 rate is its nominal number
and "ntsc". Sources: Apple, "Final Cut Pro XML Interchange Format"; files of the programs.
"""
