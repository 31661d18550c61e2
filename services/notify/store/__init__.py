"""Every query of notify, by what it is about; each takes the transaction first."""
