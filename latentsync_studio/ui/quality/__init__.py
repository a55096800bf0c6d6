"""What was measured on the clips of the shown sequence, and which spans of it need a person.

The controller asks the store, has clips measured in the background after they were drawn, and
holds the findings of the quality gate; the panel lists them with what can be done about each.
"""
