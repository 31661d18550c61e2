"""The whole chain as others would build it: the same hops and commits as ours, far fewer rules (see ``ground``)."""
