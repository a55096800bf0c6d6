"""CMX3600 edit decision lists: one track a list, places as time code, media as names of reels.

    001  A001     V     C        01:00:01:00 01:00:04:00 01:00:00:00 01:00:03:00
         reel     track cut      source in   source out  record in   record out

A list says no frame rate; ours says it in a comment. Sources: CMX, "CMX 3600 EDL"; lists of the
programs.
"""
