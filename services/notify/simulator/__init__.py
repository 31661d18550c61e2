"""The simulator: providers that behave as Aliyun, Tencent, WeChat and WeCom do, faults included, and reach nobody.

It checks signatures, clocks, tokens, templates and limits, keeps every message that it took in an append-only file, pushes
receipts back, and shows the phone screens that would have been. Whoever runs it may switch faults on, for everybody, for one
provider or for one number (``faults``).
"""
