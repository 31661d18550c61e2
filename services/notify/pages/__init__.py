"""Two plain pages: the one behind a notice's link, and the proof that is printed."""

from services.notify.pages.routes import router

__all__ = ["router"]
