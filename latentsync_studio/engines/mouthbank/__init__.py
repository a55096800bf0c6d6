"""The embedded lip-sync engine: the speaker's own mouth appearances, chosen, morphed and relit."""
