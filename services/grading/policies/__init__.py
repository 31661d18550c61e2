"""The policies that come with this release: one YAML file each, complete, immutable once a bureau has activated it."""
