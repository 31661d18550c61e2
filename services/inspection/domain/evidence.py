"""What a file is, told by its content and never by its name; what is not on the list is refused."""

from shared.contracts.vocabulary import Word
from shared.errors import Refused


class FileKind(Word):
    """证据类型: what a file shows."""

    PHOTO = "photo", "照片"
    DOCUMENT = "document", "资料"
    VIDEO = "video", "视频"


class KindNotAllowed(Refused):
    """Only photos, PDF and short videos are evidence; scripts and pages that run are not."""

    code = "file_kind_not_allowed"
    status = 415
    zh = "只接受照片(JPEG、PNG、WebP、HEIC)、PDF 和 MP4 视频"
    en = "Only photos (JPEG, PNG, WebP, HEIC), PDF and MP4 video are accepted"


class FileTooLarge(Refused):
    """A file has a limit."""

    code = "file_too_large"
    status = 413
    zh = "文件不能超过 {megabytes} MB"
    en = "A file has at most {megabytes} MB"


class FileEmpty(Refused):
    """Nothing is no evidence."""

    code = "file_empty"
    zh = "文件是空的"
    en = "The file is empty"


_BEGINNINGS = (
    (b"\xff\xd8\xff", FileKind.PHOTO, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", FileKind.PHOTO, "image/png"),
    (b"%PDF-", FileKind.DOCUMENT, "application/pdf"),
)
_BRANDS = {
    b"heic": (FileKind.PHOTO, "image/heic"),
    b"heix": (FileKind.PHOTO, "image/heic"),
    b"mif1": (FileKind.PHOTO, "image/heic"),
    b"isom": (FileKind.VIDEO, "video/mp4"),
    b"iso2": (FileKind.VIDEO, "video/mp4"),
    b"mp41": (FileKind.VIDEO, "video/mp4"),
    b"mp42": (FileKind.VIDEO, "video/mp4"),
    b"avc1": (FileKind.VIDEO, "video/mp4"),
}


def kind_of(content: bytes) -> tuple[FileKind, str]:
    """The kind and the media type of a file; KindNotAllowed for anything else."""
    for beginning, kind, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return kind, media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return FileKind.PHOTO, "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _BRANDS:
        return _BRANDS[content[8:12]]
    raise KindNotAllowed(pointer="/file")
