"""What the three notebooks share, one subject a module, in the order of the data:
video -> array -> record -> batch -> logits -> signs -> figures.
"""
