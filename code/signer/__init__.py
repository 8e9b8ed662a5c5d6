"""The virtual signer: a described alphabet, a hand that forms it, and its way to landmarks and to video."""
