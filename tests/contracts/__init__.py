"""What services say to one another stays what it was: registration, wire form, frozen schemas, samples, privacy."""
