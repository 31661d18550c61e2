"""The ways to reach a person, one module each, behind the protocol of ``channel``; ``assembly.build_channels`` makes them all.

What every provider's answer means stands in ``answers/*.yaml``, what it allows in ``limits.yaml``, which of its templates
stands behind ours in ``provider_templates.yaml``. Each channel is handed an ``httpx.AsyncClient`` and never raises for what
the other side does; what was surely not sent is TryLater, what perhaps was is Unknown and is asked for.
"""
