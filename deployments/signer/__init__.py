"""The document signer: its authority, its certificates and its keys."""
