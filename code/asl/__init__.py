"""The ASL base: people's single letters joined into words, and the training of the base on them and on the virtual
signer.

In reading order:

`letters`   people's single letters, read
`ways`      how such a hand comes, moves on and goes
`joined`    the same joined into words
`borrowed`  signs of another alphabet shown by the same hands
`card`      the base's model card
`base`      the base: practice and training
"""
