"""The ASL base: people's single letters joined into words, and the training of the base on them and on the virtual
signer.

In reading order:

`letters`  people's single letters, read
`joined`   the same joined into words
`base`     the base: practice, training, model card
"""
