"""``python -m services.notify.simulator``: the simulator as a process of its own."""

import argparse
from pathlib import Path

from services.notify.simulator.serve import serve


def main() -> None:
    """Read the arguments and serve."""
    words = argparse.ArgumentParser(
        description="服务商模拟器: pretended SMS, WeChat, WeCom and mail providers that reach nobody."
    )
    words.add_argument("--state", type=Path, default=Path("var/simulator"), help="folder that keeps what arrived")
    words.add_argument("--host", default="127.0.0.1")
    words.add_argument("--port", type=int, default=8090)
    words.add_argument("--smtp-port", type=int, default=None, help="also take letters by SMTP")
    words.add_argument(
        "--callback-url", default=None, help="where receipts go, such as http://127.0.0.1:8080/api/notify/receipts"
    )
    given = words.parse_args()
    serve(given.state, host=given.host, port=given.port, smtp_port=given.smtp_port, callback_url=given.callback_url)


if __name__ == "__main__":
    main()
