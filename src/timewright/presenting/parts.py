"""From a multipart body to its fields. Files are refused, and so is whatever could be read in two ways.

The parts are found by the `multipart` library, in its strict mode. The whole body is there already and no longer
than the server reads, so nothing is spooled. Each part makes one name and one text, as a pair of a form does
(decisions D2). What comes behind the last boundary is no part of the body (RFC 2046, 5.1.1).
"""

import re

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

from timewright.errors import Unreadable, UnsupportedMediaType

MULTIPART = "multipart/form-data"

CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})
"""What a body or a part may say of its character set; all of them are read as UTF-8."""

_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]+)"|([^";\s]+))', re.IGNORECASE)
_FILE = re.compile(r";\s*filename\*?\s*=", re.IGNORECASE)
_UNQUOTED = re.compile(r'form-data\s*;\s*name=([^";\s]+)', re.IGNORECASE)
_PLAIN_ENCODINGS = frozenset({"7bit", "8bit", "binary"})


def fields(content_type: str, body: bytes, most: int) -> list[tuple[str, str]]:
    """The names and texts of a multipart body, in order; at most so many."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise Unreadable("The Content-Type of a multipart body must name its boundary.")
    read: list[tuple[str, str]] = []
    name, pieces = "", list[bytes]()
    try:
        with PushMultipartParser(found[1] or found[2], max_segment_count=most, strict=True) as parser:
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    name, pieces = _name(event), []
                elif event is None:
                    read.append((name, b"".join(pieces).decode("utf-8")))
                else:
                    pieces.append(event)
    except ParserLimitReached:
        raise Unreadable(f"The body holds more than {most} parts, or a part with too large headers.") from None
    except UnicodeDecodeError:
        raise Unreadable("The body is not valid UTF-8.") from None
    except MultipartError:
        raise Unreadable("The body is not valid multipart/form-data.") from None
    return read


def _name(part: MultipartSegment) -> str:
    names = [name for name, _ in part.headerlist]
    if len(names) != len(set(names)):
        # One reader takes the first of two, another the last: a file could pass for a field.
        raise Unreadable("A part of the body has the same header twice.")
    disposition = part.header("Content-Disposition") or ""
    if _FILE.search(disposition):
        raise UnsupportedMediaType("Files are not read: send fields only.")
    if part.charset is not None and part.charset.lower() not in CHARSETS:
        raise UnsupportedMediaType("The fields of a multipart body are read as UTF-8.")
    if part.header("Content-Transfer-Encoding", "binary").strip().lower() not in _PLAIN_ENCODINGS:
        raise UnsupportedMediaType("The fields of a multipart body are read as they are, in no transfer encoding.")
    # Some clients quote no name, though one with brackets should be; the library would end it at the bracket.
    unquoted = _UNQUOTED.fullmatch(disposition)
    return unquoted[1] if unquoted else part.name or ""
