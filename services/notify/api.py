"""The HTTP door of notify."""

from fastapi import APIRouter

router = APIRouter()
