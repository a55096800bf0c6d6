"""Drawing of the timeline: each module paints one thing into a dirty rectangle, and reads only."""
